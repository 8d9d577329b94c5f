package sqlstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// fullFor is how long the disk counts as full after a write that found no room: smaller
// writes in between may succeed.
const fullFor = 10 * time.Second

// writeHealth is the outcome of the last writes.
type writeHealth struct {
	mu   sync.Mutex
	err  error // why the database took no change; nil: it did
	full time.Time
}

// Health returns nil if the database answers and takes changes, else a fault whose text is the
// reason. A server writes at least once a second, so the answer is no older than that.
func (s *Store) Health(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	return s.health.get()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return unavailable("does not answer", err)
	}
	return nil
}

func (h *writeHealth) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// set stores the outcome of a group of writes and reports whether the health changed.
func (h *writeHealth) set(err error, now time.Time) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if classOf(err) == diskFull {
		h.full = now
	}
	if err == nil && classOf(h.err) == diskFull && now.Sub(h.full) < fullFor {
		return false
	}
	changed = (err == nil) != (h.err == nil)
	h.err = refusal(err)
	return changed
}

// refusal returns the fault that names the reason for which the database took no change. Its
// kind is Full for a full disk, and else Unavailable.
func refusal(err error) error {
	switch classOf(err) {
	case noError:
		return nil
	case readOnly:
		return unavailable("takes no changes: the database is read-only", err)
	case diskFull:
		return fault.Wrap(fault.Full, "takes no changes: the disk is full", err)
	case dbUnavailable, connLost:
		return unavailable("takes no changes: the database does not answer", err)
	}
	return unavailable("takes no changes: the database refuses them", err)
}

// serverFault returns the first error that is the database's and not that of one write: commit,
// the error of a group of writes, or that of an op. It returns nil when there is none.
func serverFault(commit error, ops []*op) error {
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

// isServerFault reports whether err, of one op, is the database's.
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
