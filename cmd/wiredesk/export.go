package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wiredesk/wiredesk/internal/archive"
)

func exportCommand(e env) *cobra.Command {
	return directoryCommand(&cobra.Command{
		Use: "export DIR", Short: "Write the posts as Markdown files",
		Long: `Write each post, drafts included, as a Markdown file with TOML front matter to DIR. Only the owner can
read the files. The command replaces only files that an export wrote and that have not changed since;
it deletes none.`,
	}, e.export)
}

func (e env) export(ctx context.Context, dir, as string) error {
	d, by, err := e.openAs(ctx, as, e.openReader)
	if err != nil {
		return err
	}
	defer d.stop()
	began := time.Now()
	report, err := archive.Export(ctx, d.posts, by, dir)
	if err != nil && report.Written+report.Unchanged == 0 {
		return err
	}
	if printErr := printExport(e.stdout, report, time.Since(began)); err == nil {
		err = printErr
	}
	if err == nil && len(report.Failed) > 0 {
		err = fmt.Errorf("%s could not be written; the others were", files(len(report.Failed)))
	}
	return err
}

func printExport(w io.Writer, r archive.ExportReport, took time.Duration) error {
	printNotes(w, "Failed", r.Failed)
	printNotes(w, "Not replaced", r.Others)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "written\t%d\t\nunchanged\t%d\t\nfailed\t%d\t\n", r.Written, r.Unchanged, len(r.Failed))
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nTook %s.\n", took.Round(time.Millisecond))
	return err
}
