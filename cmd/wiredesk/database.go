package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/prometheus/client_golang/prometheus"
)

// databaseRetry is the pause between two attempts to reach the database at the start.
const databaseRetry = time.Second

// openDatabase is openDesk for serve: while the database server does not answer it tries again, for at most
// WIREDESK_DATABASE_WAIT. Other errors, such as a wrong password, are returned at once.
func (s *server) openDatabase(ctx context.Context, onCommit func()) (*desk, error) {
	deadline := time.Now().Add(s.cfg.databaseWait)
	logged := false
	for {
		metrics := &registration{Registerer: s.metrics}
		d, err := openDesk(ctx, s.cfg, s.log, s.log, metrics, onCommit)
		if err != nil {
			metrics.undo()
		}
		if err == nil && logged {
			s.log.Info("the database server answers")
		}
		if err == nil || !databaseAway(err) || time.Now().Add(databaseRetry).After(deadline) {
			return d, err
		}
		if !logged {
			s.log.Warn("the database server does not answer; trying again", "error", err, "wait", s.cfg.databaseWait)
			logged = true
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(databaseRetry):
		}
	}
}

// databaseAway reports whether err is of a database server that cannot be reached or does not take connections yet.
func databaseAway(err error) bool {
	var network *net.OpError
	var answer *mysql.MySQLError
	if errors.As(err, &answer) {
		const tooManyConnections, shuttingDown = 1040, 1053
		return answer.Number == tooManyConnections || answer.Number == shuttingDown
	}
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
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
