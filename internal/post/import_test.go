package post_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

func (d fixture) mustImport(slug, body string, date time.Time) post.ImportResult {
	d.Helper()
	fields, err := post.ParseNew([]byte(body))
	d.must(err)
	result, err := d.Import(d.Context(), ana, post.Source{Slug: slug, Fields: fields, Created: date, Hash: hashOf(body)})
	d.must(err)
	return result
}

func hashOf(text string) []byte {
	hash := sha256.Sum256([]byte(text))
	return hash[:]
}

const (
	tideFile  = `{"slug":"tide","title":"Tide","content":"one","published":true}`
	tideFile2 = `{"slug":"tide","title":"Tide","content":"two","published":true}`
	tideFile3 = `{"slug":"tide","title":"Tide","content":"three","published":true}`
)

func TestImport(t *testing.T) {
	d := newFixture(t)
	date := time.Date(2019, 5, 6, 7, 8, 9, 123_456_789, time.FixedZone("", 3600))
	at := time.Date(2019, 5, 6, 6, 8, 9, 123_000_000, time.UTC)
	step := func(name, body string, want post.ImportResult, version int64) {
		t.Helper()
		if got := d.mustImport("tide", body, date); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if got := d.version(1); got != version {
			t.Errorf("%s: version %d, want %d", name, got, version)
		}
	}
	step("a new file", tideFile, post.ImportCreated, 1)
	p := d.mustGet(1)
	if !p.CreatedAt.Equal(at) || p.PublishedAt == nil || !p.PublishedAt.Equal(at) || p.UpdatedAt.Before(at.AddDate(1, 0, 0)) || !p.Published {
		t.Errorf("created %v, published %v, updated %v", p.CreatedAt, p.PublishedAt, p.UpdatedAt)
	}
	step("the same file", tideFile, post.ImportUnchanged, 1)
	step("a changed file", tideFile2, post.ImportChanged, 2)
	if diff := cmp.Diff([]string{"content"}, d.events()[1].Changed); diff != "" || d.events()[1].Type != event.Updated {
		t.Errorf("event %+v", d.events()[1])
	}
	d.mustEdit(1, 2, `{"title":"Ebb"}`)
	step("the same file, edited here", tideFile2, post.ImportUnchanged, 3)
	step("a changed file, edited here", tideFile3, post.ImportEdited, 3)
	step("that again", tideFile3, post.ImportEdited, 3)
	d.mustDelete(1)
	if got := d.mustImport("tide", tideFile3, date); got != post.ImportDeleted {
		t.Errorf("deleted here: %s", got)
	}
	if n := len(d.events()); n != 4 {
		t.Errorf("%d events, want 4", n)
	}
}

func TestImport_withoutADate(t *testing.T) {
	d := newFixture(t)
	before := time.Now().Add(-time.Millisecond)
	d.mustImport("tide", tideFile, time.Time{})
	if p := d.mustGet(1); p.CreatedAt.Before(before) || p.PublishedAt == nil || !p.PublishedAt.Equal(p.CreatedAt) {
		t.Errorf("created %v, published %v", p.CreatedAt, p.PublishedAt)
	}
}

// TestImport_ofWhatIsHereAlready: a post that was written here is never overwritten, and
// is taken for the file's when it says the same.
func TestImport_ofWhatIsHereAlready(t *testing.T) {
	d := newFixture(t)
	d.mustCreate(tideFile)
	d.unchanged(func() {
		if got := d.mustImport("tide", tideFile2, time.Time{}); got != post.ImportEdited {
			t.Errorf("another text: %s", got)
		}
		if got := d.mustImport("tide", tideFile, time.Time{}); got != post.ImportUnchanged {
			t.Errorf("the same text: %s", got)
		}
	})
	if got := d.mustImport("tide", tideFile2, time.Time{}); got != post.ImportChanged {
		t.Errorf("a changed file after that: %s", got)
	}
}

func TestImport_fileChangedWithoutEffect(t *testing.T) {
	d := newFixture(t)
	d.mustImport("tide", tideFile, time.Time{})
	d.unchanged(func() {
		if got := d.mustImport("tide", tideFile+" ", time.Time{}); got != post.ImportUnchanged {
			t.Errorf("got %s", got)
		}
	})
	if got := d.mustImport("tide", tideFile2, time.Time{}); got != post.ImportChanged {
		t.Errorf("the next real change: %s", got)
	}
}

