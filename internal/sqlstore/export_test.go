package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
)

// Count returns how many rows a table has.
func (s *Store) Count(ctx context.Context, table string) (n int, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	return n, err
}

// BySlug returns the post with that slug.
func (s *Store) BySlug(ctx context.Context, slug string) (post.Doc, error) {
	return s.doc(ctx, "posts", "slug = ?", slug)
}

// UndoMigrations reverts all migrations above a version, on a database without an open store.
func UndoMigrations(ctx context.Context, url string, version int64) error {
	s, err := Open(ctx, Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer s.Close()
	p, done, err := s.migrations(ctx)
	if err != nil {
		return err
	}
	defer done()
	_, err = p.DownTo(ctx, version)
	return err
}

// WithSQLiteDriver returns cfg with the name of another driver of database/sql.
func WithSQLiteDriver(cfg Config, name string) Config {
	cfg.sqliteDriver = name
	return cfg
}

// GapWait is the time after which readers skip a missing number.
const GapWait = gapWait

// PauseAfter returns the pause of a tool after a transaction with the duration took.
func PauseAfter(s *Store, took time.Duration) time.Duration { return s.pauseAfter(took) }

// ErrIndexMoved is the error of storing words that were read at another state of the index.
var ErrIndexMoved = errIndexMoved

// MatchWords returns the ids of the posts, or live posts, that the search index finds by a word with the prefix word.
func MatchWords(ctx context.Context, s *Store, live bool, word string) ([]int64, error) {
	table, _ := wordTable(live)
	condition := table + " MATCH ?"
	if s.dialect == &mysqlDialect {
		condition = "MATCH (words) AGAINST (? IN BOOLEAN MODE)"
	}
	return scanIDs(s.read.QueryContext(ctx, "SELECT "+s.dialect.wordsID+" FROM "+table+" WHERE "+condition+" ORDER BY "+s.dialect.wordsID, s.dialect.match(search{word})))
}

// StopIndexing reads the next posts to be indexed. resume stores their words, as one part of several or as the
// last part, which advances the watermark.
func StopIndexing(ctx context.Context, s *Store) (resume func(last bool) error, err error) {
	st, err := s.indexState(ctx)
	if err != nil {
		return nil, err
	}
	events, err := s.nextEvents(ctx, st.watermark)
	if err != nil {
		return nil, err
	}
	since, n := changedPosts(events)
	changes, _, err := s.readWords(ctx, slices.Sorted(maps.Keys(since)), since)
	if err != nil {
		return nil, err
	}
	return func(last bool) (err error) {
		to := st
		if last {
			to.watermark = events[n-1].Seq
		}
		st, err = s.storeIndex(ctx, s.sendIndex, st, to, changes)
		return err
	}, nil
}

// DamageIndex removes the words of a post, and adds words of a post that does not exist.
func DamageIndex(ctx context.Context, s *Store, lost, stray int64) error {
	words := s.dialect.words(" stray")
	return s.update(ctx, func(t *tx) error {
		return t.writeIndex([]indexChange{{id: lost}, {id: stray, words: &words}, {id: lost, live: true}, {id: stray, live: true, words: &words}})
	})
}

// LoseEvents deletes the events up to last.
func LoseEvents(ctx context.Context, s *Store, last int64) error {
	return s.update(ctx, func(t *tx) error { return t.exec("DELETE FROM events WHERE seq <= ?", last) })
}

// HoldReaders occupies n read connections until release.
func HoldReaders(ctx context.Context, s *Store, n int) (release func() error, err error) {
	var held []*sql.Conn
	for range n {
		conn, err := s.read.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		held = append(held, conn)
	}
	return func() (err error) {
		for _, conn := range held {
			err = errors.Join(err, conn.Close())
		}
		return err
	}, nil
}
