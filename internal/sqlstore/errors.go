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

	"github.com/wiredesk/wiredesk/internal/fault"
)

// errClass classifies an error of the database by its effect on the transaction.
type errClass int

const (
	noError    errClass = iota
	noRows              // a query without a result
	duplicate           // duplicate key: only the statement failed
	constraint          // another constraint, or an invalid value: only the statement failed

	// After an error of the classes below the transaction must not continue: the database may have
	// rolled it back.

	unknown       // every other error
	conflict      // with another transaction: repeat this one
	dbUnavailable // the database cannot execute it now
	readOnly      // the database refuses writes
	connLost      // the connection is closed
	diskFull
	tooLarge // the statement exceeds a limit of the database
)

// keepsTransaction reports whether the transaction stays open, with all earlier statements, after an
// error of this class.
func (c errClass) keepsTransaction() bool { return c < unknown }

// needsConnection reports whether the same transaction may succeed on another connection.
func (c errClass) needsConnection() bool {
	return c == dbUnavailable || c == readOnly || c == connLost
}

// errNoConnection wraps every error of opening a connection.
var errNoConnection = errors.New("connecting to the database")

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
		if m.Number == erUnknownError && strings.Contains(m.Message, "max_allowed_packet") { // of a parameter sent in parts
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

// classify wraps an error of the driver in a fault with a text for users. It returns faults, errors of
// contexts and errors of class unknown unchanged.
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
		return unavailable("The same data is being changed by another request; nothing was saved. Try again.", err)
	}
	return err
}

func readOnlyFault(cause error) error {
	return unavailable("The database is read-only; nothing was saved. Try again.", cause)
}

func unavailable(text string, cause error) error {
	f := fault.Wrap(fault.Unavailable, text, cause)
	f.RetryAfter = 2 * time.Second
	return f
}

// uniqueViolation reports whether err is a duplicate key.
func uniqueViolation(err error) bool { return classOf(err) == duplicate }
