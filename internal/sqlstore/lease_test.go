package sqlstore_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const ttl = 3 * time.Second

func lease(t *testing.T, url string) {
	store, other := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})
	term, err := store.Acquire(t.Context(), "a", ttl*100)
	testkit.Must(t, err)
	if want := (outbox.Term{Holder: "a", Fence: 1}); term != want {
		t.Errorf("the first term is %+v", term)
	}
	held, err := other.Acquire(t.Context(), "b", ttl)
	if !errors.Is(err, outbox.ErrHeld) || held != term {
		t.Errorf("another node gets %+v, %v", held, err)
	}
	testkit.Must(t, store.Advance(t.Context(), term, 40))
	testkit.Must(t, store.Renew(t.Context(), term, 41, ttl*100))

	again, err := store.Acquire(t.Context(), "a", ttl*100) // the same node, started anew
	testkit.Must(t, err)
	if want := (outbox.Term{Holder: "a", Fence: 2, Watermark: 41}); again != want {
		t.Errorf("the second term is %+v", again)
	}
	for name, err := range map[string]error{
		"renew":   store.Renew(t.Context(), term, 99, ttl),
		"advance": store.Advance(t.Context(), term, 99),
		"release": store.Release(t.Context(), term),
	} {
		if !errors.Is(err, outbox.ErrFenced) {
			t.Errorf("%s in the old term: %v", name, err)
		}
	}
	if w, err := other.Watermark(t.Context()); w != 41 || err != nil {
		t.Errorf("the watermark is %d, %v", w, err)
	}
	testkit.Must(t, store.Release(t.Context(), again))
	third, err := other.Acquire(t.Context(), "b", ttl) // at once
	testkit.Must(t, err)
	if want := (outbox.Term{Holder: "b", Fence: 3, Watermark: 41}); third != want {
		t.Errorf("the third term is %+v", third)
	}

	var winners atomic.Int64
	var nodes sync.WaitGroup
	testkit.Must(t, other.Release(t.Context(), third))
	for _, name := range []string{"c", "d", "e", "f"} {
		for _, s := range []*sqlstore.Store{store, other} {
			nodes.Go(func() {
				if _, err := s.Acquire(t.Context(), name+map[bool]string{true: "1", false: "2"}[s == store], ttl*100); err == nil {
					winners.Add(1)
				} else if !errors.Is(err, outbox.ErrHeld) {
					t.Error(err)
				}
			})
		}
	}
	nodes.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d nodes lead at once", winners.Load())
	}
}

// leaseExpires goes by the database's clock, so by the real time.
func leaseExpires(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	const ttl, slack = 300 * time.Millisecond, 5 * time.Millisecond
	term, err := store.Acquire(t.Context(), "a", time.Hour)
	testkit.Must(t, err)
	renewed := time.Now()
	testkit.Must(t, store.Renew(t.Context(), term, 0, ttl))
	takeOver := func() (next outbox.Term) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			if next, err = store.Acquire(t.Context(), "b", time.Hour); err == nil {
				return next
			}
			if !errors.Is(err, outbox.ErrHeld) || time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	next := takeOver()
	if took := time.Since(renewed); took < ttl-slack {
		t.Errorf("the term was taken over after %v of %v", took, ttl)
	}
	if next.Holder != "b" || next.Fence != 2 {
		t.Errorf("the next term is %+v", next)
	}
	if err := store.Advance(t.Context(), term, 99); !errors.Is(err, outbox.ErrFenced) {
		t.Errorf("who slept past the end moves the watermark: %v", err)
	}
	testkit.Must(t, store.Renew(t.Context(), next, 6, -time.Second))
	testkit.Must(t, store.Advance(t.Context(), next, 7)) // late, but no other term has started
	if last := takeOver(); last.Fence != 3 || last.Watermark != 7 {
		t.Errorf("the last term is %+v", last)
	}
}

// leaseGoesPastTheQueue: the leader keeps its term although many writes are waiting. The one in the middle waits for it.
func leaseGoesPastTheQueue(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, sqlstore.Config{URL: url})
		release, rest := hold(store, url)
		acquired := make(chan struct{})
		var waiting []<-chan error
		for i := range 1000 {
			waiting = append(waiting, queue(t.Context(), store, func(post.Tx) error {
				if i != 500 {
					return nil
				}
				select {
				case <-acquired:
				case <-time.After(ttl / 2):
					t.Error("500 writes went before the lease")
				}
				return nil
			}))
		}
		var err error
		go func() {
			defer close(acquired)
			_, err = store.Acquire(t.Context(), "a", ttl)
		}()
		synctest.Wait()
		release()
		rest()
		for _, outcome := range waiting {
			testkit.Must(t, <-outcome)
		}
		<-acquired
		testkit.Must(t, err)
	})
}
