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
	p, done, err := s.migrations(ctx)
	if err != nil {
		return err
	}
	defer done()
	applied, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	for _, m := range applied {
		s.cfg.Logger.Info("database migrated", "version", m.Source.Version, "migration", m.Source.Path, "took", m.Duration)
	}
	return s.reconcileLive(ctx)
}

// migrations returns all migrations of the database, and what to call after their use.
func (s *Store) migrations(ctx context.Context) (p *goose.Provider, done func(), err error) {
	files, err := fs.Sub(migrations, s.dialect.schema)
	if err != nil {
		return nil, nil, err
	}
	db, done, err := s.dialect.prepare(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	p, err = goose.NewProvider(s.dialect.goose, db, files, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goMigrations()...))
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("migrating the database: %w", err)
	}
	return p, done, nil
}

// goMigrations are the steps that SQL alone cannot do. Each runs in one transaction and
// may run again.
func goMigrations() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(5, &goose.GoFunc{RunTx: fillLists}, &goose.GoFunc{RunTx: emptyLists}),
	}
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
