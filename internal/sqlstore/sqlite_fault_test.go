package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// faultyDriver is the SQLite driver with a fault at one statement of the connection that writes.
type faultyDriver struct {
	inner driver.Driver

	mu    sync.Mutex
	armed bool
	left  int // statements before the fault
	fault sqliteFault
	hit   string // the statement that met the fault
}

// sqliteFault is run in place of a statement. It gets the connection, and what runs the statement.
type sqliteFault func(conn sqliteConn, run func() error) error

type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	sqlite.HookRegisterer
}

func execOn(conn sqliteConn, text string) error {
	_, err := conn.ExecContext(context.Background(), text, nil)
	return err
}

// codeError is an error of SQLite, as the store sees it.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("injected fault (%d)", int(e)) }
func (e codeError) Code() int     { return int(e) }

// rollsBack returns the fault of a database that rolls the transaction back by itself.
func rollsBack(err error) sqliteFault {
	return func(conn sqliteConn, _ func() error) error {
		return errors.Join(ignoreNoTransaction(execOn(conn, "ROLLBACK")), err)
	}
}

// rollsBackUnseen rolls the transaction back, and the statement runs without an error of it.
func rollsBackUnseen(conn sqliteConn, run func() error) error {
	if err := ignoreNoTransaction(execOn(conn, "ROLLBACK")); err != nil {
		return err
	}
	return run()
}

// ignoreNoTransaction passes over the error of a ROLLBACK before BEGIN or at a failed COMMIT.
func ignoreNoTransaction(err error) error {
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		return nil
	}
	return err
}

// registerFaulty returns a driver and the name that it is registered by.
func registerFaulty(t *testing.T) (*faultyDriver, string) {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	testkit.Must(t, err)
	defer db.Close()
	d := &faultyDriver{inner: db.Driver()}
	name := "sqlite of " + t.Name()
	sql.Register(name, d)
	return d, name
}

// arm has the n-th statement from now on, counted from 0, meet the fault once.
func (d *faultyDriver) arm(n int, fault sqliteFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed, d.left, d.fault, d.hit = true, n, fault, ""
}

// disarm returns the statement that met the fault; empty when there were not so many.
func (d *faultyDriver) disarm() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed = false
	return d.hit
}

func (d *faultyDriver) Open(name string) (driver.Conn, error) {
	conn, err := d.inner.Open(name)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("%T lacks methods of a connection", conn)
	}
	return &faultyConn{sqliteConn: full, driver: d, writes: !strings.Contains(name, "query_only")}, nil
}

type faultyConn struct {
	sqliteConn
	driver *faultyDriver
	writes bool
}

// pass runs a statement, or the fault that it meets.
func (c *faultyConn) pass(text string, run func() error) error {
	c.driver.mu.Lock()
	hit := c.driver.armed && c.writes && text != "ROLLBACK" && c.driver.left == 0
	if c.driver.armed && c.writes && text != "ROLLBACK" {
		c.driver.left--
	}
	fault := c.driver.fault
	if hit {
		c.driver.armed, c.driver.hit = false, text
	}
	c.driver.mu.Unlock()
	if hit {
		return fault(c.sqliteConn, run)
	}
	return run()
}

func (c *faultyConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (res driver.Result, err error) {
	err = c.pass(text, func() (err error) { res, err = c.sqliteConn.ExecContext(ctx, text, args); return err })
	return res, err
}

func (c *faultyConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	stmt, err := c.sqliteConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &faultyStmt{Stmt: stmt, conn: c, text: text}, nil
}

type faultyStmt struct {
	driver.Stmt
	conn *faultyConn
	text string
}

func (s *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (res driver.Result, err error) {
	err = s.conn.pass(s.text, func() (err error) {
		res, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	})
	return res, err
}

func (s *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = s.conn.pass(s.text, func() (err error) {
		rows, err = s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
		return err
	})
	return rows, err
}
