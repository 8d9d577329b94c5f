package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// errClass is the effect of a database's error on the transaction that it occurs in.
type errClass int

const (
	noError    errClass = iota
	noRows              // a query without a result
	duplicate           // of a unique key: the statement alone failed
	constraint          // of another kind, or a value that its column cannot hold: the statement alone failed

	// After an error of the classes below the transaction must not be continued: the
	// database may have rolled it back by itself.

	unknown       // every error that is not listed
	conflict      // with another transaction: run this one again
	dbUnavailable // the database cannot do it now
	readOnly      // the database takes no changes
	connLost      // the connection is closed
	diskFull
	tooLarge // the statement is larger than the database takes
)

// keepsTransaction reports whether the transaction is still open, with all earlier
// statements, after an error of this class.
func (c errClass) keepsTransaction() bool { return c < unknown }

// needsConnection reports whether the same transaction may succeed on another connection.
func (c errClass) needsConnection() bool {
	return c == dbUnavailable || c == readOnly || c == connLost
}

// MySQL's error numbers by class. Those from 8000 to 9999 are TiDB's.
var mysqlClasses = map[errClass][]uint16{
	duplicate: {1062, 1586},
	// Null, out of range, wrong value, too long, foreign keys, CHECK in MySQL and in MariaDB.
	constraint: {1048, 1264, 1366, 1406, 1451, 1452, 3819, 4025},
	// Deadlock; changed since it was read; changed in its definition; refused by the cluster.
	conflict: {1213, 1020, 1412, 3101, 8022, 8028, 9007},
	// Error of the storage engine, out of memory, too many connections, shutting down, error
	// during a commit, interrupted or killed, waited too long for a lock, lock table full,
	// temporary error, out of prepared statements, not ready.
	dbUnavailable: {1030, 1037, 1038, 1040, 1041, 1047, 1053, 1080, 1129, 1180, 1203, 1205, 1206, 1226, 1243, 1297, 1317, 1615, 1969,
		3024, 3100, 4031, 9001, 9002, 9003, 9004, 9005},
	readOnly: {1290, 1792, 1836},
	connLost: {1158, 1159, 1160, 1161, 1927, 2006, 2013, 2055}, // the last four come from a proxy
	diskFull: {1021, 1114},
	tooLarge: {1153},
}

// erUnknownError is the number of errors that MySQL has no other number for.
const erUnknownError = 1105

// errNoConnection wraps every error of opening a connection.
var errNoConnection = errors.New("connecting to the database")

// errMalloc begins the error of the SQLite driver when it cannot copy a parameter.
const errMalloc = "sqlite: cannot allocate "

// classOf returns the class of an error of database/sql or of a driver.
func classOf(err error) errClass {
	var s interface{ Code() int } // *sqlite.Error
	var m *mysql.MySQLError
	var n *net.OpError
	switch {
	case err == nil:
		return noError
	case errors.As(err, &s):
		return sqliteClass(s.Code())
	case errors.As(err, &m):
		if m.Number == erUnknownError && strings.Contains(m.Message, "max_allowed_packet") { // a parameter that was sent in parts
			return tooLarge
		}
		for class, numbers := range mysqlClasses {
			if slices.Contains(numbers, m.Number) {
				return class
			}
		}
	case errors.Is(err, sql.ErrNoRows):
		return noRows
	case errors.Is(err, mysql.ErrPktTooLarge):
		return tooLarge
	case errors.Is(err, errNoConnection), strings.Contains(err.Error(), errMalloc):
		return dbUnavailable
	case errors.As(err, &n), errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, mysql.ErrMalformPkt), errors.Is(err, mysql.ErrPktSync), errors.Is(err, mysql.ErrBusyBuffer):
		return connLost
	}
	return unknown
}

// sqliteClass returns the class of an extended result code.
func sqliteClass(code int) errClass {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return duplicate
	case sqlite3.SQLITE_CONSTRAINT_ROWID, sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return constraint
	case sqlite3.SQLITE_CONSTRAINT_COMMITHOOK: // see onlyCommit
		return dbUnavailable
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return diskFull
	case sqlite3.SQLITE_READONLY:
		return readOnly
	case sqlite3.SQLITE_TOOBIG:
		return tooLarge
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_PROTOCOL:
		return dbUnavailable
	}
	return unknown
}

// isLocked reports whether err is SQLite's for a file that another process writes to.
func isLocked(err error) bool {
	var s interface{ Code() int }
	return errors.As(err, &s) && s.Code()&0xff == sqlite3.SQLITE_BUSY
}

// noTransaction reports whether err, of a ROLLBACK, is SQLite's for a connection without a transaction.
func noTransaction(err error) bool {
	var s interface{ Code() int }
	return errors.As(err, &s) && s.Code() == sqlite3.SQLITE_ERROR
}

// classify wraps a driver's error in a fault with the text for the caller. A fault, a
// cancelled context and an error of class unknown are returned as they are.
func classify(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	switch classOf(err) {
	case diskFull:
		return fault.Wrap(fault.Full, "The disk is full; nothing was saved.", err)
	case tooLarge:
		return fault.Wrap(fault.Full, "The database does not accept a change of this size; nothing was saved. "+
			"Set max_allowed_packet to at least 16M on the database server.", err)
	case dbUnavailable, connLost:
		return unavailable("The database does not answer; nothing was saved. Try again.", err)
	case readOnly:
		return readOnlyFault(err)
	case duplicate, conflict:
		return unavailable("Others are changing the same at this moment; nothing was saved. Try again.", err)
	}
	return err
}

func readOnlyFault(cause error) error {
	return unavailable("The database takes no changes: it is read-only. Nothing was saved; try again.", cause)
}

func unavailable(text string, cause error) error {
	f := fault.Wrap(fault.Unavailable, text, cause)
	f.RetryAfter = 2 * time.Second
	return f
}

// uniqueViolation reports whether err is a duplicate key.
func uniqueViolation(err error) bool { return classOf(err) == duplicate }
