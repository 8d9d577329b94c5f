package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// durableDriver is the SQLite driver that asks the connection of each COMMIT whether it syncs.
type durableDriver struct {
	inner driver.Driver

	mu      sync.Mutex
	commits int
	conns   map[sqliteConn]bool // those that committed
	wrong   []string
	broken  bool // the next BEGIN finds its connection lost
}

func (d *durableDriver) Open(name string) (driver.Conn, error) {
	conn, err := d.inner.Open(name)
	if err != nil {
		return nil, err
	}
	return &durableConn{conn.(sqliteConn), d}, nil
}

type durableConn struct {
	sqliteConn
	driver *durableDriver
}

func (c *durableConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	switch {
	case text == "COMMIT":
		c.driver.check(c.sqliteConn)
	case text == "BEGIN IMMEDIATE" && c.driver.takeBroken():
		return nil, driver.ErrBadConn
	}
	return c.sqliteConn.ExecContext(ctx, text, args)
}

func (c *durableConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.sqliteConn.BeginTx(ctx, options)
	return &durableTx{tx, c}, err
}

type durableTx struct {
	driver.Tx
	conn *durableConn
}

func (t *durableTx) Commit() error {
	t.conn.driver.check(t.conn.sqliteConn)
	return t.Tx.Commit()
}

// check reads the settings of a connection that is about to commit. In WAL mode SQLite syncs
// the log at each commit when synchronous is FULL (2) or EXTRA (3), and not below.
func (d *durableDriver) check(conn sqliteConn) {
	mode, err1 := pragma(conn, "journal_mode")
	synchronous, err2 := pragma(conn, "synchronous")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commits++
	d.conns[conn] = true
	if err := errors.Join(err1, err2); err != nil || mode != "wal" || synchronous != "2" && synchronous != "3" {
		d.wrong = append(d.wrong, fmt.Sprintf("commit %d: journal_mode %s, synchronous %s, %v", d.commits, mode, synchronous, err))
	}
}

func pragma(conn sqliteConn, name string) (string, error) {
	rows, err := conn.QueryContext(context.Background(), "PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil && err != io.EOF {
		return "", err
	}
	return fmt.Sprint(row[0]), nil
}

// TestSQLite_commitsAreSynced: each commit, of one write and of a group, in migrations, on the
// connection that follows a broken one and after the file was opened again, is on the disk
// before its caller is answered.
func TestSQLite_commitsAreSynced(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	testkit.Must(t, err)
	defer db.Close()
	d := &durableDriver{inner: db.Driver(), conns: map[sqliteConn]bool{}}
	sql.Register("durable sqlite", d)
	url := sqliteURL(t)
	for range 2 {
		store, stop := start(t, sqlstore.WithSQLiteDriver(sqlstore.Config{URL: url}, "durable sqlite"))
		id := mustAdd(t, store, post.Summary{Title: "alone"}, "")
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() { mustChange(t, store, id, func(p *post.Post) { p.Description += "." }) })
		}
		group.Wait()
		before := d.breakConn()
		mustAdd(t, store, post.Summary{Title: "on another connection"}, "")
		if after := d.committers(); after != before+1 {
			t.Errorf("%d connections committed, want %d", after, before+1)
		}
		testkit.Must(t, stop())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.commits < 8 || len(d.wrong) > 0 {
		t.Errorf("of %d commits these are not durable: %q", d.commits, d.wrong)
	}
}

// breakConn has the next transaction find its connection lost, and returns the number of
// connections that committed before.
func (d *durableDriver) breakConn() (committers int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = true
	return len(d.conns)
}

func (d *durableDriver) takeBroken() (broken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	broken, d.broken = d.broken, false
	return broken
}

func (d *durableDriver) committers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.conns)
}
