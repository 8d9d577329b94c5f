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
	return &metrics{
		handshakes:    f.NewCounterVec(counter("handshakes_total", "Handshakes of WebSockets and requests for event streams by outcome."), []string{"outcome"}),
		resumes:       f.NewCounterVec(counter("resumes_total", "Welcomes by what became of the cursor."), []string{"outcome"}),
		evictions:     f.NewCounter(counter("evictions_total", "Sockets closed because they read too slowly.")),
		slowRefreshes: f.NewCounter(counter("slow_refreshes_total", "Clients that were closed because they read too slowly, and returned beyond RESUME_LIMIT.")),
		broadcast: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "wiredesk", Subsystem: "gateway", Name: "commit_to_broadcast_seconds",
			Help:    "From an event's commit until it was handed to the sockets.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}),
	}
}

func (h *Hub) delivered() (sum int64) {
	for _, s := range h.shards {
		sum += s.sent.Load()
	}
	return sum
}