// TestImport_movesWhatReadersSee: a published file is live as it is; a file that became a
// draft hides its post.
func TestImport_movesWhatReadersSee(t *testing.T) {
	onEach(t, func(d fixture) {
		d.mustImport("tide", tideFile, time.Time{})
		d.wantLive(d.mustGet(1))
		d.mustImport("tide", tideFile2, time.Time{})
		if p := d.mustGet(1); !cmp.Equal(p.LiveVersion, version(2)) {
			d.Errorf("got %+v", p)
		}
		d.wantLive(d.mustGet(1))
		d.mustImport("tide", `{"slug":"tide","title":"Tide","content":"four","published":false}`, time.Time{})
		if p := d.mustGet(1); p.Published || p.LiveVersion != nil || p.Content != "four" {
			d.Errorf("got %+v", p)
		}
		d.wantHidden("tide", "tide")
		d.mustImport("tide", `{"slug":"tide","title":"Tide","content":"four","published":true}`, time.Time{})
		if e := d.lastEvent(); e.Type != event.Published || e.Version != 4 {
			d.Errorf("event %+v", e)
		}
		d.wantLive(d.mustGet(1))
	})
}

func TestImport_keepsTheDates(t *testing.T) {
	created, published := time.Date(2019, 5, 6, 7, 8, 9, 123_000_000, time.UTC), time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	onEach(t, func(d fixture) {
		for slug, c := range map[string]struct {
			live            string
			published, want time.Time
		}{
			"live":            {"true", published, published},
			"live-undated":    {"true", time.Time{}, created},
			"withdrawn":       {"false", published, published},
			"never-published": {"false", time.Time{}, time.Time{}},
		} {
			body := `{"slug":"` + slug + `","title":"A","published":` + c.live + `}`
			fields, err := post.ParseNew([]byte(body))
			d.must(err)
			_, err = d.Import(d.Context(), ana, post.Source{Slug: slug, Fields: fields, Created: created, Published: c.published, Hash: hashOf(body)})
			d.must(err)
			p := d.mustGet(d.lastEvent().PostID)
			if p.PublishedAt == nil {
				p.PublishedAt = new(time.Time)
			}
			if !p.CreatedAt.Equal(created) || !p.PublishedAt.Equal(c.want) {
				d.Errorf("%s: created %v, published %v", slug, p.CreatedAt, p.PublishedAt)
			}
		}
	})
}

func TestImport_redirectsOldAddresses(t *testing.T) {
	onEach(t, func(d fixture) {
		imported := func(slug string, live bool, addresses ...string) {
			d.Helper()
			body := body(d.T, map[string]any{"slug": slug, "title": "A", "published": live})
			fields, err := post.ParseNew([]byte(body))
			d.must(err)
			_, err = d.Import(d.Context(), ana, post.Source{Slug: slug, Fields: fields, Addresses: addresses, Hash: hashOf(fmt.Sprint(body, addresses))})
			d.must(err)
		}
		leads := func(slug, want string) {
			d.Helper()
			if _, moved, err := d.PublicGet(d.Context(), slug); moved != want || want != "" && err != nil {
				d.Errorf("%s leads to %q, %v; want %q", slug, moved, err, want)
			}
		}
		imported("tide", true, "old-tide", "2014/12/Tide.html", "tide")
		imported("ebb", false, "old-ebb", "old-tide")
		leads("old-tide", "tide") // the first post keeps it
		leads("2014/12/Tide.html", "tide")
		leads("tide", "")
		leads("old-ebb", "")
		imported("ebb", true, "old-ebb", "older-ebb")
		leads("old-ebb", "ebb")
		leads("older-ebb", "ebb")
		imported("old-tide", true)
		leads("old-tide", "")
	})
}

// TestImport_ofUnpublishedChanges: readers see the live text of the source, editors the other.
func TestImport_ofUnpublishedChanges(t *testing.T) {
	onEach(t, func(d fixture) {
		step := func(live, working string, want post.ImportResult, versions int64) {
			d.Helper()
			fields := make([]post.Patch, 2)
			for i, content := range []string{live, working} {
				var err error
				fields[i], err = post.ParseNew([]byte(body(d.T, map[string]any{"slug": "tide", "title": "Tide", "content": content, "published": true})))
				d.must(err)
			}
			got, err := d.Import(d.Context(), ana, post.Source{Slug: "tide", Fields: fields[1], Live: &fields[0], Hash: hashOf(live + working)})
			if err != nil || got != want {
				d.Errorf("%s, %s: %s, %v", live, working, got, err)
			}
			doc, _, err := d.PublicGet(d.Context(), "tide")
			d.must(err)
			if p := d.mustGet(1); p.Content != working || d.decode(doc).Content != live || p.Version != versions {
				d.Errorf("version %d is %q, readers see %q", p.Version, p.Content, d.decode(doc).Content)
			}
		}
		step("one", "two", post.ImportCreated, 2)
		step("one", "two", post.ImportUnchanged, 2)
		step("three", "four", post.ImportChanged, 4)
		step("five", "five", post.ImportChanged, 5)
	})
}
