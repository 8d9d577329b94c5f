package main

import (
	"context"
	"fmt"
)

const indexUsage = `[flags]

Waits until the search finds all changes. Servers index the words of posts within a second after
each change, so without --rebuild there is work only after changes that were made while no server
ran. The servers may run meanwhile. The command may be repeated after an interruption.
`

// runIndex completes the search index. A server indexes if one runs, otherwise this process does.
func runIndex(ctx context.Context, e env, args []string) error {
	f := e.flags("index", indexUsage)
	rebuild := f.Bool("rebuild", false, "store the words of all posts again, and remove those of posts that do not exist; searches find posts meanwhile")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	d, _, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	if *rebuild {
		if err := d.store.RebuildIndex(ctx); err != nil {
			return err
		}
	}
	if err := d.store.AwaitIndex(ctx, *rebuild); err != nil {
		return err
	}
	seq, err := d.store.IndexedSeq(ctx)
	if err != nil {
		return err
	}
	what := "has"
	if *rebuild {
		what = "was rebuilt and has"
	}
	_, err = fmt.Fprintf(e.stdout, "The search index %s the posts as of event %d.\n", what, seq)
	return err
}
