package readcache

import "github.com/prometheus/client_golang/prometheus"

type metrics struct{ hits, misses, bypassed prometheus.Counter }

// New returns an empty Cache over log. reg may be nil.
func New[K comparable, V any](log Log, bounds Bounds, reg prometheus.Registerer) *Cache[K, V] {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wiredesk_read_cache_requests_total",
		Help: "Lists and public posts, by result: hit (answered from memory), miss (the database was read, by this request or one that it shared), " +
			"bypass (the database was read, as the event log could not be asked)."}, []string{"result"})
	c := &Cache[K, V]{log: log, bounds: bounds, entries: newEntries[K, V](bounds), reads: make(map[K]*shared[V]),
		metrics: &metrics{requests.WithLabelValues("hit"), requests.WithLabelValues("miss"), requests.WithLabelValues("bypass")}}
	gauge := func(name, help string, of func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			c.mu.Lock()
			defer c.mu.Unlock()
			return float64(of())
		})
	}
	if reg != nil {
		reg.MustRegister(requests,
			gauge("wiredesk_read_cache_bytes", "Size of the answers in memory.", func() int { return c.entries.bytes }),
			gauge("wiredesk_read_cache_entries", "Answers in memory.", func() int { return len(c.entries.byKey) }))
	}
	return c
}
