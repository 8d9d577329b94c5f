package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

const incrementCounter = "UPDATE counters SET value = LAST_INSERT_ID(value + ?) WHERE name = ?"

var mysqlDialect = dialect{
	open:          openMySQL,
	goose:         goose.DialectMySQL,
	followChanges: pollChanges,
	schema:        "migrations/mysql",
	prepare:       prepareMySQL,
	advice:        mysqlAdvice,

	writers:      2,
	setup:        []string{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
	pingInterval: time.Second,

	yieldFactor: 1, // transactions share only the lock of the row that numbers the events

	begin:     "START TRANSACTION",
	connected: func(*writer) error { return nil },
	commitUncertain: func(err error) bool { // a proxy may answer with any error
		class := classOf(err)
		return err != nil && class != conflict && class != duplicate && class != diskFull
	},
	forShare:  " LOCK IN SHARE MODE", // MariaDB has no FOR SHARE
	forUpdate: " FOR UPDATE",
	now:       "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
	index:     "FORCE INDEX (%s)",
	byID:      "FORCE INDEX (PRIMARY)",
	increment: func(t *tx, counter string, by int64) (int64, error) {
		res, err := t.write(incrementCounter, by, counter)
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	},
	idBlock: 64,
	rows:    maxBatch,

	wordsID:    "post_id",
	words:      mysqlWords,
	matchIndex: "PRIMARY",
	matching:   "id IN (SELECT post_id FROM %s WHERE MATCH (words) AGAINST (? IN BOOLEAN MODE))",
	// MariaDB reads the comment, and MySQL the hint.
	boundedSelect: "/*M!100100 SET STATEMENT max_statement_time=2 FOR */ SELECT /*+ MAX_EXECUTION_TIME(2000) */",
	match: func(s search) string {
		words := s.words()
		terms := make([]string, len(words))
		for i, w := range words {
			terms[i] = "+" + string(appendToken(nil, w)) + "*"
		}
		return strings.Join(terms, " ")
	},
}

// prepareMySQL checks the server and takes a named lock, so that one of several starting nodes migrates.
func prepareMySQL(ctx context.Context, db *database) (pool *sql.DB, done func(), err error) {
	pool, err = mysqlPool(db, func(*mysql.Config) {}) // without timeouts: a migration may take long
	if err != nil {
		return nil, nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, nil, mysqlAdvice(err, db.cfg.URL)
	}
	done = func() {
		conn.Close()
		pool.Close() // which releases the lock
	}
	if err := checkMySQL(ctx, db.cfg.Logger, conn); err != nil {
		done()
		return nil, nil, err
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(LEFT(CONCAT('wiredesk ', DATABASE()), 64), 60)").Scan(&got); err != nil || got.Int64 != 1 {
		done()
		return nil, nil, cmp.Or(err, errors.New("another node has been migrating the database for more than a minute"))
	}
	return pool, done, nil
}

// mysqlWords converts words to tokens, each once, which the server's full-text parser keeps unchanged. A
// token starts with two underscores, so it is neither too short nor a stop word. It has only ASCII
// letters and digits, because the server splits words at other characters. It has at most 80 bytes.
// The token of a prefix is a prefix of the token.
func mysqlWords(folded string) string {
	b := make([]byte, 0, 2*len(folded))
	seen := make(map[string]struct{}, len(folded)/8)
	for w := range strings.FieldsSeq(folded) {
		if _, twice := seen[w]; !twice {
			seen[w] = struct{}{}
			b = append(appendToken(b, w), ' ')
		}
	}
	return string(b)
}

func appendToken(b []byte, word string) []byte {
	const longest = 80 // of 84
	end := len(b) + longest
	b = append(b, "__"...)
	for i := 0; i < len(word) && len(b) < end; i++ {
		if c := word[i]; c < utf8.RuneSelf {
			b = append(b, c)
		} else {
			b = append(b, 'A'+c>>4, 'A'+c&15)
		}
	}
	return b[:min(len(b), end)]
}
