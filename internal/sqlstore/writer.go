package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// writer owns one connection that writes, and opens another one when that is lost.
type writer struct {
	store    *Store
	conn     *sql.Conn            // nil: to be opened
	prepared map[string]*sql.Stmt // on conn
	asked    time.Time            // when the database was asked something last
}

const openTime = dialTime

func (w *writer) open() error {
	if w.conn != nil {
		return nil
	}
	w.asked = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	conn, err := w.store.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	w.conn, w.prepared = conn, make(map[string]*sql.Stmt)
	for _, text := range w.store.dialect.setup {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			w.drop()
			return fmt.Errorf("%w: %w", errNoConnection, err)
		}
	}
	return nil
}

// drop closes the connection, and with it the transaction that it may be in.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	bad := func(any) error { return driver.ErrBadConn } // else it would go back to the pool as it is
	if err := errors.Join(w.conn.Raw(bad), w.conn.Close()); err != nil {
		w.store.cfg.Logger.Debug("database connection dropped", "err", err)
	}
	w.conn = nil
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

// control runs what not every server prepares.
func (w *writer) control(text string) error {
	w.asked = time.Now()
	_, err := w.conn.ExecContext(context.Background(), text)
	return err
}

// errUnknown says that the connection was lost in the middle of a commit.
var errUnknown = errors.New("the commit was not answered")

// try runs the first of ops in one transaction: all of them, unless they are heavy. An
// error means that nothing of it is stored, unless it is errUnknown. spoiler is the op
// that brought it about, nil when that is none of them in particular.
func (w *writer) try(ops []*op) (done, events int, spoiler *op, err error) {
	if err := w.open(); err != nil {
		return 0, 0, nil, err
	}
	if err := w.control(w.store.dialect.begin); err != nil {
		w.drop()
		return 0, 0, nil, err
	}
	defer func() {
		if err != nil {
			w.rollback()
		}
	}()
	t := &tx{w: w}
	for ; done < len(ops) && t.weight() < maxWeight; done++ {
		if err := t.one(ops[done]); err != nil {
			return 0, 0, ops[done], err
		}
	}
	if err := t.finish(); err != nil {
		return 0, 0, nil, err
	}
	if err = w.control("COMMIT"); w.store.dialect.doubtful(err) {
		err = unavailable("The database went away while the change was being saved: it is not known whether it was. Look before you try again; "+
			"the same request with the same Idempotency-Key is never carried out twice.", fmt.Errorf("%w: %w", errUnknown, err))
	}
	return done, len(t.events), nil, err
}

// rollback leaves the connection outside of any transaction.
func (w *writer) rollback() {
	if _, err := w.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		w.store.cfg.Logger.Debug("rollback after a failed commit", "err", err)
		if troubleOf(err) != none {
			w.drop()
		}
	}
}

// one runs one op. The error that it returns is one that undoes the whole group: the op
// failed after it had written, or the transaction is broken.
func (t *tx) one(o *op) error {
	if o.ctx.Err() != nil {
		o.err = fmt.Errorf("%w: %w", errAbandoned, context.Cause(o.ctx))
		return nil
	}
	for races := 0; ; races++ {
		events, indexed := len(t.events), len(t.indexed)
		t.wrote = false
		err := run(o.do, t)
		if t.broken != nil {
			return t.broken
		}
		if o.err = classify(err); err == nil {
			return nil
		}
		t.events, t.indexed = t.events[:events], t.indexed[:indexed]
		if t.wrote {
			return err
		}
		if !uniqueViolation(err) || races == maxRaces {
			return nil
		}
	}
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
