package archive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiredesk/wiredesk/internal/archive"
	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

var ana = auth.Actor{ID: 1, Name: "Ana", Role: auth.Editor}

// openDesk returns a service over an empty database.
func openDesk(t *testing.T) *post.Service {
	t.Helper()
	return openOn(t, sqliteURL(t))
}

func sqliteURL(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "wiredesk.db") }

func openOn(t *testing.T, url string) *post.Service {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, store.Close()); err != nil {
			t.Error(err)
		}
	})
	return post.NewService(store)
}

// allPosts returns every post by slug.
func allPosts(t *testing.T, svc *post.Service) map[string]post.Post {
	t.Helper()
	posts := make(map[string]post.Post)
	q := post.Query{Sort: "createdAt", Limit: 100}
	for {
		list, err := svc.List(t.Context(), ana, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			var s post.Summary
			if err := json.Unmarshal(item, &s); err != nil {
				t.Fatal(err)
			}
			doc, err := svc.Get(t.Context(), ana, s.ID)
			if err != nil {
				t.Fatal(err)
			}
			if posts[s.Slug], err = doc.Decode(); err != nil {
				t.Fatal(err)
			}
		}
		if q.After = list.Next; q.After == nil {
			return posts
		}
	}
}

func create(t *testing.T, svc *post.Service, fields map[string]any) post.Post {
	t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := post.ParseNew(body)
	if err != nil {
		t.Fatal(err)
	}
	result, err := svc.Create(t.Context(), ana, fresh, post.Request{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := result.Doc.Decode()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// copySite returns a copy of testdata/site that the test may change.
func copySite(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/site")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, ".cache", "old.md"), "+++\ntitle = \"Old\"\n+++\n")
	return dir
}

func mustImport(t *testing.T, svc archive.Importer, dir string) archive.Report {
	t.Helper()
	report, err := archive.Import(t.Context(), svc, ana, dir, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestImport(t *testing.T) {
	svc, dir := openDesk(t), copySite(t)
	steps := 0
	got, err := archive.Import(t.Context(), svc, ana, dir, archive.Options{Progress: func(done, total int) {
		if steps++; done != steps || total != 5 {
			t.Errorf("progress %d of %d, want %d of 5", done, total, steps)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	skipped := []archive.Note{{File: ".cache", Text: "hidden"}, {File: "_index.md", Text: "a section, not a post"},
		{File: "posts/2019-05-02-ferry/ferry.png", Text: "not Markdown"}}
	failed := []archive.Note{{File: "notes/broken.md", Line: 3, Text: `date is not a date: "the day before yesterday"; write it as 2026-11-23 or 2026-11-23T10:00:00Z`}}
	remarks := []archive.Note{{File: "notes/mooring.md", Line: 1, Text: "becomes a draft: it has no front matter"},
		{File: "posts/2020-11-30-survey.md", Text: "gets the slug survey-2020-11-30: survey belongs to posts/jekyll.markdown"}}
	want := archive.Report{Imported: 5, Skipped: skipped, Failed: failed, Remarks: remarks}
	if diff := cmp.Diff(want, got); diff != "" || steps != 5 {
		t.Errorf("first import, %d steps (-want +got):\n%s", steps, diff)
	}
	want.Imported, want.Unchanged = 0, 5
	if diff := cmp.Diff(want, mustImport(t, svc, dir)); diff != "" {
		t.Errorf("second import (-want +got):\n%s", diff)
	}

	posts := allPosts(t, svc)
	day, live := time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC), int64(1)
	tide := post.Summary{Slug: "tide-table-1.2", Title: "The tide table, version 1.2", Description: "What changed at the quay.", Category: "Releases",
		Tags: []string{"tides", "quay"}, ReadTime: 1, AuthorName: "Ana Reis, Bo Lind", AuthorPosition: "the Harbour Team", BlogImage: "/images/tide.png",
		Published: true, LiveVersion: &live, PublishedAt: &day, CreatedAt: day, Version: 1}
	where := cmpopts.IgnoreFields(post.Summary{}, "ID", "UpdatedAt", "CreatedBy", "UpdatedBy")
	if diff := cmp.Diff(post.Post{Summary: tide, Content: "Low water comes **later** now.\n"}, posts["tide-table-1.2"], where); diff != "" {
		t.Errorf("tide table (-want +got):\n%s", diff)
	}
	for slug, published := range map[string]bool{"survey": true, "survey-2020-11-30": false, "ferry": true, "mooring": false} {
		if p, ok := posts[slug]; !ok || p.Published != published {
			t.Errorf("%s: there %t, published %t", slug, ok, p.Published)
		}
	}
}

func TestImport_neverOverwritesWorkDoneHere(t *testing.T) {
	svc, dir := openDesk(t), copySite(t)
	mustImport(t, svc, dir)
	posts := allPosts(t, svc)
	patch, err := post.ParsePatch([]byte(`{"title":"Edited here"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Edit(t.Context(), ana, posts["survey"].ID, 1, patch, post.EditOptions{}, post.Request{}); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Delete(t.Context(), ana, posts["ferry"].ID, 0, post.Request{}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"posts/jekyll.markdown", "posts/2019-05-02-ferry/index.md", "posts/zola.md"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, file), string(text)+"More.\n")
	}
	got := mustImport(t, svc, dir)
	kept := []archive.Note{{File: "posts/2019-05-02-ferry/index.md", Text: "deleted here since"}, {File: "posts/jekyll.markdown", Text: "edited here since"}}
	if diff := cmp.Diff(kept, got.Kept); diff != "" || got.Changed != 1 || got.Unchanged != 2 {
		t.Errorf("changed %d, unchanged %d, kept (-want +got):\n%s", got.Changed, got.Unchanged, diff)
	}
	posts = allPosts(t, svc)
	if posts["survey"].Title != "Edited here" || !strings.HasSuffix(posts["tide-table-1.2"].Content, "More.\n") {
		t.Errorf("survey is %q, the tide table's text %q", posts["survey"].Title, posts["tide-table-1.2"].Content)
	}
}

func TestImport_staysInTheDirectory(t *testing.T) {
	svc, dir, outside := openDesk(t), t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "secret.md"), "+++\ntitle = \"Secret\"\n+++\n")
	write(t, filepath.Join(dir, "open.md"), "+++\ntitle = \"Open\"\n+++\n")
	write(t, filepath.Join(dir, "huge.md"), strings.Repeat("x", 2<<20))
	for _, link := range [][2]string{{filepath.Join(outside, "secret.md"), "file.md"}, {outside, "directory"}, {"open.md", "same.md"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	got := mustImport(t, svc, dir)
	want := archive.Report{Imported: 1, Failed: []archive.Note{{File: "huge.md", Line: 1, Text: "is larger than 1048576 bytes"}},
		Skipped: []archive.Note{{File: "directory", Text: "a symbolic link"}, {File: "file.md", Text: "a symbolic link"}, {File: "same.md", Text: "a symbolic link"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if posts := allPosts(t, svc); len(posts) != 1 {
		t.Errorf("posts %v", maps.Keys(posts))
	}
}

// failing answers every import with err.
type failing struct {
	err   error
	calls atomic.Int32
}

func (f *failing) Import(context.Context, auth.Actor, post.Source) (post.ImportResult, error) {
	f.calls.Add(1)
	return "", f.err
}

func TestImport_stopsWhenTheDeskCannotAnswer(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.md", i)), "+++\ntitle = \"A\"\n+++\n")
	}
	away := &failing{err: fault.New(fault.Unavailable, "The database does not answer.")}
	if _, err := archive.Import(t.Context(), away, ana, dir, archive.Options{}); fault.KindOf(err) != fault.Unavailable || away.calls.Load() >= 300 {
		t.Errorf("after %d calls: %v", away.calls.Load(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := archive.Import(ctx, away, ana, dir, archive.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := &failing{err: errors.New("a bug")}
	report, err := archive.Import(t.Context(), broken, ana, dir, archive.Options{})
	if err != nil || len(report.Failed) != 300 {
		t.Errorf("%d failed, %v", len(report.Failed), err)
	}
}

func TestImport_needsAnEditorAndADirectory(t *testing.T) {
	viewer := auth.Actor{ID: 2, Name: "Vic", Role: auth.Viewer}
	if _, err := archive.Import(t.Context(), openDesk(t), viewer, copySite(t), archive.Options{}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("as a viewer: %v", err)
	}
	if _, err := archive.Import(t.Context(), &failing{}, ana, "testdata/site/_index.md", archive.Options{}); err == nil {
		t.Error("a file was taken for a directory")
	}
}
