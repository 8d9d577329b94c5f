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

// After a failover, a proxy or a DNS name directs new connections to another server, while the old one
// may still run, read-only or no longer replicated. Connections to the old server would return old
// data. So each connection queries the identity of its server when it is opened. When the newest
// connection has reached another server, all older ones are closed: idle ones at once, used ones when
// they return to their pool. Every later query and write runs on the new server.

// checkServerEvery is the interval at which a store opens a connection only to identify the server of
// the DATABASE_URL. Without it a failover that leaves all old connections open would go unnoticed.
const checkServerEvery = 2 * time.Second

// server is the database server of the newest connection of a store.
type server struct {
	opened     atomic.Int64 // number of started connections
	generation atomic.Int64 // incremented when the server or the epoch of the event log changes

	mu     sync.Mutex
	name   string // empty: no connection yet
	newest int64  // number of the newest connection to it

	previous   string    // the server before name
	previousAt time.Time // of the change from previous to another server
	warnedAt   time.Time // of the last log line about several servers behind the URL

	onChange func(from, to string)
}

// reached records that connection number n is to the server name, and returns the generation of the
// connection. It returns false if a later connection is to another server.
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

// driverConn has the methods of the MySQL driver's connections that *sql.DB uses.
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

// serverConnector opens connections that become invalid when the server changes.
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

// generationOf returns the generation of the server of conn; for a file the current generation.
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

// ResetSession fails for an old server. database/sql calls it when a query takes the connection from the
// pool.
func (c *serverConn) ResetSession(ctx context.Context) error {
	if c.outdated() {
		return driver.ErrBadConn
	}
	return c.driverConn.ResetSession(ctx)
}

// IsValid returns false for an old server. database/sql calls it when the connection returns to the pool.
func (c *serverConn) IsValid() bool { return !c.outdated() && c.driverConn.IsValid() }

// serverName returns a text that identifies a server. All nodes of a TiDB cluster have one name, because
// each reads the commits of all.
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

// flapWindow is the time within which a return to the previous server means that the URL resolves to
// several servers in turn. That error is logged at most once per flapWindow.
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

// serverChanged logs a change of the server and closes the idle connections to the old one. Caches check
// the generation by themselves.
func (db *database) serverChanged(from, to string) {
	db.server.report(db.cfg.Logger, from, to)
	closeIdle(db.read.db, readConns)
	closeIdle(db.write, maxIdleWriters)
}

// closeIdle closes the idle connections of a pool with keep as its maximum of idle connections.
func closeIdle(db *sql.DB, keep int) {
	db.SetMaxIdleConns(-1)
	db.SetMaxIdleConns(keep)
}

// watchServer detects another server behind the DATABASE_URL until ctx is cancelled.
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
