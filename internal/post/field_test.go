package post_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

func tags(n int) []string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = strings.Repeat("t", i+1)
	}
	return tags
}

// TestLimits holds each field to its limit with values of one, two, three and four bytes
// a character: one at the limit is stored as it is, one past it is refused.
func TestLimits(t *testing.T) {
	d := newFixture(t)
	url := func(n int, char string) string { return "https://a.example/" + strings.Repeat(char, n-18) }
	for _, c := range []struct {
		field     string
		good, bad any
		get       func(post.Post) any
	}{
		{"title", strings.Repeat("é", 200), strings.Repeat("é", 201), func(p post.Post) any { return p.Title }},
		{"title", strings.Repeat("🌊", 200), strings.Repeat("🌊", 201), func(p post.Post) any { return p.Title }},
		{"title", "日", "", func(p post.Post) any { return p.Title }},
		{"slug", strings.Repeat("ж", 200), strings.Repeat("ж", 201), func(p post.Post) any { return p.Slug }},
		{"slug", "x", "", func(p post.Post) any { return p.Slug }},
		{"description", strings.Repeat("日", 10_000), strings.Repeat("日", 10_001), func(p post.Post) any { return p.Description }},
		{"category", strings.Repeat("ह", 100), strings.Repeat("ह", 101), func(p post.Post) any { return p.Category }},
		{"authorName", strings.Repeat("é", 200), strings.Repeat("é", 201), func(p post.Post) any { return p.AuthorName }},
		{"authorPosition", strings.Repeat("é", 200), strings.Repeat("é", 201), func(p post.Post) any { return p.AuthorPosition }},
		{"authorImage", url(2048, "é"), url(2049, "é"), func(p post.Post) any { return p.AuthorImage }},
		{"blogImage", url(2048, "x"), url(2049, "x"), func(p post.Post) any { return p.BlogImage }},
		{"content", strings.Repeat("日", 83_333) + "x", strings.Repeat("日", 83_333) + "xx", func(p post.Post) any { return p.Content }},
		{"content", strings.Repeat("x", 250_000), strings.Repeat("x", 250_001), func(p post.Post) any { return p.Content }},
		{"tags", tags(20), tags(21), func(p post.Post) any { return p.Tags }},
		{"tags", []string{strings.Repeat("ж", 50)}, []string{strings.Repeat("ж", 51)}, func(p post.Post) any { return p.Tags }},
		{"readTime", 1, 0, func(p post.Post) any { return p.ReadTime }},
		{"readTime", 1000, 1001, func(p post.Post) any { return p.ReadTime }},
	} {
		p := d.mustCreate(`{"title":"t"}`)
		edited := d.mustEdit(p.ID, 1, body(t, map[string]any{c.field: c.good}))
		if diff := cmp.Diff(c.good, c.get(edited)); diff != "" {
			t.Errorf("%s at its limit (-want +got):\n%s", c.field, diff)
		}
		d.unchanged(func() {
			_, err := d.edit(p.ID, 2, body(t, map[string]any{c.field: c.bad}))
			if diff := cmp.Diff([]string{c.field}, broken(err)); diff != "" {
				t.Errorf("%s past its limit: %v", c.field, err)
			}
		})
		d.mustDelete(p.ID)
		members := map[string]any{"title": "t"}
		members[c.field] = c.bad
		d.unchanged(func() {
			_, err := d.create(ana, body(t, members), post.Request{})
			if diff := cmp.Diff([]string{c.field}, broken(err)); diff != "" {
				t.Errorf("creating with %s past its limit: %v", c.field, err)
			}
		})
	}
}

