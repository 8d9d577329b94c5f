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
