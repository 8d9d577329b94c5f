package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// writer owns one connection that writes, and opens another one when that is lost.
type writer struct {
	store    *Store
	queues   writeQueues
	conn     *sql.Conn            // nil: to be opened
	prepared map[string]*sql.Stmt // on conn
	asked    time.Time            // when the database was asked something last

	generation int64 // of the server that conn is connected to

	committing bool // COMMIT is running

	pauseUntil time.Time // see Config.Yield
}

const openTime = dialTime

// open opens the connection unless it is open, to the server that the newest connection reached.
func (w *writer) open() error {
	if w.conn != nil && !w.outdated() {
		return nil
	}
	w.drop()
	w.asked = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	conn, err := w.store.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	w.conn, w.prepared, w.generation = conn, make(map[string]*sql.Stmt), w.store.generationOf(conn)
	if err := w.store.dialect.connected(w); err != nil {
		w.drop()
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	for _, text := range w.store.dialect.setup {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			w.drop()
			return fmt.Errorf("%w: %w", errNoConnection, err)
		}
	}
	return nil
}

// outdated reports whether a newer connection has reached another server.
func (w *writer) outdated() bool { return w.generation != w.store.server.generation.Load() }

// drop closes the connection, and with it the transaction that it may be in.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	bad := func(any) error { return driver.ErrBadConn } // else it would go back to the pool as it is
	if err := errors.Join(w.conn.Raw(bad), w.conn.Close()); err != nil {
		w.store.cfg.Logger.Debug("database connection dropped", "error", err)
	}
	w.conn = nil
}

// weight is about how many bytes the commit will have to work on.
func (t *tx) weight() (bytes int) {
	for _, e := range t.events {
		bytes += len(e.Data)
	}
	return bytes
}

// keepAlive tells the server that this process still runs.
func (w *writer) keepAlive() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.conn.PingContext(ctx); err != nil {
		w.drop()
	}
}

// stmt prepares each text once.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	w.asked = time.Now()
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

// execDirect runs BEGIN and COMMIT, which some servers cannot prepare.
func (w *writer) execDirect(text string) error {
	w.asked = time.Now()
	_, err := w.conn.ExecContext(context.Background(), text)
	return err
}

// begin begins a transaction. On SQLite it waits for the transactions of other processes.
func (w *writer) begin() error {
	d := w.store.dialect
	err := w.execDirect(d.begin)
	for began := w.asked; isLocked(err) && time.Since(began) < d.beginWait; {
		_, err = w.conn.ExecContext(context.Background(), d.begin)
	}
	return err
}

// commit runs COMMIT.
func (w *writer) commit() error {
	w.committing = true
	defer func() { w.committing = false }()
	return w.execDirect("COMMIT")
}

// errOtherServer is the error of a transaction on a server that is no longer the one to use.
var errOtherServer = fmt.Errorf("the database server has changed: %w", driver.ErrBadConn)

// errCommitUncertain is the error of a commit whose answer was lost with the connection.
var errCommitUncertain = errors.New("the commit was not answered")

// tryCommit runs the first of ops in one transaction: all of them, unless they are heavy.
// After an error nothing of it is stored, unless the error is errCommitUncertain. failedOp is the
// op whose statement failed; nil when a statement of the whole group did.
func (w *writer) tryCommit(ops []*op) (done int, events []event.Event, failedOp *op, err error) {
	if err := w.open(); err != nil {
		return 0, nil, nil, err
	}
	w.yield()
	if err := w.begin(); err != nil {
		w.drop()
		return 0, nil, nil, err
	}
	defer w.planPause(time.Now())
	defer func() {
		switch {
		case classOf(err) == tooLarge: // a prepared statement keeps this error for the next executions
			w.drop()
		case err != nil:
			w.rollback()
		}
	}()
	t := &tx{w: w}
	for ; done < len(ops) && t.weight() < w.store.maxWeight(); done++ {
		if err := t.runOp(ops[done]); err != nil {
			return 0, nil, ops[done], err
		}
	}
	if err := t.finish(); err != nil {
		return 0, nil, nil, err
	}
	if w.outdated() {
		return 0, nil, nil, errOtherServer
	}
	if err = w.commit(); w.store.dialect.commitUncertain(err) {
		err = unavailable("The database went away while the change was being saved: it is not known whether it was. Look before you try again; "+
			"the same request with the same Idempotency-Key is never carried out twice.", fmt.Errorf("%w: %w", errCommitUncertain, err))
	}
	return done, t.events, nil, err
}

// rollback leaves the connection outside of any transaction. It closes one that cannot roll
// back, unless SQLite has ended the transaction by itself.
func (w *writer) rollback() {
	if _, err := w.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		w.store.cfg.Logger.Debug("rollback after a failed commit", "error", err)
		if !noTransaction(err) {
			w.drop()
		}
	}
}

// runOp runs one op, and stores the op's own error in it. The error that it returns undoes
// the whole group: the op failed after it had written, or the transaction is broken.
func (t *tx) runOp(o *op) error {
	if o.ctx.Err() != nil {
		o.err = fmt.Errorf("%w: %w", errAbandoned, context.Cause(o.ctx))
		return nil
	}
	for races := 0; ; races++ {
		events := len(t.events)
		t.wrote, t.trace = false, event.TraceOf(o.ctx)
		err := recoverPanic(o.do, t)
		if t.broken != nil {
			return t.broken
		}
		if o.err = classify(err); err == nil {
			return nil
		}
		t.events = t.events[:events]
		if t.wrote {
			return err
		}
		if !uniqueViolation(err) || races == maxRaces {
			return nil
		}
	}
}

// recoverPanic runs do and returns a panic of it as an error, so that the other writes go on.
func recoverPanic(do func(*tx) error, t *tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	return do(t)
}
