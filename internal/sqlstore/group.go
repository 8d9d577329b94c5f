package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

const (
	maxQueue = 1024 // writes that may wait; one more is refused
	maxGroup = 128  // writes that share one commit, and so one fsync
)

// op is one waiting write.
type op struct {
	ctx  context.Context
	do   func(tx *tx) error
	err  error
	done chan struct{}
}

// errAbandoned marks a write whose caller went away before it began.
var errAbandoned = errors.New("abandoned before it began")

// update queues do and waits for its commit.
func (s *Store) update(ctx context.Context, do func(tx *tx) error) error {
	o := &op{ctx: ctx, do: do, done: make(chan struct{})}
	select {
	case s.queue <- o:
	default:
		f := fault.New(fault.Unavailable, "Too many changes are waiting to be saved; nothing was saved. Try again.")
		f.RetryAfter = time.Second
		return f
	}
	select {
	case <-o.done:
		return o.err
	case <-s.closed:
		select {
		case <-o.done: // it was among the last
			return o.err
		default:
			return unavailable(errors.New("the store is stopped"))
		}
	}
}

// Run makes the writes, those that wait together in one commit. It returns when ctx is
// cancelled and all that waited is written.
func (s *Store) Run(ctx context.Context) error {
	defer close(s.closed)
	conn, err := s.write.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("opening the writing connection: %w", err)
	}
	defer conn.Close()
	w := &writer{store: s, conn: conn, prepared: make(map[string]*sql.Stmt)}
	defer w.close()
	for {
		select {
		case o := <-s.queue:
			w.group(s.collect(o))
		case <-ctx.Done():
			for {
				select {
				case o := <-s.queue:
					w.group(s.collect(o))
				default:
					_, err := conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
					return classify(err)
				}
			}
		}
	}
}

// collect takes what already waits, without waiting for more.
func (s *Store) collect(first *op) []*op {
	group := []*op{first}
	for len(group) < maxGroup {
		select {
		case o := <-s.queue:
			group = append(group, o)
		default:
			return group
		}
	}
	return group
}

// writer owns the one connection that writes.
type writer struct {
	store    *Store
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (w *writer) close() {
	for _, stmt := range w.prepared {
		stmt.Close()
	}
}

// stmt prepares each text once.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if stmt := w.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	w.prepared[query] = stmt
	return stmt, nil
}

func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	stmt, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// group runs each op in its own savepoint of one transaction and answers all of them.
func (w *writer) group(ops []*op) {
	began := time.Now()
	events, err := w.commit(ops)
	for _, o := range ops {
		if err != nil && o.err == nil {
			o.err = err
		}
		close(o.done)
	}
	m := &w.store.metrics
	m.groupSize.Observe(float64(len(ops)))
	m.commitSeconds.Observe(time.Since(began).Seconds())
	if err != nil {
		m.failedCommits.Inc()
		w.store.cfg.Logger.Error("database commit failed", "writes", len(ops), "err", err)
		return
	}
	if events > 0 && w.store.cfg.OnCommit != nil {
		w.store.cfg.OnCommit()
	}
}

// commit returns how many events the group added. An error means that nothing of it is stored.
func (w *writer) commit(ops []*op) (events int64, err error) {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return 0, classify(err)
	}
	defer func() {
		if err != nil { // the connection must not stay inside the transaction
			_, rollback := w.conn.ExecContext(context.Background(), "ROLLBACK")
			if rollback != nil {
				w.store.cfg.Logger.Debug("rollback after a failed commit", "err", rollback)
			}
		}
	}()
	t := &tx{w: w}
	row, err := w.stmt("SELECT value FROM counters WHERE name = 'seq'")
	if err != nil {
		return 0, classify(err)
	}
	var head int64
	if err := row.QueryRow().Scan(&head); err != nil {
		return 0, classify(err)
	}
	t.head = head
	for _, o := range ops {
		if err := w.one(t, o); err != nil {
			return 0, err
		}
	}
	if err := t.writeIndex(); err != nil {
		return 0, classify(err)
	}
	if t.head != head {
		if _, err := w.exec("UPDATE counters SET value = ? WHERE name = 'seq'", t.head); err != nil {
			return 0, classify(err)
		}
	}
	if _, err := w.exec("COMMIT"); err != nil {
		return 0, classify(err)
	}
	return t.head - head, nil
}

// one runs one op. A failed op is undone alone; the error that it returns itself is
// one that undoes the whole group.
func (w *writer) one(t *tx, o *op) error {
	if o.ctx.Err() != nil {
		o.err = fmt.Errorf("%w: %w", errAbandoned, context.Cause(o.ctx))
		return nil
	}
	if _, err := w.exec("SAVEPOINT op"); err != nil {
		return classify(err)
	}
	head, indexed := t.head, len(t.indexed)
	if o.err = classify(run(o.do, t)); o.err == nil {
		_, err := w.exec("RELEASE op")
		return classify(err)
	}
	t.head, t.indexed = head, t.indexed[:indexed]
	if _, err := w.exec("ROLLBACK TO op"); err != nil {
		return classify(err)
	}
	_, err := w.exec("RELEASE op")
	return classify(err)
}

// run keeps a panicking op from taking the writer, and everybody's writes, with it.
func run(do func(*tx) error, t *tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	return do(t)
}
