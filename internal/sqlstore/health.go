package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// fullFor is the time after a failed write for which the disk counts as full, although smaller writes
// may succeed in between.
const fullFor = 10 * time.Second

// writeHealth is the result of the last writes.
type writeHealth struct {
	mu   sync.Mutex
	err  *HealthError // nil: the last write succeeded
	full time.Time    // last write that failed for a full disk
}

// HealthError is the error of Health.
type HealthError struct {
	Reason   string // without internal details, for any reader
	Readable bool   // only the disk is full: reads work
	cause    error
}

// Error returns the reason and the cause, for the server log.
func (e *HealthError) Error() string { return e.Reason + " (" + e.cause.Error() + ")" }

// Unwrap returns the cause.
func (e *HealthError) Unwrap() error { return e.cause }

// Health returns nil if the database answers queries and the last write succeeded. A server writes at
// least once a second, so the result is at most a second old.
func (db *database) Health(ctx context.Context) *HealthError {
	if err := db.Ping(ctx); err != nil {
		return &HealthError{Reason: "does not answer", cause: err}
	}
	return db.health.get()
}

// Ping reports whether the database answers.
func (db *database) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return classify(err)
	}
	return nil
}

func (h *writeHealth) get() *HealthError {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// set stores the result of a batch of writes and reports whether the health changed.
func (h *writeHealth) set(err error, now time.Time) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if classOf(err) == diskFull {
		h.full = now
	}
	if err == nil && h.err != nil && h.err.Readable && now.Sub(h.full) < fullFor {
		return false
	}
	changed = (err == nil) != (h.err == nil)
	h.err = newHealthError(err)
	return changed
}

// newHealthError returns the HealthError for a failed write; nil if err is nil.
func newHealthError(err error) *HealthError {
	if err == nil {
		return nil
	}
	class := classOf(err)
	e := &HealthError{Reason: "refuses writes: the database refuses them", Readable: class == diskFull, cause: err}
	switch class {
	case readOnly:
		e.Reason = "refuses writes: the database is read-only"
	case diskFull:
		e.Reason = "refuses writes: the disk is full"
	case dbUnavailable, connLost:
		e.Reason = "refuses writes: the database does not answer"
	}
	return e
}

// serverFault returns the first error with its cause in the database and not in an op: commit, the error
// of the batch, or the error of an op. It returns nil if there is none.
func serverFault(commit error, ops []*writeOp) error {
	switch classOf(commit) {
	case noError, conflict, duplicate, constraint, tooLarge:
	default:
		return commit
	}
	for _, o := range ops {
		if isServerFault(o.err) {
			return o.err
		}
	}
	return nil
}

// isServerFault reports whether err, of an op, has its cause in the database.
func isServerFault(err error) bool {
	var s interface{ Code() int } // *sqlite.Error
	var m *mysql.MySQLError
	var f *fault.Error
	switch classOf(err) {
	case dbUnavailable, readOnly, connLost, diskFull:
		return true
	case unknown: // such as a missing right or table
		return (errors.As(err, &s) || errors.As(err, &m)) && !errors.As(err, &f)
	}
	return false
}

// Stats are figures of an open database.
type Stats struct {
	Waiting     int // queued writes; at maxQueue further ones fail
	Read, Write sql.DBStats
}

// Stats returns the present figures. It costs no query.
func (db *database) Stats() Stats {
	return Stats{Waiting: len(db.queue) + len(db.urgent), Read: db.read.db.Stats(), Write: db.write.Stats()}
}

// Size returns the size of the database in bytes: of the SQLite file without its write-ahead log, or of
// MySQL's tables and indexes by the server's estimate.
func (db *database) Size(ctx context.Context) (bytes int64, err error) {
	query := "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	if strings.HasPrefix(db.cfg.URL, "mysql://") {
		query = "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	if err := db.read.QueryRowContext(ctx, query).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("reading the size of the database: %w", classify(err))
	}
	return bytes, nil
}
