package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
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

// UndoMigrations takes back all migrations above a version of a database that no store has open.
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

// GapWait is how long a missing number holds up the readers.
const GapWait = gapWait

// PauseAfter returns the pause of a tool after a transaction that took so long.
func PauseAfter(s *Store, took time.Duration) time.Duration { return s.pauseAfter(took) }

// HoldReaders takes n connections of the readers out of their pool until release is called.
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
