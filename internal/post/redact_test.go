package post_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// redact removes text from all posts and returns the versions that held it, by post.
func (d fixture) redact(text string) map[int64][]int64 {
	d.Helper()
	secret, err := post.NewSecret(text)
	d.must(err)
	found, err := d.FindSecret(d.Context(), bo, secret, 0)
	d.must(err)
	versions := map[int64][]int64{}
	for _, h := range found {
		versions[h.PostID] = h.Versions
		d.must(d.Redact(d.Context(), bo, secret, h))
	}
	again, err := d.FindSecret(d.Context(), bo, secret, 0)
	d.must(err)
	if len(again) > 0 {
		d.Errorf("after the redaction of %q these still hold it: %+v", text, again)
	}
	return versions
}

// stored returns a post as it is stored.
func (d fixture) stored(id int64) post.Post {
	d.Helper()
	doc, err := d.store.Get(d.Context(), id)
	d.must(err)
	return d.decode(doc)
}

// An editor with the text open must not restore it, not even by a merge.
func TestRedact_olderBaseIsAConflict(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"T","content":"one\nkey hunter2!\nthree"}`)
		d.redact("hunter2!")
		for _, body := range []string{`{"content":"one\nkey hunter2!\nTHREE"}`, `{"content":"ONE\nkey hunter2!\nthree","title":"T"}`, `{"content":"key hunter2!"}`} {
			_, err := d.edit(p.ID, 1, body)
			var stale *post.Stale
			if !errors.As(err, &stale) || !slices.Contains(stale.Conflicts, "content") || stale.Base != nil {
				t.Errorf("%s: %v", body, err)
			}
		}
		d.mustEdit(p.ID, 1, `{"category":"c"}`)
		if now := d.stored(p.ID); now.Content != "one\nkey [redacted]\nthree" || now.Category != "c" || now.Version != 3 {
			t.Errorf("stored is %+v", now)
		}
		d.mustEdit(p.ID, 2, `{"content":"one\nkey [redacted]\nTHREE"}`)
	})
}

func TestRedact_formsAndLimits(t *testing.T) {
	d := newFixture(t)
	long := strings.Repeat("abcd", post.MaxTitle/4)
	nfd := norm.NFD.String("Zürich-é")
	for _, test := range []struct {
		text, field, value, want string
	}{
		{"abcd", "title", long, strings.Repeat("***", post.MaxTitle/4)},
		{"abcd", "content", strings.Repeat("abcd", post.MaxContentBytes/4), strings.Repeat("***", post.MaxContentBytes/4)},
		{"redacted", "content", "a redacted b", "a *** b"},
		{"dact", "description", "dact", "***"},
		{"Zürich-é", "content", "x " + nfd + " y", "x [redacted] y"},
		{nfd, "category", "Zürich-é", "[redacted]"},
		{"line one\r\nline two", "content", "a\nline one\nline two\nb", "a\n[redacted]\nb"},
		{`q"\u00<&>`, "content", `in q"\u00<&> out`, "in [redacted] out"},
		{"hunter2", "blogImage", "https://hunter2/x?hunter2", "https://redacted/x?redacted"},
		{"hunter2", "content", "Hunter2 hunter2hunter2", "Hunter2 [redacted][redacted]"},
		{"aXaaX", "content", "aXaXaaXaaX", "aX[redacted]aaX"},
	} {
		fields := map[string]string{"title": "T", test.field: test.value}
		body, err := json.Marshal(fields)
		d.must(err)
		p := d.mustCreate(string(body))
		d.redact(test.text)
		doc, err := d.store.Get(d.Context(), p.ID)
		d.must(err)
		var got map[string]any
		d.must(json.Unmarshal(doc.JSON, &got))
		if got[test.field] != test.want {
			t.Errorf("%s without %q is %q, want %q", test.field, test.text, got[test.field], test.want)
		}
		events, err := d.store.History(d.Context(), p.ID, post.Newest, 10)
		d.must(err)
		if len(events) != 2 || !events[0].Redacted || events[1].Redacted {
			t.Errorf("the history after %q is %+v", test.text, events)
		}
	}
}

func TestRedact_tagsAndSlugs(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"My Pass Word 12","tags":["Pass Word 12","x","Pass Word 12!"],"published":true}`)
	q := d.mustCreate(`{"title":"Pass-Word-12","published":true}`)
	if got := d.redact("Pass Word 12"); len(got) != 2 { // the slug of q is that of the text
		t.Errorf("found %v", got)
	}
	now := d.stored(p.ID)
	if now.Title != "My [redacted]" || now.Slug != "my-redacted" || strings.Join(now.Tags, ",") != "[redacted],x,[redacted]!" || *now.LiveVersion != 2 {
		t.Errorf("stored is %+v", now)
	}
	if other := d.stored(q.ID); other.Title != "Pass-Word-12" || other.Slug != "redacted" {
		t.Errorf("stored is %+v", other)
	}
	if _, _, err := d.store.Live(d.Context(), "my-pass-word-12"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the old slug leads on: %v", err)
	}
}

