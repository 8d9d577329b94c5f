package post_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

func TestCreate(t *testing.T) {
	d := newFixture(t)
	before := time.Now().Add(-time.Millisecond)
	p := d.mustCreate(`{"title":"Tide tables","description":"When","content":"# High","category":"quay","tags":["tide"],
		"authorName":"Ana Reis","authorPosition":"Harbour","authorImage":"/a.png","blogImage":"/b.png","published":true}`)
	if p.CreatedAt.Before(before) || p.CreatedAt.After(time.Now()) || p.CreatedAt.Location() != time.UTC {
		t.Errorf("created at %v", p.CreatedAt)
	}
	by := event.Actor{ID: 3, Name: "Ana"}
	want := post.Post{Content: "# High", Summary: post.Summary{ID: 1, Slug: "tide-tables", Title: "Tide tables", Description: "When", Category: "quay",
		Tags: []string{"tide"}, ReadTime: 1, AuthorName: "Ana Reis", AuthorPosition: "Harbour", AuthorImage: "/a.png", BlogImage: "/b.png",
		Published: true, LiveVersion: version(1), PublishedAt: &p.CreatedAt, Version: 1, CreatedAt: p.CreatedAt, UpdatedAt: p.CreatedAt, CreatedBy: by, UpdatedBy: by}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, d.mustGet(1)); diff != "" {
		t.Errorf("what is stored (-want +got):\n%s", diff)
	}
	doc, err := d.Get(t.Context(), vic, 1)
	d.must(err)
	e := d.events()[0]
	wantEvent := event.Event{Epoch: e.Epoch, Seq: 1, ID: e.ID, Type: event.Created, PostID: 1, Version: 1, Time: p.CreatedAt, Actor: by, Data: doc.JSON,
		Changed: []string{"authorImage", "authorName", "authorPosition", "blogImage", "category", "content", "description",
			"published", "readTime", "slug", "tags", "title"}}
	if diff := cmp.Diff(wantEvent, e); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if len(e.ID) != 36 {
		t.Errorf("%q is not a UUID", e.ID)
	}
}

func TestCreate_onlyATitle(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"T"}`)
	if p.Published || p.PublishedAt != nil || p.Tags == nil || p.ReadTime != 1 || p.Slug != "t" || p.Version != 1 {
		t.Errorf("got %+v", p)
	}
	doc, err := d.Get(t.Context(), vic, p.ID)
	d.must(err)
	var members map[string]json.RawMessage
	d.must(json.Unmarshal(doc.JSON, &members))
	if string(members["tags"]) != "[]" || string(members["publishedAt"]) != "null" {
		t.Errorf("tags %s, publishedAt %s", members["tags"], members["publishedAt"])
	}
	page, err := d.List(t.Context(), vic, post.Query{Sort: "-updatedAt", Limit: 10})
	d.must(err)
	delete(members, "content") // a summary is the post without its content, byte for byte
	var summary map[string]json.RawMessage
	d.must(json.Unmarshal(page.Items[0], &summary))
	if diff := cmp.Diff(members, summary); diff != "" {
		t.Errorf("summary (-post +summary):\n%s", diff)
	}
}

// The dashboard's tests replay the same cases.
func TestSlugify(t *testing.T) {
	file, err := os.ReadFile("testdata/slugs.json")
	if err != nil {
		t.Fatal(err)
	}
	var slugs map[string]string
	if err := json.Unmarshal(file, &slugs); err != nil {
		t.Fatal(err)
	}
	for title, want := range slugs {
		got := post.Slugify(title)
		if got != want {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
		if _, err := post.ParsePatch([]byte(body(t, map[string]any{"slug": got}))); err != nil {
			t.Errorf("%q: its slug is refused: %v", title, err)
		}
	}
}

func TestCreate_slugs(t *testing.T) {
	d := newFixture(t)
	seen := make(map[string]bool)
	for i := range 12 {
		slug := d.mustCreate(`{"title":"Tide"}`).Slug
		if want := fmt.Sprintf("tide-%d", i+1); i > 0 && i < 8 && slug != want || i == 0 && slug != "tide" {
			t.Errorf("post %d has the slug %q", i+1, slug)
		}
		if seen[slug] {
			t.Errorf("%q was given twice", slug)
		}
		seen[slug] = true
	}
	d.unchanged(func() {
		_, err := d.create(ana, `{"title":"x","slug":"tide-3"}`, post.Request{})
		if diff := cmp.Diff([]string{"slug"}, broken(err)); diff != "" {
			t.Errorf("a taken slug: %v", err)
		}
	})
	d.mustCreate(`{"title":"Ebb"}`)
	p := d.mustCreate(`{"title":"Flow","slug":"my-own"}`)
	if p = d.mustEdit(p.ID, 1, `{"slug":null}`); p.Slug != "flow" || p.Version != 2 {
		t.Errorf("null in a patch gives %q in version %d", p.Slug, p.Version)
	}
	d.unchanged(func() { p = d.mustEdit(p.ID, 2, `{"slug":null}`) })
	if p = d.mustEdit(p.ID, 2, `{"title":"Ebb","slug":null}`); p.Slug != "ebb-2" {
		t.Errorf("null with a new title gives %q", p.Slug)
	}
	d.unchanged(func() { d.mustEdit(p.ID, 3, `{"slug":null}`) })
	if p := d.mustCreate(`{"title":"Other","slug":null}`); p.Slug != "other" {
		t.Errorf("null gives %q", p.Slug)
	}
	if p := d.mustCreate(`{"title":"Other","slug":"given.by_me-9"}`); p.Slug != "given.by_me-9" {
		t.Errorf("a given one becomes %q", p.Slug)
	}
	d.mustDelete(1) // "tide"
	if p := d.mustCreate(`{"title":"Tide"}`); p.Slug != "tide" {
		t.Errorf("a deleted post keeps its slug: the next is %q", p.Slug)
	}
}

// TestCreate_longSlugsStayWithinTheLimit: making a slug unique must not make it too long.
func TestCreate_longSlugsStayWithinTheLimit(t *testing.T) {
	d := newFixture(t)
	slug := strings.Repeat("ж", post.MaxSlug)
	p := d.mustCreate(body(t, map[string]any{"title": "t", "slug": slug}))
	d.mustDelete(p.ID)
	d.mustCreate(body(t, map[string]any{"title": "t", "slug": slug}))
	back := d.mustRestore(p.ID, 1)
	if want := slug[:len(slug)-4] + "-2"; back.Slug != want || utf8.RuneCountInString(back.Slug) != post.MaxSlug {
		t.Errorf("restored as %q", back.Slug)
	}
	d.mustEdit(back.ID, back.Version, body(t, map[string]any{"slug": back.Slug, "title": "u"}))
}

// TestCreate_idsAreNotReused: neither after a deletion nor after a failed attempt does an
// id, or a sequence number, come to mean something else.
func TestCreate_idsAreNotReused(t *testing.T) {
	d := newFixture(t)
	first := d.mustCreate(`{"title":"a"}`)
	d.mustDelete(first.ID)
	_, err := d.create(ana, `{"title":"x","slug":"a","colour":1}`, post.Request{})
	d.want(fault.Invalid, err)
	second := d.mustCreate(`{"title":"a"}`)
	if second.ID <= first.ID {
		t.Errorf("the id %d follows %d", second.ID, first.ID)
	}
	for i, e := range d.events() {
		if e.Seq != int64(i+1) {
			t.Errorf("event %d has the number %d", i+1, e.Seq)
		}
	}
}
