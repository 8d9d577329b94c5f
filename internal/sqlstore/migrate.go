package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema to this version. Migrations are only ever added.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, s.dialect.schema)
	if err != nil {
		return err
	}
	db, done, err := s.dialect.prepare(ctx, s)
	if err != nil {
		return err
	}
	defer done()
	p, err := goose.NewProvider(s.dialect.goose, db, files)
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	applied, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	for _, m := range applied {
		s.cfg.Logger.Info("database migrated", "migration", m.Source.Path, "took", m.Duration)
	}
	return s.reconcileLive(ctx)
}

// SchemaVersion returns the number of the newest migration that the database has.
func (s *Store) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.read.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&v)
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", classify(err))
	}
	return v, nil
}
