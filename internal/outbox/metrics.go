package outbox

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are the counters of a Relay; its gauges read Status.
type metrics struct {
	published prometheus.Counter
	errors    prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer, r *Relay) metrics {
	auto := promauto.With(registerer)
	gauge := func(name, help string, value func(Status) float64) {
		auto.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(r.Status()) })
	}
	gauge("wiredesk_relay_waiting_events", "Committed events that are not on Kafka yet.",
		func(s Status) float64 { return float64(s.Waiting) })
	gauge("wiredesk_relay_oldest_waiting_seconds", "Age of the oldest event that is not on Kafka yet, on the leader.",
		func(s Status) float64 { return s.OldestSeconds })
	gauge("wiredesk_relay_leader", "1 on the node that publishes.", func(s Status) float64 {
		if s.Leader {
			return 1
		}
		return 0
	})
	return metrics{
		published: auto.NewCounter(prometheus.CounterOpts{Name: "wiredesk_relay_published_events_total",
			Help: "Events that Kafka acknowledged, repeats included."}),
		errors: auto.NewCounter(prometheus.CounterOpts{Name: "wiredesk_relay_publish_errors_total",
			Help: "Attempts to publish that failed."}),
	}
}
