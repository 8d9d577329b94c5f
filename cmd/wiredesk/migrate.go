package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func migrateCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "migrate", GroupID: groupServer, Short: "Migrate the database to the schema of this version",
		Long: "Migrate the database to the schema of this version, and exit. serve does the same when it starts.",
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.migrate(c.Context()) },
	}
}

func (e env) migrate(ctx context.Context) error {
	d, cfg, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	v, err := d.store.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s is at schema version %d.\n", redactURL(cfg.databaseURL), v)
	return err
}
