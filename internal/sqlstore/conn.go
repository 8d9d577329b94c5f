package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// writer executes the ops of its queues on a connection of its own. It reopens a lost connection. All
// fields belong to the goroutine of the writer.
type writer struct {
	db       *database
	queues   writeQueues
	conn     *sql.Conn            // nil: not open
	prepared map[string]*sql.Stmt // on conn, by query; their number is bounded by the code
	lastUsed time.Time            // start of the last statement

	generation int64 // of the server of conn

	dataVersion int64 // see foundChanges

	committing bool // COMMIT is running; see onlyCommit

	pauseUntil time.Time // see Config.Yield
}

// open opens the connection unless it is open. It replaces a connection to an old server.
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

// outdated reports whether a newer connection of the store has reached another server.
func (w *writer) outdated() bool { return w.generation != w.db.server.generation.Load() }

// drop closes the connection. The server rolls back an open transaction.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	bad := func(any) error { return driver.ErrBadConn } // keeps the connection out of the pool
	if err := errors.Join(w.conn.Raw(bad), w.conn.Close()); err != nil {
		w.db.cfg.Logger.Debug("database connection dropped", "error", err)
	}
	w.conn = nil
}

// ping keeps the server from closing the idle connection.
func (w *writer) ping() {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	if err := w.conn.PingContext(ctx); err != nil {
		w.drop()
	}
}

// stmt returns the prepared statement of query, and prepares it at the first use.
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

// begin starts a transaction. On SQLite it waits, up to beginWait, for transactions of other processes.
func (w *writer) begin() error {
	d := w.db.dialect
	err := w.execDirect(d.begin)
	for began := w.lastUsed; isLocked(err) && time.Since(began) < d.beginWait; {
		_, err = w.conn.ExecContext(context.Background(), d.begin)
	}
	return err
}

// commit runs COMMIT, the only statement that SQLite lets commit: see onlyCommit.
func (w *writer) commit() error {
	w.committing = true
	defer func() { w.committing = false }()
	return w.execDirect("COMMIT")
}

// rollback ends the transaction. It closes the connection if ROLLBACK fails, unless SQLite has ended
// the transaction by itself.
func (w *writer) rollback() {
	if _, err := w.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		w.db.cfg.Logger.Debug("rollback after a failed commit", "error", err)
		if !noTransaction(err) {
			w.drop()
		}
	}
}
