package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// tx is the transaction of a batch. Its ops run one after the other on the goroutine of the writer.
// It implements post.Tx and, as accessTx, auth.Tx.
type tx struct {
	w      *writer
	wrote  bool          // the current op has written
	broken error         // first fatal error; no statement runs after it
	events []event.Event // of all ops, numbered and stored by writeEvents
	access access        // rights read by the ops
	trace  string        // of the current op, see event.WithTrace
}

type scanner interface{ Scan(dest ...any) error }

// failed is a scanner whose query failed.
type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

// checkFatal returns err. After any error that is not known to leave the transaction open, it marks
// the transaction as broken: a further statement could run outside of it and commit alone.
func (t *tx) checkFatal(err error) error {
	if !classOf(err).keepsTransaction() && t.broken == nil {
		t.broken = err
	}
	return err
}

type row struct {
	t   *tx
	row *sql.Row
}

func (r row) Scan(dest ...any) error { return r.t.checkFatal(r.row.Scan(dest...)) }

func (t *tx) row(query string, args ...any) scanner {
	stmt, err := t.stmt(query)
	if err != nil {
		return failed{err}
	}
	return row{t, stmt.QueryRow(args...)}
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	stmt, err := t.w.stmt(query)
	return stmt, t.checkFatal(err)
}

// write runs a statement that changes rows.
func (t *tx) write(query string, args ...any) (sql.Result, error) {
	stmt, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	res, err := stmt.Exec(args...)
	t.wrote = t.wrote || err == nil
	return res, t.checkFatal(err)
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.write(query, args...)
	return err
}

// insert adds rows with statements of up to dialect.rows rows and about 1 MiB each.
func (t *tx) insert(into string, rows [][]any) error {
	for len(rows) > 0 {
		n, size := 0, 0
		var args []any
		for ; n < min(len(rows), t.w.db.dialect.rows); n++ {
			if size += sizeOf(rows[n]); n > 0 && size > 1<<20 {
				break
			}
			args = append(args, rows[n]...)
		}
		row := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		rows = rows[n:]
		if n == 1 {
			if err := t.exec(into+row, args...); err != nil {
				return err
			}
			continue
		}
		if t.broken != nil {
			return t.broken
		}
		if _, err := t.w.conn.ExecContext(context.Background(), into+row+strings.Repeat(", "+row, n-1), args...); err != nil {
			return t.checkFatal(err)
		}
		t.wrote = true
	}
	return nil
}

func sizeOf(row []any) (size int) {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	return size
}

// increment adds to a counter and returns the new value. The row stays locked until the commit.
func (t *tx) increment(counter string, by int64) (value int64, err error) {
	return t.w.db.dialect.increment(t, counter, by)
}

// notFound returns a NotFound fault with text for an empty result, else the fault of err.
func notFound(err error, text string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, text)
	}
	return classify(err)
}

func splitNames(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}

// scanIDs returns the ids of rows with one column, and closes rows.
func scanIDs(rows *sql.Rows, err error) (ids []int64, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
