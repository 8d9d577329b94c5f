package sqlstore

import (
	"context"
	"database/sql"
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
	db, done, err := s.dialect.prepare(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	if p, err = s.provider(db); err != nil {
		done()
		return nil, nil, err
	}
	return p, done, nil
}

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, s.dialect.schema)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(s.dialect.goose, db, files, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goMigrations()...))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return p, nil
}

// checkSchema returns an error unless the schema has every migration of this version.
func (s *Store) checkSchema(ctx context.Context) error {
	p, err := s.provider(s.read.db)
	if err != nil {
		return err
	}
	if err := s.read.db.PingContext(ctx); err != nil {
		return s.dialect.advice(err, s.cfg.URL)
	}
	var needed int64
	for _, m := range p.ListSources() {
		needed = max(needed, m.Version)
	}
	v, err := s.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("%w; a database without a schema has no posts: 'wiredesk migrate' makes it", err)
	}
	if v < needed {
		return fmt.Errorf("the database has schema version %d and this command needs version %d: run 'wiredesk migrate' on the database first, "+
			"on a writable copy if it is write-protected", v, needed)
	}
	return nil
}

// goMigrations are the steps that SQL alone cannot do. Each runs in one transaction and
// may run again.
func goMigrations() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(5, &goose.GoFunc{RunTx: fillLists}, &goose.GoFunc{RunTx: emptyLists}),
		goose.NewGoMigration(13, &goose.GoFunc{RunTx: nameInstallation}, &goose.GoFunc{RunTx: unnameInstallation}),
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
