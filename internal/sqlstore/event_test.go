package sqlstore_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func seqs(events []event.Event) (seqs []int64) {
	for _, e := range events {
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

func eventsInPages(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	for name, read := range map[string]func() (int64, error){
		"head":   func() (int64, error) { return store.Head(t.Context()) },
		"oldest": func() (int64, error) { oldest, err := store.Oldest(t.Context()); return oldest - 1, err },
	} {
		if got, err := read(); got != 0 || err != nil {
			t.Errorf("%s of an empty log: %d, %v", name, got, err)
		}
	}
	whole := event.Event{ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a0001", Type: event.Published, PostID: 2, Version: 7,
		Time: day.Add(123 * time.Millisecond), Actor: event.Actor{ID: 3, Name: "Ana \"Ö\""}, Changed: []string{"published", "title"},
		Data: json.RawMessage(`{"id":2,"x":"日本 \u003c"}`)}
	emit(t, store, whole)
	for v := range int64(6) {
		emit(t, store, event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: v + 1, Time: day, Data: json.RawMessage(`{}`)})
	}
	events := log(t, store)
	whole.Seq, whole.Epoch = 1, events[0].Epoch
	if diff := cmp.Diff(whole, events[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if events[1].Changed == nil || len(events[1].Changed) != 0 {
		t.Errorf("no changes are %#v", events[1].Changed)
	}
	for _, c := range []struct {
		name string
		page func() ([]event.Event, error)
		want []int64
	}{
		{"after the start", func() ([]event.Event, error) { return store.After(t.Context(), 0, 3) }, []int64{1, 2, 3}},
		{"after 5", func() ([]event.Event, error) { return store.After(t.Context(), 5, 10) }, []int64{6, 7}},
		{"after the end", func() ([]event.Event, error) { return store.After(t.Context(), 7, 10) }, nil},
		{"before the end", func() ([]event.Event, error) { return store.Before(t.Context(), 8, 3) }, []int64{7, 6, 5}},
		{"before 3", func() ([]event.Event, error) { return store.Before(t.Context(), 3, 10) }, []int64{2, 1}},
		{"before the start", func() ([]event.Event, error) { return store.Before(t.Context(), 1, 10) }, nil},
		{"history", func() ([]event.Event, error) { return store.History(t.Context(), 1, post.Newest, 2) }, []int64{7, 6}},
		{"history before version 5", func() ([]event.Event, error) { return store.History(t.Context(), 1, 5, 2) }, []int64{5, 4}},
		{"history of nothing", func() ([]event.Event, error) { return store.History(t.Context(), 9, post.Newest, 2) }, nil},
	} {
		events, err := c.page()
		testkit.Must(t, err)
		if got := seqs(events); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		last, err := tx.Last(1)
		testkit.Must(t, err)
		at, err := tx.At(1, 4)
		testkit.Must(t, err)
		if last.Seq != 7 || at.Seq != 5 {
			t.Errorf("last %d, at version 4 %d", last.Seq, at.Seq)
		}
		_, err = tx.Last(9)
		wantKind(t, err, fault.NotFound)
		_, err = tx.At(1, 7)
		wantKind(t, err, fault.NotFound)
		return nil
	}))
	wantFault := store.Update(t.Context(), 0, func(tx post.Tx) error {
		return tx.Emit(event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: 6, Time: day, Data: json.RawMessage(`{}`)})
	})
	if wantFault == nil {
		t.Error("two events of one version are accepted")
	}
}

func eventPagesAreBounded(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	large := func(bytes int) json.RawMessage { return json.RawMessage(`"` + strings.Repeat("x", bytes-2) + `"`) }
	for v := range int64(20) {
		emit(t, store, event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: v + 1, Time: day, Data: large(1 << 19)})
	}
	emit(t, store, event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: 21, Time: day, Data: large(5 << 20)})
	for name, page := range map[string]func() ([]event.Event, error){
		"after":   func() ([]event.Event, error) { return store.After(t.Context(), 0, 1000) },
		"before":  func() ([]event.Event, error) { return store.Before(t.Context(), 21, 1000) },
		"history": func() ([]event.Event, error) { return store.History(t.Context(), 1, 21, 1000) },
	} {
		events, err := page()
		testkit.Must(t, err)
		if len(events) != 8 { // of half a MiB each
			t.Errorf("%s: %d events in one page", name, len(events))
		}
	}
	events, err := store.After(t.Context(), 20, 1000)
	testkit.Must(t, err)
	if len(events) != 1 {
		t.Errorf("an event that is larger than a page: %d events", len(events))
	}
	if n := len(log(t, store)); n != 21 {
		t.Errorf("%d events in all pages", n)
	}
}

func eventsAreDropped(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	at := func(seq int64) time.Time { return day.Add(time.Duration(seq) * time.Second) }
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for seq := int64(1); seq <= 1300; seq++ {
			e := event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: seq, Time: at(seq), Data: json.RawMessage(`{}`)}
			if seq == 1202 { // a clock that was set back: the log must not get a hole here
				e.Time = day
			}
			if err := tx.Emit(e); err != nil {
				return err
			}
		}
		return nil
	}))
	drop := func(cutoff time.Time, published, wantDropped, wantOldest int64) {
		t.Helper()
		dropped, err := store.DropEvents(t.Context(), cutoff, published)
		testkit.Must(t, err)
		oldest, err := store.Oldest(t.Context())
		testkit.Must(t, err)
		if dropped != wantDropped || oldest != wantOldest {
			t.Errorf("dropped %d, oldest %d; want %d, %d", dropped, oldest, wantDropped, wantOldest)
		}
	}
	drop(day, 1300, 0, 1)
	drop(at(11), 1300, 10, 11)      // those before the cutoff, not that at it
	drop(at(5000), 700, 690, 701)   // only up to the watermark; in more than one batch
	drop(at(1201), 1300, 500, 1201) // 1202 is older, but 1201 is not
	drop(at(1202), 1300, 2, 1203)
	drop(at(5000), 1300, 98, 1301) // nothing left: the next number
	drop(at(5000), 1300, 0, 1301)
	emit(t, store, event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: 1301, Time: day, Data: json.RawMessage(`{}`)})
	events, err := store.After(t.Context(), 0, 10)
	testkit.Must(t, err)
	if got := seqs(events); !slices.Equal(got, []int64{1301}) {
		t.Errorf("the numbers go on with %v", got)
	}
}

func changedSince(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	for v, changed := range [][]string{{"title"}, {"content"}, {"tags", "title"}, nil} {
		emit(t, store, event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: int64(v) + 1, Time: day.Add(time.Duration(v) * time.Hour), Changed: changed, Data: json.RawMessage(`{}`)})
	}
	check := func(version int64, wantComplete bool, want ...string) {
		t.Helper()
		testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
			fields, complete, err := tx.ChangedSince(1, version)
			testkit.Must(t, err)
			if complete != wantComplete || wantComplete && !slices.Equal(fields, want) {
				t.Errorf("since %d: %v, complete %v", version, fields, complete)
			}
			return nil
		}))
	}
	check(1, true, "content", "tags", "title")
	check(2, true, "tags", "title")
	check(3, true)
	check(4, false)
	_, err := store.DropEvents(t.Context(), day.Add(90*time.Minute), 4)
	testkit.Must(t, err)
	check(1, false)
	check(2, true, "tags", "title")
}