// TestBadInput: every broken rule is named once, by its field, and nothing is stored.
func TestBadInput(t *testing.T) {
	d := newFixture(t)
	old := d.mustCreate(`{"title":"Old"}`)
	for _, c := range []struct {
		body   string
		fields []string // of a patch; a new post lacks its title besides
	}{
		{`{"colour":"red"}`, []string{"colour"}},
		{`{"Description":"x"}`, []string{"Description"}},
		{`{"id":7,"version":3,"createdAt":"2026-01-01T00:00:00Z","updatedBy":{}}`, []string{"createdAt", "id", "updatedBy", "version"}},
		{`{"description":5,"content":[],"category":{},"tags":"a","readTime":"5","authorName":true}`,
			[]string{"authorName", "category", "content", "description", "readTime", "tags"}},
		{`{"tags":["a",5]}`, []string{"tags"}},
		{`{"tags":["a",null]}`, []string{"tags"}},
		{`{"tags":["a"," "]}`, []string{"tags"}},
		{`{"tags":["a\nb"]}`, []string{"tags"}},
		{`{"readTime":1.5}`, []string{"readTime"}},
		{`{"readTime":-1}`, []string{"readTime"}},
		{`{"readTime":99999999999999999999}`, []string{"readTime"}},
		{`{"slug":"Upper"}`, []string{"slug"}},
		{`{"slug":"a b"}`, []string{"slug"}},
		{`{"slug":"a/b"}`, []string{"slug"}},
		{`{"slug":".."}`, []string{"slug"}},
		{`{"slug":"a%2fb"}`, []string{"slug"}},
		{`{"slug":" "}`, []string{"slug"}},
		{`{"category":"a\nb"}`, []string{"category"}},
		{`{"content":"a\u0000b"}`, []string{"content"}},
		{`{"blogImage":"javascript:alert(1)"}`, []string{"blogImage"}},
		{`{"blogImage":"//evil.example/x"}`, []string{"blogImage"}},
		{`{"blogImage":"/\\evil.example"}`, []string{"blogImage"}},
		{`{"authorImage":"data:image/png;base64,AAAA"}`, []string{"authorImage"}},
		{`{"authorImage":"x.png"}`, []string{"authorImage"}},
		{`{"authorImage":"java\tscript:x"}`, []string{"authorImage"}},
		{`{"authorImage":"https://"}`, []string{"authorImage"}},
		{`{"authorImage":"http://:80/x.png"}`, []string{"authorImage"}},
		{`{"authorImage":"https:/a.example"}`, []string{"authorImage"}},
		{`{"authorImage":"https:a.example"}`, []string{"authorImage"}},
		{`{"authorImage":"https:// a.example"}`, []string{"authorImage"}},
		{`{"authorImage":"https://a.example/\"onerror=\"x"}`, []string{"authorImage"}},
		{`{"authorImage":"https://a.example/<b>"}`, []string{"authorImage"}},
		{`{"authorImage":"https://ana:word@a.example/x.png"}`, []string{"authorImage"}},
		{`{"authorImage":"https://ana@a.example/x.png"}`, []string{"authorImage"}},
		{`{"authorImage":"https://a.example/%zz"}`, []string{"authorImage"}},
		{`{"authorImage":"/a b.png"}`, []string{"authorImage"}},
		{`{"authorImage":"/a\u00a0b.png"}`, []string{"authorImage"}},
	} {
		d.unchanged(func() {
			_, err := d.edit(old.ID, 1, c.body)
			if diff := cmp.Diff(c.fields, broken(err)); diff != "" {
				t.Errorf("patch %s: %v", c.body, err)
			}
			_, err = d.create(ana, c.body, post.Request{})
			want := slices.Sorted(slices.Values(append([]string{"title"}, c.fields...)))
			if diff := cmp.Diff(want, broken(err)); diff != "" {
				t.Errorf("new post %s: %v", c.body, err)
			}
		})
	}
	for body, fields := range map[string][]string{
		`{"published":true}`:               {"published"}, // the way to it is PUT …/publish
		`{"title":""}`:                     {"title"},
		`{"title":null}`:                   {"title"},
		`{"title":"\u00a0 "}`:              {"title"},
		`{"title":"a\u0007"}`:              {"title"},
		`{"slug":""}`:                      {"slug"},
		`{"slug":"a\ufe0f"}`:               {"slug"},
		`{"title":5,"colour":1,"slug":""}`: {"colour", "slug", "title"},
	} {
		d.unchanged(func() {
			_, err := d.edit(old.ID, 1, body)
			if diff := cmp.Diff(fields, broken(err)); diff != "" {
				t.Errorf("patch %s: %v", body, err)
			}
		})
	}
	for body, fields := range map[string][]string{
		`{}`:                                     {"title"},
		`{"title":"x","published":null}`:         {"published"},
		`{"title":"x","published":"yes"}`:        {"published"},
		`{"title":"x","published":1,"slug":"A"}`: {"published", "slug"},
	} {
		d.unchanged(func() {
			_, err := d.create(ana, body, post.Request{})
			if diff := cmp.Diff(fields, broken(err)); diff != "" {
				t.Errorf("new post %s: %v", body, err)
			}
		})
	}
	if diff := cmp.Diff(old, d.mustGet(old.ID)); diff != "" {
		t.Errorf("the post changed (-want +got):\n%s", diff)
	}
}

func TestMalformedInput(t *testing.T) {
	d := fixture{T: t}
	for _, body := range []string{``, ` `, `null`, `[]`, `"title"`, `5`, `{`, `{"title":"x"`, `{"title":"x"}{}`, `{"title":"x",}`, "{\"title\":\"\xff\"}", "\xef\xbb\xbf{}"} {
		_, err := post.ParseNew([]byte(body))
		d.want(fault.Malformed, err)
		_, err = post.ParsePatch([]byte(body))
		d.want(fault.Malformed, err)
	}
}

