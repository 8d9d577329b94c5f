package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// writer owns one connection that writes, and opens another one when that is lost.
type writer struct {
	db       *database
	queues   writeQueues
	conn     *sql.Conn            // nil: to be opened
	prepared map[string]*sql.Stmt // on conn
	lastUsed time.Time            // when the database was asked something last

	generation int64 // of the server that conn is connected to

	committing bool // COMMIT is running

	pauseUntil time.Time // see Config.Yield
}

// open opens the connection unless it is open, to the server that the newest connection reached.
func (w *writer) open() error {
	if w.conn != nil && !w.outdated() {
		return nil
	}
	w.drop()
	w.lastUsed = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn, err := w.db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	w.conn, w.prepared, w.generation = conn, make(map[string]*sql.Stmt), w.db.generationOf(conn)
	if err := w.db.dialect.connected(w); err != nil {
		w.drop()
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	for _, text := range w.db.dialect.setup {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			w.drop()
			return fmt.Errorf("%w: %w", errNoConnection, err)
		}
	}
	return nil
}

// outdated reports whether a newer connection has reached another server.
func (w *writer) outdated() bool { return w.generation != w.db.server.generation.Load() }

// drop closes the connection, and with it the transaction that it may be in.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	bad := func(any) error { return driver.ErrBadConn } // else it would go back to the pool as it is
	if err := errors.Join(w.conn.Raw(bad), w.conn.Close()); err != nil {
		w.db.cfg.Logger.Debug("database connection dropped", "error", err)
	}
	w.conn = nil
}

// ping tells the server that this process still runs.
func (w *writer) ping() {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	if err := w.conn.PingContext(ctx); err != nil {
		w.drop()
	}
}

// stmt prepares each text once.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	w.lastUsed = time.Now()
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
	w.lastUsed = time.Now()
	_, err := w.conn.ExecContext(context.Background(), text)
	return err
}

// begin begins a transaction. On SQLite it waits for the transactions of other processes.
func (w *writer) begin() error {
	d := w.db.dialect
	err := w.execDirect(d.begin)
	for began := w.lastUsed; isLocked(err) && time.Since(began) < d.beginWait; {
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

// rollback leaves the connection outside of any transaction. It closes one that cannot roll
// back, unless SQLite has ended the transaction by itself.
func (w *writer) rollback() {
	if _, err := w.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		w.db.cfg.Logger.Debug("rollback after a failed commit", "error", err)
		if !noTransaction(err) {
			w.drop()
		}
	}
}
