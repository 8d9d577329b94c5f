package rest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const (
	nobody = auth.Role("")
	viewer = auth.Viewer
	editor = auth.Editor
	admin  = auth.Admin
)

// scenario is one request and all that may come of it. Where {id} or {slug} stand, the
// desk first gets a new draft, version 1, for which they then stand.
type scenario struct {
	name        string
	given       func(d *desk, id int64) // what happens to the draft before
	as          auth.Role
	call        string
	header      []string
	body        string
	status      int
	has, hasNot []string // in the header lines or the body
	events      []event.Type
}

// play runs scenarios one after the other on one desk.
func play(t *testing.T, d *desk, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			outer := d.TB
			d.TB = t
			defer func() { d.TB = outer }()
			s.play(t, d)
		})
	}
}

func (s scenario) play(t *testing.T, d *desk) {
	fill := func(text string) string { return text }
	if strings.Contains(s.call+s.body, "{id}") || strings.Contains(s.call+s.body, "{slug}") || s.given != nil {
		id := d.fresh()
		if s.given != nil {
			s.given(d, id)
		}
		fill = strings.NewReplacer("{id}", strconv.FormatInt(id, 10), "{slug}", "fresh-"+strconv.Itoa(d.made)).Replace
	}
	head := d.head()
	a := d.do(s.as, fill(s.call), fill(s.body), s.header...)
	if a.Code != s.status {
		t.Errorf("status %d, want %d", a.Code, s.status)
	}
	for _, text := range s.has {
		if !strings.Contains(a.text(), fill(text)) {
			t.Errorf("the answer lacks %s", fill(text))
		}
	}
	for _, text := range s.hasNot {
		if strings.Contains(a.text(), fill(text)) {
			t.Errorf("the answer has %s", fill(text))
		}
	}
	if diff := cmp.Diff(s.events, d.eventsAfter(head)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if t.Failed() {
		t.Logf("%s as %q:\n%s", fill(s.call), s.as, a.text())
	}
}

// What may have happened to a draft.

func published(d *desk, id int64) {
	d.Helper()
	_, err := d.posts.Publish(d.Context(), d.actor(editor), id, 0, true, noKey)
	testkit.Must(d, err)
}

func deleted(d *desk, id int64) {
	d.Helper()
	_, err := d.posts.Delete(d.Context(), d.actor(editor), id, 0, noKey)
	testkit.Must(d, err)
}

// retitled makes version 2, in which another user has changed the title.
func retitled(d *desk, id int64) {
	d.Helper()
	d.edit(id, 1, `{"title":"Theirs"}`)
}
