package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

const (
	maxFile  = 1 << 20 // bytes; a post's content is at most a quarter of it
	inFlight = 32      // concurrent posts; the store commits them together
)

// Importer stores posts: a *post.Service.
type Importer interface {
	Import(ctx context.Context, by auth.Actor, src post.Source) (post.ImportResult, error)
}

// Options of Import.
type Options struct {
	Progress func(done, total int) // called after each file, not concurrently; may be nil
}

// Report counts and lists the files of an import. Each list is in the order of the files' names.
type Report struct {
	Imported  int // new posts
	Changed   int // posts updated from their file
	Unchanged int
	Skipped   []Note // files that are no posts
	Kept      []Note // files that differ from their post, which was edited or deleted here and stays unchanged
	Failed    []Note
	Remarks   []Note // about the other files
}

// Import creates a post from every Markdown file below dir, at any depth; the text of all files is in memory
// at once. A file of an earlier import updates its post only if the file has changed and the post has not,
// so an import can be repeated. The posts are created in the order of their dates, except for concurrent
// ones. An error means that the import stopped early; the report covers the files until then.
func Import(ctx context.Context, svc Importer, by auth.Actor, dir string, opts Options) (Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Report{}, fmt.Errorf("opening the directory: %w", err)
	}
	defer root.Close()

	var report Report
	pages, err := readAll(ctx, root.FS(), &report)
	if err != nil {
		return report, fmt.Errorf("reading %s: %w", dir, err)
	}
	slices.SortFunc(pages, func(a, b page) int {
		if a.date.IsZero() != b.date.IsZero() { // posts without a date get today's
			return cmp.Compare(b.date.Unix(), a.date.Unix())
		}
		return cmp.Or(a.date.Compare(b.date), cmp.Compare(a.file, b.file))
	})
	report.Remarks = append(report.Remarks, distinct(pages)...)
	err = storeAll(ctx, svc, by, pages, opts, &report)
	sortNotes(report.Skipped)
	sortNotes(report.Kept)
	sortNotes(report.Failed)
	sortNotes(report.Remarks)
	if err != nil {
		return report, fmt.Errorf("importing %s: %w", dir, err)
	}
	return report, nil
}

func readAll(ctx context.Context, files fs.FS, report *Report) (pages []page, err error) {
	now := time.Now()
	var sections []hiddenSection
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil && name == "." || ctx.Err() != nil {
			return cmp.Or(ctx.Err(), err)
		}
		if err != nil {
			report.Failed = append(report.Failed, Note{File: name, Text: err.Error()})
			return nil
		}
		if isSection(name) && !entry.IsDir() {
			if s := readSection(files, name, now); s != nil {
				sections = append(sections, *s)
			}
		}
		if reason := skip(name, entry); reason != "" {
			report.Skipped = append(report.Skipped, Note{File: name, Text: reason})
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		p, err := readPage(files, name, now)
		if err != nil {
			report.fail(name, err)
			return nil
		}
		pages = append(pages, p)
		return nil
	})
	hideSections(pages, append(sections, bundles(pages)...))
	pages, left := joinChanges(pages)
	report.Remarks = append(report.Remarks, left...)
	for _, p := range pages {
		for _, n := range p.notes {
			report.Remarks = append(report.Remarks, Note{File: p.file, Line: n.line, Text: n.text})
		}
	}
	return pages, err
}

// skip returns the reason to ignore a file or directory; "" if there is none.
func skip(name string, entry fs.DirEntry) string {
	base := path.Base(name)
	switch {
	case name == ".":
		return ""
	case entry.Type()&fs.ModeSymlink != 0:
		return "a symbolic link"
	case strings.HasPrefix(base, "."):
		return "hidden"
	case entry.IsDir():
		return ""
	case !entry.Type().IsRegular():
		return "not a regular file"
	case !isMarkdown(base):
		return "not Markdown"
	case strings.HasPrefix(base, "_index."):
		return "a section, not a post"
	}
	return ""
}

func isMarkdown(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext == ".md" || ext == ".markdown"
}

func readPage(files fs.FS, name string, now time.Time) (page, error) {
	src, err := readFile(files, name)
	if err != nil {
		return page{}, err
	}
	return newPage(name, src, now)
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(src) > maxFile {
		return nil, problemf(1, "is larger than %d bytes", maxFile)
	}
	return src, err
}

// storeAll imports the pages in their order, in batches. It prepares a batch before it writes it, so that
// this process holds the lock of a SQLite file only for writes.
func storeAll(ctx context.Context, svc Importer, by auth.Actor, pages []page, opts Options, report *Report) error {
	done := 0
	for batch := range slices.Chunk(pages, inFlight) {
		sources, errs := make([]post.Source, len(batch)), make([]error, len(batch))
		parallel(batch, func(i int) { sources[i], errs[i] = batch[i].source() })
		results := make([]post.ImportResult, len(batch))
		parallel(batch, func(i int) {
			if errs[i] == nil {
				results[i], errs[i] = svc.Import(ctx, by, sources[i])
			}
		})
		var stopped error
		for i, p := range batch {
			switch err := errs[i]; {
			case err == nil:
				report.count(p.file, results[i])
			case fatal(err):
				stopped = cmp.Or(stopped, err)
				continue
			default:
				report.fail(p.file, err)
			}
			if done++; opts.Progress != nil {
				opts.Progress(done, len(pages))
			}
		}
		if stopped = cmp.Or(stopped, ctx.Err()); stopped != nil {
			return stopped
		}
	}
	return nil
}

// parallel calls do concurrently for each index of batch, and returns after all calls.
func parallel(batch []page, do func(i int)) {
	var calls sync.WaitGroup
	for i := range batch {
		calls.Go(func() { do(i) })
	}
	calls.Wait()
}

// fatal reports whether err would occur for every other file too.
func fatal(err error) bool {
	var p *problem
	if errors.As(err, &p) {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	kind := fault.KindOf(err)
	return kind != fault.Invalid && kind != fault.TooLarge && kind != fault.Internal
}

func (r *Report) count(file string, result post.ImportResult) {
	switch result {
	case post.ImportCreated:
		r.Imported++
	case post.ImportChanged:
		r.Changed++
	case post.ImportUnchanged:
		r.Unchanged++
	default:
		r.Kept = append(r.Kept, Note{File: file, Text: string(result)})
	}
}

func (r *Report) fail(file string, err error) {
	note := Note{File: file, Text: err.Error()}
	var p *problem
	if errors.As(err, &p) {
		note.Line, note.Text = p.line, p.text
	}
	r.Failed = append(r.Failed, note)
}
