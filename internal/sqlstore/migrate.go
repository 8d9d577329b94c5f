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

// migrate applies the missing migrations. A released migration never changes.
func (db *database) migrate(ctx context.Context) error {
	p, done, err := db.migrations(ctx)
	if err != nil {
		return err
	}
	defer done()
	applied, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	for _, m := range applied {
		db.cfg.Logger.Info("database migrated", "version", m.Source.Version, "migration", m.Source.Path, "took", m.Duration)
	}
	return db.reconcileLive(ctx)
}

// migrations returns the migrations of the dialect; done releases the lock of the schema.
func (db *database) migrations(ctx context.Context) (p *goose.Provider, done func(), err error) {
	pool, done, err := db.dialect.prepare(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	if p, err = db.provider(pool); err != nil {
		done()
		return nil, nil, err
	}
	return p, done, nil
}

func (db *database) provider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, db.dialect.schema)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(db.dialect.goose, pool, files, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goMigrations()...))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return p, nil
}

// checkSchema returns an error unless the schema has all migrations of this version.
func (db *database) checkSchema(ctx context.Context) error {
	p, err := db.provider(db.read.db)
	if err != nil {
		return err
	}
	if err := db.read.db.PingContext(ctx); err != nil {
		return db.dialect.advice(err, db.cfg.URL)
	}
	var needed int64
	for _, m := range p.ListSources() {
		needed = max(needed, m.Version)
	}
	v, err := db.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("%w; a database without a schema has no posts: 'wiredesk migrate' makes it", err)
	}
	if v < needed {
		return fmt.Errorf("the database has schema version %d and this command needs version %d: run 'wiredesk migrate' on the database first, "+
			"on a writable copy if it is write-protected", v, needed)
	}
	return nil
}

// goMigrations are the migrations with Go code. Each runs in one transaction and may be repeated.
func goMigrations() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(5, &goose.GoFunc{RunTx: fillLists}, &goose.GoFunc{RunTx: emptyLists}),
		goose.NewGoMigration(13, &goose.GoFunc{RunTx: nameInstallation}, &goose.GoFunc{RunTx: unnameInstallation}),
	}
}

// SchemaVersion returns the number of the newest applied migration.
func (db *database) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := db.read.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&v)
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", classify(err))
	}
	return v, nil
}
