package gateway

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	handshakes    *prometheus.CounterVec
	resumes       *prometheus.CounterVec
	evictions     prometheus.Counter
	slowRefreshes prometheus.Counter
	fills         prometheus.Counter
	events        [3]prometheus.Counter // by source
	broadcast     prometheus.Histogram
}

func newMetrics(h *Hub) *metrics {
	f := promauto.With(h.cfg.Registerer)
	name := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "wiredesk", Subsystem: "gateway", Name: name, Help: help}
	}
	counter := func(n, help string) prometheus.CounterOpts { return prometheus.CounterOpts(name(n, help)) }
	f.NewGaugeFunc(prometheus.GaugeOpts(name("sockets", "Open WebSockets and event streams, which both count as sockets.")),
		func() float64 { return float64(h.Sockets()) })
	f.NewGaugeFunc(prometheus.GaugeOpts(name("queue_bytes", "Bytes that slow sockets are behind, together.")),
		func() float64 {
			var sum int64
			for _, s := range h.shards {
				sum += s.behind.Load()
			}
			return float64(sum)
		})
	f.NewCounterFunc(counter("deliveries_total", "Events handed to sockets, once per socket."),
		func() float64 { return float64(h.delivered()) })
	events := f.NewCounterVec(counter("events_total", "Events of the stream by what brought them first: commit on this node, kafka, or log when Kafka was late, and at the start."), []string{"source"})
	return &metrics{
		events:        [3]prometheus.Counter{fromKafka: events.WithLabelValues("kafka"), fromLog: events.WithLabelValues("log"), fromCommit: events.WithLabelValues("commit")},
		handshakes:    f.NewCounterVec(counter("handshakes_total", "Handshakes of WebSockets and requests for event streams by outcome."), []string{"outcome"}),
		resumes:       f.NewCounterVec(counter("resumes_total", "Welcomes by what became of the cursor."), []string{"outcome"}),
		evictions:     f.NewCounter(counter("evictions_total", "Sockets closed because they read too slowly.")),
		slowRefreshes: f.NewCounter(counter("slow_refreshes_total", "Clients that were closed because they read too slowly, and returned beyond RESUME_LIMIT.")),
		fills:         f.NewCounter(counter("holes_filled_total", "Times that the log had to bring what Kafka did not.")),
		broadcast: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "wiredesk", Subsystem: "gateway", Name: "commit_to_broadcast_seconds",
			Help:    "From an event's commit until it was handed to the sockets.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}),
	}
}

func (h *Hub) delivered() (sum int64) {
	for _, s := range h.shards {
		sum += s.handed.Load()
	}
	return sum
}
