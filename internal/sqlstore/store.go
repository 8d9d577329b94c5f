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
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Config opens a Store.
type Config struct {
	// URL is sqlite:// and a file's path.
	URL string
	// OnCommit, when set, is called after each commit that added events. It must not block.
	OnCommit func()
	Logger   *slog.Logger
	// Registerer, when set, gets the store's metrics.
	Registerer prometheus.Registerer
}

// Store is an open database. Reads may start at once and from any goroutine; writes
// wait for Run. Close it after Run has returned.
type Store struct {
	cfg     Config
	write   *sql.DB // one connection, used by Run alone
	read    *reader
	queue   chan *op
	seeking chan struct{} // a place for each search that may run
	closed  chan struct{} // closed when Run has ended: nobody takes from queue any more
	metrics metrics
}

// Open opens the database, creates it when missing and migrates it to this version.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	path, ok := strings.CutPrefix(cfg.URL, "sqlite://")
	if !ok || path == "" {
		return nil, fmt.Errorf("DATABASE_URL %q is not supported: give sqlite:///path/to/wiredesk.db", redact(cfg.URL))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("creating the database's directory: %w", err)
	}
	s := &Store{cfg: cfg, queue: make(chan *op, maxQueue), seeking: make(chan struct{}, readConns/2), closed: make(chan struct{}), metrics: newMetrics(cfg.Registerer)}
	if s.cfg.Logger == nil {
		s.cfg.Logger = slog.Default()
	}
	var err error
	if s.write, err = openSQLite(path, "_txlock=immediate&_pragma=synchronous(FULL)&_pragma=journal_size_limit(67108864)"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		s.write.Close()
		return nil, fmt.Errorf("migrating %s: %w", path, err)
	}
	readers, err := openSQLite(path, "_pragma=query_only(1)")
	if err != nil {
		s.write.Close()
		return nil, err
	}
	readers.SetMaxOpenConns(readConns)
	readers.SetMaxIdleConns(readConns)
	s.read = newReader(readers)
	return s, nil
}

const readConns = 4

func openSQLite(path, options string) (*sql.DB, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: url.PathEscape(path)}).String() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(1000)" +
		"&_pragma=cache_size(-32768)&_pragma=temp_store(2)&_pragma=foreign_keys(1)&" + options
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return db, nil
}

// redact keeps a URL's password out of messages.
func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable)"
	}
	return u.Redacted()
}

// Close releases the connections.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return classify(err)
	}
	return nil
}

// classify turns a driver's error into a fault that tells the caller what to do.
// A fault, and a cancelled context, stay as they are.
func classify(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return fault.Wrap(fault.Full, "The disk is full; nothing was saved.", err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return unavailable(err)
		}
	}
	return err
}

func unavailable(cause error) error {
	f := fault.Wrap(fault.Unavailable, "The database does not answer; nothing was saved. Try again.", cause)
	f.RetryAfter = 2 * time.Second
	return f
}

// uniqueViolation reports whether err is a duplicate key.
func uniqueViolation(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func millis(t time.Time) int64      { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
