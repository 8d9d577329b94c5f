package main

import (
	"context"
	"database/sql"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// sizeEvery is how often the size of the database is read.
const sizeEvery = time.Minute

// health collects the state of the node and of its dependencies for Prometheus. It does so at each scrape, for at most
// checkTime and the size of the database.
type health struct {
	server *server

	build, healthy, waiting, connections, size, cleanUp *prometheus.Desc

	mu      sync.Mutex
	bytes   float64 // of the database; 0: not known
	sizedAt time.Time
}

func newHealth(s *server) *health {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("wiredesk_"+name, help, labels, nil)
	}
	return &health{server: s,
		build:       desc("build_info", "1, with the version of this node.", "version", "goversion"),
		healthy:     desc("healthy", "The lines of /readyz: 1 when ok, 0 when degraded or failing.", "dependency"),
		waiting:     desc("db_waiting_writes", "Writes that wait for a commit; at 1024 further ones are refused."),
		connections: desc("db_connections", "Connections to the database, in use or idle.", "pool", "state"),
		size:        desc("db_size_bytes", "Size of the database, as it was up to a minute ago."),
		cleanUp:     desc("cleanup_last_success_timestamp_seconds", "When this node last finished the hourly clean-up; 0: not since its start."),
	}
}

func (h *health) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{h.build, h.healthy, h.waiting, h.connections, h.size, h.cleanUp} {
		out <- d
	}
}

func (h *health) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(h.build, 1, version(), runtime.Version())
	for _, c := range (*system)(h.server).Ready(context.Background()) {
		ok := 1.0
		if c.Err != nil {
			ok = 0
		}
		gauge(h.healthy, ok, c.Name)
	}
	stats := h.server.desk.store.Stats()
	gauge(h.waiting, float64(stats.Waiting))
	for _, pool := range []struct {
		name string
		sql.DBStats
	}{{"read", stats.Read}, {"write", stats.Write}} {
		gauge(h.connections, float64(pool.InUse), pool.name, "used")
		gauge(h.connections, float64(pool.Idle), pool.name, "idle")
	}
	if bytes := h.databaseSize(); bytes > 0 {
		gauge(h.size, bytes)
	}
	gauge(h.cleanUp, float64(h.server.cleaner.LastCleanUp()))
}

func (h *health) databaseSize() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.sizedAt) < sizeEvery {
		return h.bytes
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	h.sizedAt = time.Now() // a failure is not repeated at once either
	if bytes, err := h.server.desk.store.Size(ctx); err == nil {
		h.bytes = float64(bytes)
	}
	return h.bytes
}
