package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/pressly/goose/v3"
)

// dialect holds the differences between the databases; all other SQL is one text for both.
type dialect struct {
	// open creates the pools for writes and reads. It does not connect.
	open func(db *database) (write, read *sql.DB, err error)

	goose  goose.Dialect
	schema string // the migrations' directory
	// prepare checks the server and locks the schema against other nodes. It returns a pool for the
	// migrations; done unlocks.
	prepare func(ctx context.Context, db *database) (pool *sql.DB, done func(), err error)

	// advice adds the likely cause and the fix to an error of the first connection.
	advice func(err error, url string) error

	// followChanges calls changes.report when another process may have committed, until ctx is cancelled.
	followChanges func(ctx context.Context, db *database)

	writers      int           // number of writers of queue and urgent
	setup        []string      // statements for each new connection of a writer
	pingInterval time.Duration // idle time after which a writer pings; 0: never
	end          string        // statement at the end of Run; empty: none

	begin string
	// beginWait bounds the wait for the write lock of another process.
	beginWait time.Duration
	// yieldFactor is the ratio of the pause to the duration of a transaction, see Config.Yield.
	yieldFactor time.Duration
	// connected prepares a new connection of a writer.
	connected func(*writer) error
	// commitUncertain reports whether an error of COMMIT leaves open whether the commit succeeded.
	commitUncertain func(error) bool

	// shred removes replaced texts from the database's files; nil: the files belong to a server.
	shred func(ctx context.Context, db *database, maxVacuum int64) (complete bool, err error)

	forShare  string // suffix of a query that locks its row shared; empty: not needed
	forUpdate string // suffix of a query that locks its row exclusively; empty: not needed
	now       string // the database's clock in Unix milliseconds
	index     string // format of the clause that forces an index
	byID      string // clause that forces the primary key
	// increment adds to a counter and returns the new value.
	increment func(t *tx, counter string, by int64) (int64, error)
	idBlock   int64 // ids of posts reserved at once, outside the transaction; 0: one at a time, inside
	rows      int   // maximum in one INSERT

	wordsID       string                     // column of the word tables with the id of the post
	words         func(folded string) string // form of the words in the word tables
	boundedSelect string                     // SELECT that the server cancels after searchTime
	match         func(search) string        // search expression of the full-text index
	matching      string                     // format of the condition that a post matches
	// matches is the format of a query of the ids of matching posts. If there are few, these posts are
	// read and sorted. Empty: the database does so for any number of posts.
	matches string
	// matchIndex is the index by which matching posts are read before they are sorted; empty: the
	// posts are read by the index of the sort order and filtered.
	matchIndex string
}

// dialects maps the scheme of a URL to its dialect.
var dialects = map[string]*dialect{"sqlite": &sqliteDialect, "mysql": &mysqlDialect}
