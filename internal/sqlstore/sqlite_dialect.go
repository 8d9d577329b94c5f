package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/wiredesk/wiredesk/internal/post"
)

var sqliteDialect = dialect{
	open:   openSQLite,
	goose:  goose.DialectSQLite3,
	schema: "migrations/sqlite",
	prepare: func(_ context.Context, db *database) (*sql.DB, func(), error) {
		return db.write, func() {}, nil
	},
	advice: func(err error, _ string) error { return err },

	writers: 1,
	// With its own busy_timeout SQLite polls the lock at intervals of up to 100 ms, and a process that
	// releases and takes it at once would keep it. writer.begin polls every millisecond.
	setup:     []string{"PRAGMA busy_timeout = 1"},
	beginWait: 5 * time.Second,
	// The server then finds the lock free for most of its writes.
	yieldFactor: 3,
	end:         "PRAGMA wal_checkpoint(TRUNCATE)",

	begin:           "BEGIN IMMEDIATE",
	connected:       onlyCommit,
	commitUncertain: func(error) bool { return false },
	shred:           shredSQLite,
	followChanges:   watchFile,
	now:             "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
	index:           "INDEXED BY %s",
	byID:            "NOT INDEXED",
	increment: func(t *tx, counter string, by int64) (value int64, err error) {
		err = t.row("UPDATE counters SET value = value + ? WHERE name = ? RETURNING value", by, counter).Scan(&value)
		return value, err
	},
	rows: 1,

	wordsID:       "rowid",
	words:         distinct, // the index keeps no positions
	matching:      "+id IN (SELECT rowid FROM %[1]s WHERE %[1]s MATCH ?)",
	matches:       "SELECT rowid FROM %[1]s WHERE %[1]s MATCH ? LIMIT ?",
	boundedSelect: "SELECT", // the driver interrupts it
	match: func(s search) string {
		words := s.words()
		terms := make([]string, len(words))
		for i, w := range words {
			terms[i] = `"` + w + `"*`
		}
		return strings.Join(terms, " AND ")
	},
}

// onlyCommit makes SQLite refuse every commit on w's connection except in w.commit. After some errors
// SQLite rolls the transaction back by itself; a later statement would then commit alone. With the hook
// it fails with SQLITE_CONSTRAINT_COMMITHOOK.
func onlyCommit(w *writer) error {
	return w.conn.Raw(func(conn any) error {
		hooks, ok := conn.(sqlite.HookRegisterer)
		if !ok {
			return fmt.Errorf("the SQLite driver's %T has no commit hook", conn)
		}
		hooks.RegisterCommitHook(func() (refuse int32) {
			if !w.committing {
				refuse = 1
			}
			return refuse
		})
		return nil
	})
}

// registerWords adds the SQL function wiredesk_words(summary, content), which a migration uses to fill
// the search index.
var registerWords = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction("wiredesk_words", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		summary, ok1 := args[0].([]byte)
		content, ok2 := args[1].(string)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("wiredesk_words takes a BLOB and a TEXT, not %T and %T", args[0], args[1])
		}
		p := post.Post{Content: content}
		if err := json.Unmarshal(summary, &p.Summary); err != nil {
			return nil, fmt.Errorf("decoding a stored post: %w", err)
		}
		return foldPost(&p), nil
	})
})

func openSQLite(db *database) (write, read *sql.DB, err error) {
	if err := registerWords(); err != nil {
		return nil, nil, fmt.Errorf("extending SQLite: %w", err)
	}
	path := db.file()
	driver := cmp.Or(db.cfg.sqliteDriver, "sqlite")
	if db.cfg.ReadOnly {
		return openProtected(driver, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("creating the database's directory: %w", err)
	}
	if err := private(path); err != nil {
		return nil, nil, fmt.Errorf("creating the database: %w", err)
	}
	const wal = "_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(1000)&"
	if write, err = sqlitePool(driver, path, 1, wal+"_txlock=immediate&_pragma=synchronous(FULL)&_pragma=journal_size_limit(67108864)"); err != nil {
		return nil, nil, err
	}
	if read, err = sqlitePool(driver, path, readers, wal+"_pragma=query_only(1)"); err != nil {
		write.Close()
		return nil, nil, err
	}
	return write, read, nil
}

// readers is the number of read connections of SQLite.
const readers = 4

// sqlitePool returns a pool of at most conns connections to the file at path.
func sqlitePool(driver, path string, conns int, options string) (*sql.DB, error) {
	db, err := sql.Open(driver, (&url.URL{Scheme: "file", Opaque: url.PathEscape(path)}).String()+
		"?_pragma=busy_timeout(5000)&_pragma=cache_size(-32768)&_pragma=temp_store(2)&_pragma=foreign_keys(1)&"+options)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// private creates a missing file with access for its owner only. SQLite creates its other files with the
// same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
