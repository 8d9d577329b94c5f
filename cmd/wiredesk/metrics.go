package main

import (
	"context"
	"database/sql"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// sizeEvery is the age from which the size of the database is read again.
const sizeEvery = time.Minute

// health is a collector for Prometheus of the state of the node and of its dependencies. Each scrape runs the checks of
// /readyz, and once a minute the query of the database's size, each for at most checkTime.
type health struct {
	server *server

	build, healthy, waiting, connections, size, cleanUp *prometheus.Desc

	mu      sync.Mutex
	bytes   float64 // size of the database; 0: unknown
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
	for _, c := range (*nodeStatus)(h.server).Ready(context.Background()) {
		ok := 1.0
		if c.Err != nil {
			ok = 0
		}
		gauge(h.healthy, ok, c.Name)
	}
	stats := h.server.services.store.Stats()
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
	h.sizedAt = time.Now() // also after an error, so that the next scrape does not retry
	if bytes, err := h.server.services.store.Size(ctx); err == nil {
		h.bytes = float64(bytes)
	}
	return h.bytes
}
