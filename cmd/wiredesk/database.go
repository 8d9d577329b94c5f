package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// databaseRetry is the pause between two attempts to reach the database at the start.
const databaseRetry = time.Second

// openDatabase is openServices for serve: while the database server is unreachable it retries, for at most
// WIREDESK_DATABASE_WAIT. It returns other errors, such as a wrong password, at once.
func (s *server) openDatabase(ctx context.Context, hooks storeHooks) (*services, error) {
	deadline := time.Now().Add(s.cfg.databaseWait)
	logged := false
	for {
		metrics := &registration{Registerer: s.metrics}
		d, err := openServices(ctx, s.cfg, s.log, s.log, metrics, hooks)
		if err != nil {
			metrics.undo()
		}
		if err == nil && logged {
			s.log.Info("database server reachable")
		}
		if err == nil || !sqlstore.ServerAway(err) || time.Now().Add(databaseRetry).After(deadline) {
			return d, err
		}
		if !logged {
			s.log.Warn("database server unreachable; retrying", "error", err, "wait", s.cfg.databaseWait)
			logged = true
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(databaseRetry):
		}
	}
}

// registration is a Registerer that can be undone.
type registration struct {
	prometheus.Registerer
	collectors []prometheus.Collector
}

func (r *registration) Register(c prometheus.Collector) error {
	err := r.Registerer.Register(c)
	if err == nil {
		r.collectors = append(r.collectors, c)
	}
	return err
}

func (r *registration) MustRegister(all ...prometheus.Collector) {
	r.Registerer.MustRegister(all...)
	r.collectors = append(r.collectors, all...)
}

func (r *registration) undo() {
	for _, c := range r.collectors {
		r.Unregister(c)
	}
}
