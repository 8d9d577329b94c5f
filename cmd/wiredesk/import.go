package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wiredesk/wiredesk/internal/archive"
)

func importCommand(e env) *cobra.Command {
	return directoryCommand(&cobra.Command{
		Use: "import DIR", Short: "Import Markdown files as posts",
		Long: `Create a post from each Markdown file below DIR, at any depth, with the values of its TOML (+++),
YAML (---) or JSON ({) front matter. A page that another tool would hide from some readers becomes a
draft; the report has the reason. A repeated import updates the posts whose files have changed and
that were not edited in Wiredesk. The slug maps a file to its post.`,
	}, e.importDir)
}

func (e env) importDir(ctx context.Context, dir, as string) error {
	d, by, err := e.openAs(ctx, as, e.openTool)
	if err != nil {
		return err
	}
	defer d.stop()
	bar := newProgressBar(e.stderr)
	began := time.Now()
	report, err := archive.Import(ctx, d.posts, by, dir, archive.Options{Progress: bar.show})
	bar.clear()
	if err != nil && report.Imported+report.Changed+report.Unchanged == 0 {
		return err
	}
	if printErr := printImport(e.stdout, report, time.Since(began)); err == nil {
		err = printErr
	}
	if err == nil { // without a running server, this process indexes the posts for the search
		err = d.store.AwaitIndex(ctx, false)
	}
	if err == nil && len(report.Failed) > 0 {
		err = fmt.Errorf("%s could not be imported; the others were", files(len(report.Failed)))
	}
	return err
}

func printImport(w io.Writer, r archive.Report, took time.Duration) error {
	printNotes(w, "Failed", r.Failed)
	printNotes(w, "Kept", r.Kept)
	printNotes(w, "Remarks", r.Remarks)
	printSkipped(w, r.Skipped)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "imported\t%d\t\nchanged\t%d\t\nunchanged\t%d\t\nkept\t%d\t\nskipped\t%d\t\nfailed\t%d\t\n",
		r.Imported, r.Changed, r.Unchanged, len(r.Kept), len(r.Skipped), len(r.Failed))
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nTook %s.\n", took.Round(time.Millisecond))
	return err
}

func printNotes(w io.Writer, title string, notes []archive.Note) {
	if len(notes) == 0 {
		return
	}
	fmt.Fprintf(w, "%s:\n", title)
	for _, n := range notes {
		fmt.Fprintf(w, "  %s\n", n)
	}
	fmt.Fprintln(w)
}

// printSkipped prints a line for each reason, with its first files: a site may have thousands of images.
func printSkipped(w io.Writer, notes []archive.Note) {
	const shown = 5
	var reasons []string
	byReason := make(map[string][]string)
	for _, n := range notes {
		if byReason[n.Text] == nil {
			reasons = append(reasons, n.Text)
		}
		byReason[n.Text] = append(byReason[n.Text], n.Name())
	}
	if len(reasons) == 0 {
		return
	}
	fmt.Fprintln(w, "Skipped:")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, reason := range reasons {
		names := byReason[reason]
		more := ""
		if len(names) > shown {
			more = fmt.Sprintf(" and %d more", len(names)-shown)
		}
		fmt.Fprintf(t, "  %d %s\t%s%s\n", len(names), reason, strings.Join(names[:min(shown, len(names))], ", "), more)
	}
	t.Flush()
	fmt.Fprintln(w)
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// progressBar draws a progress bar on a terminal, and nothing elsewhere.
type progressBar struct {
	w     io.Writer // nil: not a terminal
	drawn int       // cells
}

func newProgressBar(w io.Writer) *progressBar {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progressBar{w: w, drawn: -1}
	}
	return &progressBar{}
}

func (b *progressBar) show(done, total int) {
	const width = 40
	cells := done * width / total
	if b.w == nil || cells == b.drawn {
		return
	}
	b.drawn = cells
	fmt.Fprintf(b.w, "\r[%s%s] %d of %d", strings.Repeat("=", cells), strings.Repeat(" ", width-cells), done, total)
}

func (b *progressBar) clear() {
	if b.w != nil {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
