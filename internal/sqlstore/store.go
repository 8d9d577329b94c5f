// Package sqlstore keeps everything that must survive: posts, the event log, users,
// sessions, leases. It implements the interfaces that the domain packages declare, is
// the only place that knows SQL, and holds no rule of the domain.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Config opens a Store.
type Config struct {
	// URL is sqlite:// and a file's path, or mysql://user:password@host:port/name.
	URL string
	// OnCommit, when set, is called after each commit that added events with these, as After
	// returns them, and before their writes return, from several goroutines. It must not block, and may keep the slice. A commit
	// whose answer was lost is not reported: its events are found in the log.
	OnCommit func([]event.Event)
	// StartSpan, when set, begins the span of a write, from its wait in the queue to its commit,
	// and returns the context whose event.TraceOf is stored with the events. end is called once.
	StartSpan func(context.Context) (ctx context.Context, end func(error))
	// Yield makes the transactions short and the writer pause after each one, so that a server
	// with the same SQLite file finds the lock free: while a server runs, for three times as long
	// as the transaction took, at least 5 ms and at most 1 s; else for 5 ms.
	Yield bool
	// ReadOnly opens a database that is there, of this version, for reads alone: nothing is
	// created, migrated or written, and every write fails. A SQLite file and its directory may
	// be write-protected.
	ReadOnly bool
	Logger   *slog.Logger
	// Registerer, when set, gets the store's metrics.
	Registerer prometheus.Registerer

	sqliteDriver string // empty: sqlite; tests register others
}

// Store is an open database. Reads may start at once and from any goroutine; writes
// wait for Run. Close it after Run has returned.
type Store struct {
	cfg     Config
	dialect *dialect
	write   *sql.DB // used by Run alone
	read    *reader
	probe   *sql.DB // keeps no connection; nil: the URL always leads to the same database
	server  server
	ids     ids
	install string // the id of the installation
	epoch   atomic.Pointer[string]
	queue   chan *op
	urgent  chan *op // taken before those of queue
	words   chan *op // of the indexer, each in a transaction of its own
	index   *indexer
	seeking chan struct{} // a place for each search that may run
	closed  chan struct{} // closed when Run has ended: nobody takes from queue any more
	rights  rightsCache
	access  atomic.Pointer[stampedEpoch] // as it was read last
	totals  totals
	health  writeHealth
	gaps    gaps
	metrics metrics
}

// CheckURL returns what is wrong with a Config's URL, and an example of a good one. It
// shows no password.
func CheckURL(raw string) (problem, example string) {
	scheme, rest, _ := strings.Cut(raw, "://")
	switch scheme {
	case "sqlite":
		if rest == "" {
			return "names no file", "sqlite:///var/lib/wiredesk/wiredesk.db"
		}
	case "mysql":
		if _, err := mysqlConfig(raw); err != nil {
			return err.Error(), "mysql://wiredesk:password@db.example.org:3306/wiredesk"
		}
	default:
		return "is no database that is supported", "sqlite:///var/lib/wiredesk/wiredesk.db"
	}
	return "", ""
}

// Open opens the database, creates it when missing and migrates it to this version. On
// MySQL the database itself must be there.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if problem, example := CheckURL(cfg.URL); problem != "" {
		return nil, fmt.Errorf("DATABASE_URL %s; for example %s", problem, example)
	}
	scheme, _, _ := strings.Cut(cfg.URL, "://")
	s := &Store{cfg: cfg, dialect: dialects[scheme], queue: make(chan *op, maxQueue), urgent: make(chan *op, maxUrgent), words: make(chan *op, 1), index: newIndexer(),
		closed: make(chan struct{}), metrics: newMetrics(cfg.Registerer)}
	if s.cfg.Logger == nil {
		s.cfg.Logger = slog.Default()
	}
	s.server.onChange = s.serverChanged
	s.registerIndexMetrics(cfg.Registerer)
	write, read, err := s.dialect.open(s)
	if err != nil {
		return nil, err
	}
	s.write, s.read = write, newReader(read)
	s.seeking = make(chan struct{}, read.Stats().MaxOpenConnections/2)
	prepare := s.migrate
	if cfg.ReadOnly {
		prepare = s.checkSchema
	}
	err = prepare(ctx)
	if err == nil {
		err = s.loadInstallation(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close releases the connections.
func (s *Store) Close() error {
	err := errors.Join(s.read.Close(), s.write.Close())
	if s.probe != nil {
		err = errors.Join(err, s.probe.Close())
	}
	return err
}

func millis(t time.Time) int64      { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
