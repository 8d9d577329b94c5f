package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/pressly/goose/v3"
)

// dialect is what differs between the databases; all other SQL is one text for both.
type dialect struct {
	// open opens the pools: one to write, one to read. Nothing is connected yet.
	open func(db *database) (write, read *sql.DB, err error)

	goose  goose.Dialect
	schema string // the migrations' directory
	// prepare looks at the server and returns the pool to migrate it through, and what
	// to call afterwards. One node at a time comes past it.
	prepare func(ctx context.Context, db *database) (pool *sql.DB, done func(), err error)

	// advice adds to an error of the first connection its likely cause and the fix.
	advice func(err error, url string) error

	stamp func(*database) [4]int64 // see Store.Stamp

	writers      int           // groups of writes that are made at the same time
	setup        []string      // statements for each new connection that writes
	pingInterval time.Duration // after so long without a write the connection is kept alive; 0: it need not be
	end          string        // statement after the last write; empty: none

	begin string
	// beginWait is how long begin is repeated while another process writes.
	beginWait time.Duration
	// yieldFactor is the pause per time that a transaction took, see Config.Yield.
	yieldFactor time.Duration
	// connected prepares a new connection that writes.
	connected func(*writer) error
	// commitUncertain reports whether the commit may have been made, after an error of COMMIT.
	commitUncertain func(error) bool

	// shred removes replaced texts from the database's files; nil: the server keeps these.
	shred func(ctx context.Context, db *database, maxVacuum int64) (complete bool, err error)

	forShare  string // ends a query of a row that stays as it is until the transaction ends
	forUpdate string // ends a query of a row that the transaction may change: the row is then locked
	now       string // the database's clock in Unix milliseconds
	index     string // format of the clause that names the index to read posts by
	byID      string // clause that has posts read by their ids alone
	// raise adds to a counter and returns its new value.
	increment func(t *tx, counter string, by int64) (int64, error)
	idBlock   int64 // ids of posts that are taken at once, outside the transaction; 0: one by one, inside
	rows      int   // in one INSERT, at most

	wordsID       string                     // the column of an index of words that holds the post's id
	words         func(folded string) string // as the index takes them
	boundedSelect string                     // SELECT that the server itself ends after searchTime
	match         func(search) string        // in the language of the index
	matching      string                     // format of the condition that posts match in an index of words
	// matchIndex is the index to read the posts of a match by, which are then sorted;
	// empty: that of the order, in which those of the match are picked out.
	matchIndex string
}

// dialects are the databases by the scheme of their URL.
var dialects = map[string]*dialect{"sqlite": &sqliteDialect, "mysql": &mysqlDialect}
