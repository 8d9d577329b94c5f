package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"
)

// Shred removes texts that redactions have replaced from the database's files. complete is false if
// remains may exist: on MySQL, because the files belong to the server, and on SQLite if the file is larger
// than maxVacuum bytes (0: no limit). The rewrite of a SQLite file blocks all other writes.
func (s *Store) Shred(ctx context.Context, maxVacuum int64) (complete bool, err error) {
	if err := s.AwaitIndex(ctx, false); err != nil { // the index may have words of the replaced texts
		return false, err
	}
	if s.dialect.shred == nil {
		return false, nil
	}
	return s.dialect.shred(ctx, s.database, maxVacuum)
}

// shredSQLite merges the search indexes, because old segments have the words of replaced texts, rewrites
// the file and truncates the write-ahead log.
func shredSQLite(ctx context.Context, db *database, maxVacuum int64) (complete bool, err error) {
	for _, index := range []string{"posts_words", "live_words"} {
		if err := db.mergeWords(ctx, index); err != nil {
			return false, fmt.Errorf("merging %s: %w", index, err)
		}
	}
	path := db.file()
	info, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("reading the size of the database: %w", err)
	}
	// The writer's connection refuses commits that are not its own.
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path)}).String()+
		"?_pragma=busy_timeout(10000)&_pragma=secure_delete(1)&_pragma=synchronous(FULL)")
	if err != nil {
		return false, fmt.Errorf("opening %s: %w", path, err)
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	complete = maxVacuum == 0 || info.Size() <= maxVacuum
	if complete {
		if _, err := pool.ExecContext(ctx, "VACUUM"); err != nil {
			return false, fmt.Errorf("rewriting the database file: %w", classify(err))
		}
	}
	return complete, truncateWAL(ctx, pool)
}

// walTime bounds the wait for readers that use the write-ahead log.
const walTime = 30 * time.Second

func truncateWAL(ctx context.Context, db *sql.DB) error {
	for deadline := time.Now().Add(walTime); ; {
		var busy, log, moved int
		if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
			return fmt.Errorf("emptying the write-ahead log: %w", classify(err))
		}
		if busy == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("emptying the write-ahead log: other processes are using it; stop the servers and run the command again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// mergePages bounds one step of a merge, and with it the time for which it blocks other writes.
const mergePages = 500

// mergeWords merges all segments of a search index into one, in short transactions. The merged segment
// has no words of replaced texts.
func (db *database) mergeWords(ctx context.Context, index string) error {
	for pages := -mergePages; ; pages = mergePages { // a negative number starts a merge of all segments
		var changes int64
		err := db.update(ctx, func(t *tx) error {
			if err := t.secureDelete(); err != nil {
				return err
			}
			var before, after int64
			if err := t.row("SELECT total_changes()").Scan(&before); err != nil {
				return err
			}
			if err := t.exec("INSERT INTO "+index+" ("+index+", rank) VALUES ('merge', ?)", pages); err != nil {
				return err
			}
			err := t.row("SELECT total_changes()").Scan(&after)
			changes = after - before
			return err
		})
		if err != nil || changes < 2 { // < 2: nothing is left to merge
			return err
		}
	}
}
