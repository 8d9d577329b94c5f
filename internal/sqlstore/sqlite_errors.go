package sqlstore

import (
	"errors"

	sqlite3 "modernc.org/sqlite/lib"
)

// errMalloc is the prefix of the driver's error when it cannot allocate memory for a parameter.
const errMalloc = "sqlite: cannot allocate "

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

// isLocked reports whether err means that another process has the write lock of the file.
func isLocked(err error) bool {
	var s interface{ Code() int }
	return errors.As(err, &s) && s.Code()&0xff == sqlite3.SQLITE_BUSY
}

// noTransaction reports whether err, of a ROLLBACK, means that the connection has no transaction.
func noTransaction(err error) bool {
	var s interface{ Code() int }
	return errors.As(err, &s) && s.Code() == sqlite3.SQLITE_ERROR
}
