package sqlstore

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/go-sql-driver/mysql"
)

// ServerAway reports whether err is of a database server that cannot be reached or does not take connections yet.
func ServerAway(err error) bool {
	var network *net.OpError
	var answer *mysql.MySQLError
	if errors.As(err, &answer) {
		const tooManyConnections, shuttingDown = 1040, 1053
		return answer.Number == tooManyConnections || answer.Number == shuttingDown
	}
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
