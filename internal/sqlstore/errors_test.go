package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// resultCode is an error of SQLite.
type resultCode int

func (c resultCode) Error() string { return fmt.Sprint("result code ", int(c)) }
func (c resultCode) Code() int     { return int(c) }

func mysqlError(number uint16) error {
	return fmt.Errorf("a statement: %w", &mysql.MySQLError{Number: number})
}

// TestErrors_keepTheTransaction: after the errors of the list the transaction is still open, and
// after no other.
func TestErrors_keepTheTransaction(t *testing.T) {
	keep := []error{nil, sql.ErrNoRows}
	for _, code := range []int{2067, 1555, 2579, 1299, 275, 787} {
		keep = append(keep, resultCode(code))
	}
	for _, number := range []uint16{1062, 1586, 1048, 1264, 1366, 1406, 1451, 1452, 3819, 4025} {
		keep = append(keep, mysqlError(number))
	}
	kept := map[string]bool{}
	for _, err := range keep {
		kept[fmt.Sprint(err)] = true
		if !classOf(err).keepsTransaction() {
			t.Errorf("%v ends the transaction", err)
		}
	}
	others := []error{io.EOF, driver.ErrBadConn, sql.ErrConnDone, mysql.ErrInvalidConn, mysql.ErrPktTooLarge, errNoConnection, errors.New("another")}
	for code := range 7000 { // the extended codes too
		others = append(others, resultCode(code))
	}
	for number := range uint16(10_000) {
		others = append(others, mysqlError(number))
	}
	for _, err := range others {
		if classOf(err).keepsTransaction() && !kept[fmt.Sprint(err)] {
			t.Errorf("%v keeps the transaction", err)
		}
	}
}

// TestErrors_classes: the errors that are repeated on a new connection, and the faults of the others.
func TestErrors_classes(t *testing.T) {
	for class, errs := range map[errClass][]error{
		dbUnavailable: {resultCode(7), resultCode(5), resultCode(9), resultCode(778), resultCode(3082), resultCode(531), mysqlError(1206), mysqlError(1317), mysqlError(1030),
			errNoConnection, errors.New("sqlite: cannot allocate 8 bytes of memory")},
		readOnly: {resultCode(8), resultCode(1032), mysqlError(1290), mysqlError(1792), mysqlError(1836)},
		conflict: {mysqlError(1213), mysqlError(9007)},
		diskFull: {resultCode(13), mysqlError(1021), mysqlError(1114)},
		tooLarge: {resultCode(18), mysqlError(1153), mysql.ErrPktTooLarge,
			&mysql.MySQLError{Number: 1105, Message: "Parameter of prepared statement which is set through mysql_send_long_data() is longer than 'max_allowed_packet' bytes"}},
		connLost: {io.EOF, mysqlError(2013), driver.ErrBadConn},
		unknown:  {resultCode(1), resultCode(11), resultCode(1811), mysqlError(1105), errors.New("another")},
	} {
		for _, err := range errs {
			if got := classOf(err); got != class {
				t.Errorf("%v has class %d, want %d", err, got, class)
			}
		}
	}
}
