package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A DATABASE_URL may lead to another server after a failover: a proxy or a name then directs
// new connections there, while the old server lives on, read-only or no longer replicated.
// Connections of a pool that stay on it would answer with old data. So each connection asks
// its server for its name when it is opened, and when the newest one has reached another
// server, all older ones are closed: an idle one at once, one in use when it goes back to its
// pool. A query that starts later runs on the new server, as every write does.

// checkServerEvery is the interval at which a store opens a connection only to see which
// server the DATABASE_URL leads to: with it the old connections may all work on.
const checkServerEvery = 2 * time.Second

// server is the database server that the newest connection of a store reached.
type server struct {
	opened     atomic.Int64 // connections that were begun
	generation atomic.Int64 // raised when the server or the epoch of the event log changes

	mu     sync.Mutex
	name   string // empty: none was reached yet
	newest int64  // the connection that reached it, by the count of opened

	previous   string    // the server before name
	previousAt time.Time // when the store moved from it to another one
	warnedAt   time.Time // when the log last had the error that the URL leads to several servers

	onChange func(from, to string)
}

// reached notes that connection number n is to the server name, and returns the generation
// that the connection belongs to. It returns false when a connection that was begun later is
// to another server.
func (s *server) reached(n int64, name string) (generation int64, ok bool) {
	s.mu.Lock()
	from := s.name
	if name != from && n < s.newest {
		s.mu.Unlock()
		return 0, false
	}
	s.name, s.newest = name, max(s.newest, n)
	changed := from != "" && from != name
	if changed {
		s.generation.Add(1)
	}
	generation = s.generation.Load()
	s.mu.Unlock()
	if changed {
		s.onChange(from, name)
	}
	return generation, true
}

// driverConn is what *sql.DB uses of the MySQL driver's connections.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// serverConnector opens connections that end when the server has changed.
type serverConnector struct {
	driver.Connector
	server *server
}

func (c *serverConnector) Connect(ctx context.Context) (driver.Conn, error) {
	n := c.server.opened.Add(1)
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := opened.(driverConn)
	if !ok {
		opened.Close()
		return nil, fmt.Errorf("a connection of the MySQL driver, %T, lacks methods", opened)
	}
	name, err := serverName(ctx, conn)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("asking the database server for its name: %w", err), conn.Close())
	}
	generation, ok := c.server.reached(n, name)
	if !ok {
		conn.Close()
		return nil, driver.ErrBadConn // *sql.DB opens another one
	}
	return &serverConn{conn, c.server, generation}, nil
}

// serverConn is a connection to the server of one generation.
type serverConn struct {
	driverConn
	server     *server
	generation int64
}

// generationOf returns the generation of the server that conn is connected to: the present one
// for a database that is a file.
func (db *database) generationOf(conn *sql.Conn) int64 {
	generation := db.server.generation.Load()
	_ = conn.Raw(func(c any) error {
		if c, ok := c.(*serverConn); ok {
			generation = c.generation
		}
		return nil
	})
	return generation
}

func (c *serverConn) outdated() bool { return c.generation != c.server.generation.Load() }

// ResetSession is called before a query that takes the connection from its pool.
func (c *serverConn) ResetSession(ctx context.Context) error {
	if c.outdated() {
		return driver.ErrBadConn
	}
	return c.driverConn.ResetSession(ctx)
}

// IsValid is called when the connection goes back to its pool.
func (c *serverConn) IsValid() bool { return !c.outdated() && c.driverConn.IsValid() }

// serverName returns a text that differs between servers. The nodes of a TiDB cluster have one
// name: all of them read what each of them has committed.
func serverName(ctx context.Context, conn driver.QueryerContext) (string, error) {
	rows, err := conn.QueryContext(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('hostname', 'port', 'server_id', 'server_uid', 'server_uuid', 'version')", nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var parts []string
	for row := make([]driver.Value, len(rows.Columns())); ; {
		err := rows.Next(row)
		if err != nil && len(parts) == 0 {
			return "", err
		}
		if err != nil { // io.EOF, or the next query on the connection fails as well
			break
		}
		if len(row) != 2 {
			return "", fmt.Errorf("a variable has %d columns", len(row))
		}
		name, value := fmt.Sprintf("%s", row[0]), fmt.Sprintf("%s", row[1])
		if name == "version" && strings.Contains(value, "TiDB") {
			return "TiDB", nil
		}
		if name != "version" {
			parts = append(parts, name+"="+value)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " "), nil
}

// flapWindow is the time within which the return to the previous server means that the URL
// leads to several servers by turns. The error is logged once in it at most.
const flapWindow = time.Minute

// report logs a change of the server.
func (s *server) report(log *slog.Logger, from, to string) {
	s.mu.Lock()
	now := time.Now()
	back := to == s.previous && now.Sub(s.previousAt) < flapWindow
	s.previous, s.previousAt = from, now
	warn := back && now.Sub(s.warnedAt) >= flapWindow
	if warn {
		s.warnedAt = now
	}
	s.mu.Unlock()
	switch {
	case warn:
		log.Error("DATABASE_URL resolves to several database servers in turn: point it to one primary", "one", from, "another", to)
	case !back:
		log.Warn("DATABASE_URL resolves to another database server: moving all connections", "from", from, "to", to)
	}
}

// serverChanged logs a change of the server and closes the idle connections to the old one.
// The caches need no call: they hold the generation with what they have read.
func (db *database) serverChanged(from, to string) {
	db.server.report(db.cfg.Logger, from, to)
	closeIdle(db.read.db, readConns)
	closeIdle(db.write, maxIdleWriters)
}

// closeIdle closes the idle connections of a pool that keeps at most so many.
func closeIdle(db *sql.DB, keep int) {
	db.SetMaxIdleConns(-1)
	db.SetMaxIdleConns(keep)
}

// watchServer notices another server behind the DATABASE_URL, until ctx is cancelled.
func (db *database) watchServer(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(checkServerEvery):
		}
		if err := db.ping(ctx, db.probe); err != nil {
			db.cfg.Logger.Debug("identifying the database server failed", "error", err)
		}
	}
}

func (db *database) ping(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return pool.PingContext(ctx)
}
