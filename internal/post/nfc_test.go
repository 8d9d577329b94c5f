package post_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// TestNFC: a slug, a category and a tag have one stored form, whichever form a writer, a
// filter or a reader uses.
func TestNFC(t *testing.T) {
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"A","slug":"` + decomposed + `","category":"` + decomposed + `","tags":["` + decomposed + `","` + composed + `"],"published":true}`)
		if diff := cmp.Diff([]any{composed, composed, []string{composed}}, []any{p.Slug, p.Category, p.Tags}); diff != "" {
			d.Errorf("created (-want +got):\n%s", diff)
		}
		if _, err := d.create(ana, `{"title":"B","slug":"`+composed+`"}`, post.Request{}); fault.KindOf(err) != fault.Invalid {
			d.Errorf("a second post with the slug: %v", err)
		}
		if got := d.mustCreate(`{"title":"` + decomposed + ` noir"}`); got.Slug != composed+"-noir" {
			d.Errorf("slug of a title: %+q", got.Slug)
		}
		if _, moved, err := d.PublicGet(d.Context(), decomposed); err != nil || moved != composed {
			d.Errorf("public post: moved to %+q, %v", moved, err)
		}
		for _, q := range []post.Query{{Category: decomposed}, {Tag: decomposed}, {Category: composed, Tag: composed}} {
			q.Sort, q.Limit = post.Sorts[0], 10
			if list, err := d.List(d.Context(), ana, q); err != nil || len(list.Items) != 1 {
				d.Errorf("%+v: %d posts, %v", q, len(list.Items), err)
			}
			q.Tag = ""
			if list, err := d.PublicList(d.Context(), q); err != nil || len(list.Items) != 1 {
				d.Errorf("public, %+v: %d posts, %v", q, len(list.Items), err)
			}
		}
		if p = d.mustEdit(p.ID, 1, `{"slug":"`+decomposed+`","category":"`+decomposed+`","tags":["`+decomposed+`"]}`); p.Version != 1 {
			d.Errorf("the same names in the other form made version %d", p.Version)
		}
	})
}

func TestSlugify_isNFC(t *testing.T) {
	for title, want := range map[string]string{
		"Cafe\u0301":         "caf\u00e9",
		"e\ufe0f\u0301t":     "\u00e9t", // an invisible character between the letter and its mark
		"\u1112\u1161\u11ab": "\ud55c",  // Hangul of three parts
		"\ufb2c":             "\u05e9\u05bc\u05c1",
	} {
		if got := post.Slugify(title); got != want {
			t.Errorf("%+q: %+q, want %+q", title, got, want)
		}
	}
}