// interrupted is a store that stops after some transactions.
type interrupted struct {
	post.Store
	left int
}

var errInterrupted = errors.New("interrupted")

func (s *interrupted) Update(ctx context.Context, id int64, change func(post.Tx) error) error {
	if s.left--; s.left < 0 {
		return errInterrupted
	}
	return s.Store.Update(ctx, id, change)
}

// After a stop at any point a repetition ends with a version that is marked as redacted and later than all rewriting.
func TestRedact_interrupted(t *testing.T) {
	const versions = 50 // all with the text but the newest
	for stop := range 6 {
		d := newFixture(t)
		p := d.mustCreate(`{"title":"T","content":"hunter2"}`)
		for v := int64(1); v < versions; v++ {
			content := "hunter2"
			if v == versions-1 {
				content = "clean"
			}
			d.mustEdit(p.ID, v, fmt.Sprintf(`{"content":"%s %d"}`, content, v))
		}
		secret, err := post.NewSecret("hunter2")
		d.must(err)
		found, err := d.FindSecret(d.Context(), bo, secret, 0)
		d.must(err)
		err = post.NewService(&interrupted{d.store, stop}).Redact(d.Context(), bo, secret, found[0])
		if err != nil && !errors.Is(err, errInterrupted) {
			t.Fatal(err)
		}
		d.redact("hunter2")
		events, err := d.store.History(d.Context(), p.ID, post.Newest, 1)
		d.must(err)
		if !events[0].Redacted || events[0].Version != versions+1 {
			t.Errorf("stopped after %d transactions, the newest version is %+v", stop, events[0])
		}
	}
}

// The kept event of a post has the text too.
func TestRedact_keptEvents(t *testing.T) {
	onEach(t, func(d fixture) {
		p := d.mustCreate(`{"title":"T","content":"hunter2"}`)
		gone := d.mustCreate(`{"title":"Gone","content":"hunter2"}`)
		_, err := d.Delete(d.Context(), ana, gone.ID, 0, post.Request{})
		d.must(err)
		_, err = d.store.DropEvents(d.Context(), time.Now().Add(time.Hour), 3)
		d.must(err)
		d.mustEdit(p.ID, 1, `{"content":"clean"}`)
		if got := d.redact("hunter2"); len(got) != 1 || got[p.ID] != nil {
			t.Errorf("found %v", got)
		}
		events, err := d.store.History(d.Context(), p.ID, post.Newest, 10)
		d.must(err)
		if len(events) != 3 || strings.Contains(string(events[2].Data), "hunter2") || !strings.Contains(string(events[2].Data), "[redacted]") {
			t.Errorf("the history is %+v", events)
		}
	})
}

func TestRedact_isForAdministrators(t *testing.T) {
	d := newFixture(t)
	secret, err := post.NewSecret("hunter2")
	d.must(err)
	_, err = d.FindSecret(d.Context(), ana, secret, 0)
	if fault.KindOf(err) != fault.Forbidden || fault.KindOf(d.Redact(d.Context(), ana, secret, post.Holding{PostID: 1})) != fault.Forbidden {
		t.Errorf("an editor may redact: %v", err)
	}
}
