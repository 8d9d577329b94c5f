package sqlstore

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/go-sql-driver/mysql"
)

// Error numbers of MySQL, MariaDB, proxies and TiDB (8000 to 9999), by the names of their manuals.
const (
	erUnknownError        = 1105 // errors without a number of their own
	erDupEntry            = 1062
	erDupEntryWithKeyName = 1586

	erBadNull            = 1048
	erDataOutOfRange     = 1264
	erTruncatedWrongVal  = 1366
	erDataTooLong        = 1406
	erRowIsReferenced    = 1451
	erNoReferencedRow    = 1452
	erCheckMySQL         = 3819
	erConstraintFailed   = 4025 // CHECK in MariaDB
	erDisconnectedByIdle = 4031 // the server closed an idle connection of MySQL

	erCheckRead        = 1020 // the record has changed since it was read
	erLockDeadlock     = 1213
	erTableDefChanged  = 1412
	erTransactionAbort = 3101 // certification by a cluster failed
	tidbRetry          = 8022
	tidbSchemaChanged  = 8028
	tidbWriteConflict  = 9007

	erGetErrno           = 1030 // error of the storage engine
	erOutOfMemory        = 1037
	erOutOfSortMemory    = 1038
	erTooManyConnections = 1040
	erOutOfResources     = 1041
	erUnknownCommand     = 1047 // a node of a Galera cluster that is not ready
	erServerShutdown     = 1053
	erForcingClose       = 1080
	erHostBlocked        = 1129
	erErrorDuringCommit  = 1180
	erTooManyUserConns   = 1203
	erLockWaitTimeout    = 1205
	erLockTableFull      = 1206
	erUserLimitReached   = 1226
	erUnknownStmtHandler = 1243
	erTemporaryError     = 1297
	erQueryInterrupted   = 1317
	erNeedReprepare      = 1615
	erStatementTimeout   = 1969 // MariaDB
	erQueryTimeout       = 3024 // MySQL
	erRunHookError       = 3100
	tidbPDTimeout        = 9001
	tidbTiKVTimeout      = 9002
	tidbTiKVBusy         = 9003
	tidbResolveLock      = 9004
	tidbRegionAway       = 9005

	erOptionPreventsStatement = 1290 // such as read_only
	erReadOnlyTransaction     = 1792
	erReadOnlyMode            = 1836

	erNetReadError       = 1158
	erNetReadInterrupted = 1159
	erNetErrorOnWrite    = 1160
	erNetWriteInterrupt  = 1161
	erConnectionKilled   = 1927 // MariaDB
	crServerGone         = 2006 // numbers of client libraries, which proxies send
	crServerLost         = 2013
	crServerLostExtended = 2055

	erDiskFull    = 1021
	erRecordFull  = 1114
	erNetTooLarge = 1153 // larger than max_allowed_packet

	erDatabaseDenied = 1044
	erAccessDenied   = 1045
	erNoSuchDatabase = 1049
	erAccessDeniedNo = 1698 // without a password
)

// mysqlClasses are the error numbers of each class; all others are of class unknown.
var mysqlClasses = map[errClass][]uint16{
	duplicate:  {erDupEntry, erDupEntryWithKeyName},
	constraint: {erBadNull, erDataOutOfRange, erTruncatedWrongVal, erDataTooLong, erRowIsReferenced, erNoReferencedRow, erCheckMySQL, erConstraintFailed},
	conflict:   {erLockDeadlock, erCheckRead, erTableDefChanged, erTransactionAbort, tidbRetry, tidbSchemaChanged, tidbWriteConflict},
	dbUnavailable: {erGetErrno, erOutOfMemory, erOutOfSortMemory, erTooManyConnections, erOutOfResources, erUnknownCommand, erServerShutdown, erForcingClose,
		erHostBlocked, erErrorDuringCommit, erTooManyUserConns, erLockWaitTimeout, erLockTableFull, erUserLimitReached, erUnknownStmtHandler, erTemporaryError,
		erQueryInterrupted, erNeedReprepare, erStatementTimeout, erQueryTimeout, erRunHookError, erDisconnectedByIdle,
		tidbPDTimeout, tidbTiKVTimeout, tidbTiKVBusy, tidbResolveLock, tidbRegionAway},
	readOnly: {erOptionPreventsStatement, erReadOnlyTransaction, erReadOnlyMode},
	connLost: {erNetReadError, erNetReadInterrupted, erNetErrorOnWrite, erNetWriteInterrupt, erConnectionKilled, crServerGone, crServerLost, crServerLostExtended},
	diskFull: {erDiskFull, erRecordFull},
	tooLarge: {erNetTooLarge},
}

// ServerAway reports whether err means that a database server cannot be reached, or does not accept
// connections yet.
func ServerAway(err error) bool {
	var network *net.OpError
	var answer *mysql.MySQLError
	if errors.As(err, &answer) {
		return answer.Number == erTooManyConnections || answer.Number == erServerShutdown
	}
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// mysqlAdvice adds the cause and the fix to an error of the first connection.
func mysqlAdvice(err error, raw string) error {
	cfg, _ := mysqlConfig(raw)
	var e *mysql.MySQLError
	var n *net.OpError
	if errors.As(err, &n) {
		return fmt.Errorf("DATABASE_URL: no database server answers at %s: %w", cfg.Addr, err)
	}
	if !errors.As(err, &e) {
		e = &mysql.MySQLError{}
	}
	switch e.Number {
	case erAccessDenied, erAccessDeniedNo:
		return fmt.Errorf("DATABASE_URL: the server at %s refuses the user %q: check the name and the password (%w)", cfg.Addr, cfg.User, err)
	case erDatabaseDenied:
		return fmt.Errorf("DATABASE_URL: the user %q has no rights on the database %q: GRANT ALL ON %s.* TO that user (%w)", cfg.User, cfg.DBName, cfg.DBName, err)
	case erNoSuchDatabase:
		return fmt.Errorf("DATABASE_URL: the server at %s has no database %q: CREATE DATABASE %s (%w)", cfg.Addr, cfg.DBName, cfg.DBName, err)
	}
	return fmt.Errorf("DATABASE_URL: connecting to %s: %w", cfg.Addr, err)
}
