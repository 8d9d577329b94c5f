package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// trouble is what a database's error means for the transaction that it comes up in.
type trouble int

const (
	none      trouble = iota // the statement alone failed
	duplicate                // of a unique key: the statement alone failed
	conflict                 // with another transaction: this one is to be run again
	away                     // the database cannot do it now
	lost                     // the connection is gone
	full                     // the disk is
)

var mysqlTroubles = map[trouble][]uint16{
	duplicate: {1062, 1586},
	// Deadlock; changed since it was read; changed in its definition; refused by the cluster.
	conflict: {1213, 1020, 1412, 3101},
	// Too many connections, shutting down, interrupted or killed, read-only, waited too long
	// for a lock, out of prepared statements, not ready.
	away: {1040, 1041, 1047, 1053, 1080, 1129, 1203, 1205, 1226, 1243, 1290, 1317, 1615, 1792, 1836, 1969, 3024, 3100, 4031},
	lost: {1158, 1159, 1160, 1161, 1927, 2006, 2013, 2055}, // the last four by way of a proxy
	full: {1021, 1114},
}

// errNoConnection is the trouble that no connection can be opened, for whatever reason.
var errNoConnection = errors.New("connecting to the database")

func troubleOf(err error) trouble {
	var s *sqlite.Error
	var m *mysql.MySQLError
	var n *net.OpError
	switch {
	case errors.As(err, &s):
		return sqliteTrouble(s.Code())
	case errors.As(err, &m):
		for t, numbers := range mysqlTroubles {
			if slices.Contains(numbers, m.Number) {
				return t
			}
		}
	case errors.Is(err, errNoConnection):
		return away
	case errors.As(err, &n), errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, mysql.ErrMalformPkt), errors.Is(err, mysql.ErrPktSync), errors.Is(err, mysql.ErrBusyBuffer):
		return lost
	}
	return none
}

func sqliteTrouble(code int) trouble {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return duplicate
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return full
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return away
	}
	return none
}

// classify turns a driver's error into a fault that tells the caller what to do.
// A fault, and a cancelled context, stay as they are.
func classify(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	switch troubleOf(err) {
	case full:
		return fault.Wrap(fault.Full, "The disk is full; nothing was saved.", err)
	case away, lost:
		return unavailable("The database does not answer; nothing was saved. Try again.", err)
	case duplicate, conflict:
		return unavailable("Others are changing the same at this moment; nothing was saved. Try again.", err)
	}
	return err
}

func unavailable(text string, cause error) error {
	f := fault.Wrap(fault.Unavailable, text, cause)
	f.RetryAfter = 2 * time.Second
	return f
}

// uniqueViolation reports whether err is a duplicate key.
func uniqueViolation(err error) bool { return troubleOf(err) == duplicate }