func TestValuesAreCleaned(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"  Tide \t","category":" news ","description":" two\nlines ","content":"\n# Hi\r\n\ttab \u0007\n",
		"tags":[" a","b","a ","B"],"authorImage":" /img/a.png ","blogImage":"HTTPS://a.example/x","slug":" a.b_c-ж "}`)
	want := post.Summary{Title: "Tide", Category: "news", Description: " two\nlines ", Tags: []string{"a", "b", "B"},
		AuthorImage: "/img/a.png", BlogImage: "HTTPS://a.example/x", Slug: "a.b_c-ж"}
	got := post.Summary{Title: p.Title, Category: p.Category, Description: p.Description, Tags: p.Tags,
		AuthorImage: p.AuthorImage, BlogImage: p.BlogImage, Slug: p.Slug}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "\n# Hi\n\ttab \a\n"; p.Content != want { // Markdown is the author's own, but for its line ends
		t.Errorf("content is %q, want %q", p.Content, want)
	}
	cleared := d.mustEdit(p.ID, 1, `{"category":null,"description":null,"content":null,"tags":null,"authorImage":null,"blogImage":""}`)
	if cleared.Category+cleared.Description+cleared.Content+cleared.AuthorImage+cleared.BlogImage != "" || cleared.Tags == nil || len(cleared.Tags) != 0 {
		t.Errorf("null did not empty the fields: %+v", cleared)
	}
}

func TestReadTime(t *testing.T) {
	for words, minutes := range map[int]int{0: 1, 1: 1, 200: 1, 299: 1, 300: 2, 499: 2, 500: 3, 2_000: 10, 250_000: 1000} {
		if got := post.ReadTime(strings.Repeat("word ", words)); got != minutes {
			t.Errorf("%d words: %d minutes, want %d", words, got, minutes)
		}
	}
	d := newFixture(t)
	long := strings.Repeat("word ", 1000) // 5 minutes
	p := d.mustCreate(body(t, map[string]any{"title": "t", "content": long}))
	step := func(want int, members map[string]any) {
		t.Helper()
		p = d.mustEdit(p.ID, p.Version, body(t, members))
		if p.ReadTime != want {
			t.Errorf("after %v the read time is %d, want %d", members, p.ReadTime, want)
		}
	}
	if p.ReadTime != 5 {
		t.Errorf("computed as %d, want 5", p.ReadTime)
	}
	step(1, map[string]any{"content": "short"})                   // computed: it follows the content
	step(9, map[string]any{"readTime": 9})                        // given
	step(9, map[string]any{"content": long})                      // given: it stays
	step(9, map[string]any{"title": "another"})                   //
	step(5, map[string]any{"readTime": nil})                      // null: computed again
	step(1, map[string]any{"content": "short", "readTime": nil})  //
	step(7, map[string]any{"content": long + "x", "readTime": 7}) //
	if p := d.mustCreate(`{"title":"t","readTime":null}`); p.ReadTime != 1 {
		t.Errorf("null for a new post gives %d, want 1", p.ReadTime)
	}
	if p := d.mustCreate(`{"title":"t","readTime":12}`); p.ReadTime != 12 {
		t.Errorf("given for a new post gives %d, want 12", p.ReadTime)
	}
}

// FuzzParsePatch: whatever is sent is read or refused with a fault of the caller's, and
// never reaches a panic.
func FuzzParsePatch(f *testing.F) {
	for _, body := range []string{`{"title":"x","tags":["a"],"readTime":5}`, `{"slug":null,"content":"\ud800"}`, `{"published":true}`, `[]`, `{"title":1e999}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, parse := range map[string]func([]byte) (post.Patch, error){"new": post.ParseNew, "patch": post.ParsePatch} {
			_, err := parse(body)
			if kind := fault.KindOf(err); err != nil && kind != fault.Malformed && kind != fault.Invalid {
				t.Errorf("%s: %v is of kind %d", name, err, kind)
			}
			if kind := fault.KindOf(err); err != nil && kind == fault.Invalid && len(broken(err)) == 0 {
				t.Errorf("%s: %v names no field", name, err)
			}
		}
	})
}

// FuzzParsePosition: only what Encode gave out, for the same order, is a position.
func FuzzParsePosition(f *testing.F) {
	f.Add(post.Position{Sort: "-updatedAt", Time: 1767225600000, ID: 42}.Encode(), "-updatedAt")
	f.Add(post.Position{Sort: "title", Title: "Häfen \"x\"", ID: 1}.Encode(), "title")
	f.Add("eyJzIjoidGl0bGUifQ", "title")
	f.Add("", "title")
	f.Fuzz(func(t *testing.T, s, sort string) {
		p, err := post.ParsePosition(s, post.Sort(sort))
		if err != nil {
			if p != nil || broken(err) == nil {
				t.Fatalf("%q: %v, %v", s, p, err)
			}
			return
		}
		if p.Encode() != s || p.Sort != post.Sort(sort) || p.ID < 1 || p.Time < 0 {
			t.Errorf("%q was accepted as %+v", s, p)
		}
		if _, err := post.ParsePosition(s, post.Sort(sort)+"x"); err == nil {
			t.Errorf("%q was accepted for another order", s)
		}
	})
}
