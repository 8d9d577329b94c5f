package archive_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiredesk/wiredesk/internal/archive"
	"github.com/wiredesk/wiredesk/internal/post"
)

func mustExport(t *testing.T, svc archive.Reader, dir string) archive.ExportReport {
	t.Helper()
	report, err := archive.Export(t.Context(), svc, ana, dir)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// nasty are posts whose fields could break a file, its name or its front matter.
var nasty = []map[string]any{
	{"title": `"""Quotes''' \back`, "slug": ".hidden", "content": "\n\n+++\ntitle = \"x\"\n+++\n\r\nno newline at the end", "published": true},
	{"title": "+++", "slug": "_index", "description": "two\nlines\t\x01\r\n# wiredesk export 00\n+++\n", "category": "Art, Music", "tags": []string{"a, b", "x=y", "#h", "[i, j]", "%c3%a9"}},
	{"title": "Ünïcødé 🛥", "slug": strings.Repeat("漢", 200), "content": "\ufeff\u2028", "authorName": "Doe, Jane", "authorPosition": "[x]", "readTime": 900},
	{"title": "index", "slug": "index", "authorImage": "/a.png", "blogImage": "https://example.org/?a=b'"},
	{"title": "Q&amp;A", "slug": "a.fr", "category": "%c3%a9 #x"},
	{"title": "true", "slug": "..a..--", "content": "+++"},
	{"title": "2018-01-02-dated", "slug": "2018-01-02-dated", "content": "---\n"},
	{"title": "Title case letter", "slug": "ǅ"},
}

func TestExport_roundTrip(t *testing.T) {
	from, to, dir := openDesk(t), openDesk(t), filepath.Join(t.TempDir(), "new", "site")
	for _, fields := range nasty {
		create(t, from, fields)
	}
	for i := range 150 { // more than a page of the list
		create(t, from, map[string]any{"title": "Post", "content": fmt.Sprint(i), "published": i%2 == 0})
	}
	withdrawn := create(t, from, map[string]any{"title": "Withdrawn", "slug": "_withdrawn", "published": true})
	if _, err := from.Publish(t.Context(), ana, withdrawn.ID, 0, false, post.Request{}); err != nil {
		t.Fatal(err)
	}
	total := len(nasty) + 151
	if got := mustExport(t, from, dir); got.Written != total || len(got.Failed)+len(got.Others) > 0 {
		t.Errorf("export: %+v", got)
	}
	if got := mustImport(t, to, dir); got.Imported != total || len(got.Failed)+len(got.Skipped)+len(got.Remarks) > 0 {
		t.Errorf("import: %+v", got)
	}
	wantPrivate(t, dir)
	// The installation assigns ids, versions and actors. UpdatedAt is the time of the import.
	own := cmpopts.IgnoreFields(post.Summary{}, "ID", "Version", "UpdatedAt", "CreatedBy", "UpdatedBy")
	if diff := cmp.Diff(allPosts(t, from), allPosts(t, to), own); diff != "" {
		t.Errorf("-exported +imported:\n%s", diff)
	}
	if got := mustImport(t, from, dir); got.Unchanged != total {
		t.Errorf("import into the exporting installation: %+v", got)
	}
	if got := mustExport(t, from, dir); got.Unchanged != total || got.Written > 0 {
		t.Errorf("second export: %+v", got)
	}
}

// wantPrivate fails unless only the owner may read dir and its files.
func wantPrivate(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExport_closesTheFilesOfEarlierReleases(t *testing.T) {
	svc, dir := openDesk(t), t.TempDir()
	create(t, svc, map[string]any{"title": "A"})
	mustExport(t, svc, dir)
	file := filepath.Join(dir, "a.md")
	if err := errors.Join(os.Chmod(dir, 0o700), os.Chmod(file, 0o644)); err != nil {
		t.Fatal(err)
	}
	if got := mustExport(t, svc, dir); got.Unchanged != 1 {
		t.Errorf("got %+v", got)
	}
	wantPrivate(t, dir)
}

func TestExport_replacesOnlyItsOwnFiles(t *testing.T) {
	svc, dir := openDesk(t), t.TempDir()
	a, b := create(t, svc, map[string]any{"title": "A"}), create(t, svc, map[string]any{"title": "B"})
	create(t, svc, map[string]any{"title": "C"})
	create(t, svc, map[string]any{"title": "D"})
	write(t, filepath.Join(dir, "c.md"), "mine\n")
	write(t, filepath.Join(dir, "other.md"), "mine\n")
	outside := filepath.Join(t.TempDir(), "outside.md")
	write(t, outside, "mine\n")
	if err := os.Symlink(outside, filepath.Join(dir, "d.md")); err != nil {
		t.Fatal(err)
	}
	got := mustExport(t, svc, dir)
	kept := archive.Note{File: "c.md", Text: "is kept: no export wrote it, or it was changed since; import it or move it away"}
	linked := archive.Note{File: "d.md", Text: "is in the way: it is no regular file"}
	other := archive.Note{File: "other.md", Text: "belongs to no post"}
	want := archive.ExportReport{Written: 2, Failed: []archive.Note{kept, linked}, Others: []archive.Note{other}}
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b archive.Note) bool { return a.File < b.File })); diff != "" {
		t.Errorf("first export (-want +got):\n%s", diff)
	}

	for _, p := range []post.Post{a, b} {
		if _, err := svc.Publish(t.Context(), ana, p.ID, 0, true, post.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "b.md"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "b.md"), string(text)+"A line by hand.\n")
	if got := mustExport(t, svc, dir); got.Written != 1 || len(got.Failed) != 3 {
		t.Errorf("second export: %+v", got)
	}
	for file, part := range map[string]string{"a.md": "draft = false", "b.md": "A line by hand.", "c.md": "mine", "other.md": "mine", "d.md": "mine"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.Contains(string(text), part) {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 5 {
		t.Errorf("%d files, %v: something was left behind", len(entries), err)
	}
}

// TestExport_keepsUnpublishedChanges: readers of the new installation see what readers of the
// old one see, and editors what editors see.
func TestExport_keepsUnpublishedChanges(t *testing.T) {
	from, dir := openDesk(t), t.TempDir()
	p := create(t, from, map[string]any{"title": "Shown", "content": "shown", "slug": "tide", "published": true})
	edit := func(text string) {
		t.Helper()
		patch, err := post.ParsePatch([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		result, err := from.Edit(t.Context(), ana, p.ID, p.Version, patch, post.EditOptions{KeepLive: true}, post.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if p, err = result.Doc.Decode(); err != nil {
			t.Fatal(err)
		}
	}
	edit(`{"content":"not shown","slug":"ebb"}`)
	if got := mustExport(t, from, dir); got.Written != 2 {
		t.Errorf("export: %+v", got)
	}
	to := openDesk(t)
	if got := mustImport(t, to, dir); got.Imported != 1 || len(got.Failed)+len(got.Remarks) > 0 {
		t.Errorf("import: %+v", got)
	}
	check := func(svc *post.Service, live, working string) {
		t.Helper()
		if shown := livePosts(t, svc)["tide"]; shown.Content != live {
			t.Errorf("readers see %q, want %q", shown.Content, live)
		}
		if got := allPosts(t, svc)["ebb"]; got.Content != working || !got.Published {
			t.Errorf("editors see %q, published %t; want %q", got.Content, got.Published, working)
		}
	}
	check(to, "shown", "not shown")
	for _, svc := range []*post.Service{from, to} {
		if got := mustImport(t, svc, dir); got.Unchanged != 1 {
			t.Errorf("again: %+v", got)
		}
	}
	edit(`{"content":"not shown either"}`)
	if got := mustExport(t, from, dir); got.Written != 1 || got.Unchanged != 1 {
		t.Errorf("export: %+v", got)
	}
	if got := mustImport(t, to, dir); got.Changed != 1 {
		t.Errorf("import: %+v", got)
	}
	check(to, "shown", "not shown either")
}

// TestImport_leavesOutChangesOfAnEarlierExport: the post has moved on since.
func TestImport_leavesOutChangesOfAnEarlierExport(t *testing.T) {
	from, to, dir := openDesk(t), openDesk(t), t.TempDir()
	p := create(t, from, map[string]any{"title": "Tide", "content": "one", "published": true})
	patch, err := post.ParsePatch([]byte(`{"content":"two"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from.Edit(t.Context(), ana, p.ID, 1, patch, post.EditOptions{KeepLive: true}, post.Request{}); err != nil {
		t.Fatal(err)
	}
	mustExport(t, from, dir)
	publish(t, from, p, true)
	if got := mustExport(t, from, dir); len(got.Others) != 1 || got.Others[0].String() != "tide@changes.md: belongs to no post" {
		t.Errorf("export: %+v", got)
	}
	got := mustImport(t, to, dir)
	if got.Imported != 1 || len(got.Remarks) != 1 || got.Remarks[0].String() != "tide@changes.md: is left out: it holds changes of a file of an earlier export" {
		t.Errorf("import: %+v", got)
	}
	if shown := livePosts(t, to)["tide"]; shown.Content != "two" {
		t.Errorf("readers see %q", shown.Content)
	}
}
