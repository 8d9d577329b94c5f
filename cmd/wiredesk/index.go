package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func indexCommand(e env) *cobra.Command {
	var rebuild bool
	c := &cobra.Command{
		Use: "index", GroupID: groupData, Short: "Complete or rebuild the search index",
		Long: `Wait until the search finds all changes. Servers index the words of posts within a second after each
change, so without --rebuild the command only indexes changes that were made while no server ran. The
servers may run meanwhile. After an interruption run the command again.`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.index(c.Context(), rebuild) },
	}
	c.Flags().BoolVar(&rebuild, "rebuild", false, "store the words of all posts again, and delete those of posts that do not exist; searches work meanwhile")
	return c
}

// index completes the search index. A running server indexes; without one, this process does.
func (e env) index(ctx context.Context, rebuild bool) error {
	d, _, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	if rebuild {
		if err := d.store.RebuildIndex(ctx); err != nil {
			return err
		}
	}
	if err := d.store.AwaitIndex(ctx, rebuild); err != nil {
		return err
	}
	seq, err := d.store.IndexedSeq(ctx)
	if err != nil {
		return err
	}
	state := "has"
	if rebuild {
		state = "was rebuilt and has"
	}
	_, err = fmt.Fprintf(e.stdout, "The search index %s the posts as of event %d.\n", state, seq)
	return err
}
