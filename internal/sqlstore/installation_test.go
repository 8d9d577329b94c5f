package sqlstore_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// epochsOfTheLog: the installation keeps its id. A new epoch is that of all events, it begins once
// however many ask for it, and it ends the term of the relay, which publishes from the start.
func epochsOfTheLog(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "A", CreatedAt: day}, "1")
	mustChange(t, store, id, func(p *post.Post) { p.Content = "2" })
	if !regexp.MustCompile(`^[a-z2-7]{16}$`).MatchString(store.Installation()) {
		t.Errorf("the installation is %q", store.Installation())
	}
	first, err := store.Position(t.Context())
	testkit.Must(t, err)
	if !regexp.MustCompile(`^[a-z2-7]{10}$`).MatchString(first.Epoch) || first.Seq != 2 {
		t.Errorf("the position is %+v", first)
	}
	term, err := store.Acquire(t.Context(), "node", time.Minute)
	testkit.Must(t, err)
	testkit.Must(t, store.Advance(t.Context(), term, 2))
	wantEpoch := func(epoch string) {
		t.Helper()
		events, err := store.After(t.Context(), 0, 10)
		testkit.Must(t, err)
		history, err := store.History(t.Context(), id, post.Newest, 10)
		testkit.Must(t, err)
		for _, e := range append(events, history...) {
			if e.Epoch != epoch {
				t.Errorf("event %d has the epoch %q, not %q", e.Seq, e.Epoch, epoch)
			}
		}
	}
	wantEpoch(first.Epoch)

	second, err := store.NewEpoch(t.Context(), first.Epoch)
	testkit.Must(t, err)
	again, err := store.NewEpoch(t.Context(), first.Epoch)
	testkit.Must(t, err)
	if second == first.Epoch || again != second {
		t.Errorf("after %s the epochs are %s and %s", first.Epoch, second, again)
	}
	wantEpoch(second)
	if err := store.Renew(t.Context(), term, 9, time.Minute); !errors.Is(err, outbox.ErrFenced) {
		t.Errorf("the old term was renewed: %v", err)
	}
	if watermark, err := store.Watermark(t.Context()); err != nil || watermark != 0 {
		t.Errorf("the watermark is %d, %v", watermark, err)
	}

	other := open(t, sqlstore.Config{URL: url})
	if at, err := other.Position(t.Context()); err != nil || at.Epoch != second || other.Installation() != store.Installation() {
		t.Errorf("after a restart: %+v of %s, not %s of %s: %v", at, other.Installation(), second, store.Installation(), err)
	}
	if id, err := store.ID(t.Context(), 3); id != "" || err != nil {
		t.Errorf("event 3 has the id %q: %v", id, err)
	}
}
