package sqlstore_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

const ttl = 3 * time.Second

func lease(t *testing.T, url string) {
	store, other := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})
	term, err := store.Acquire(t.Context(), "a", ttl*100)
	must(t, err)
	if want := (event.Term{Holder: "a", Fence: 1}); term != want {
		t.Errorf("the first term is %+v", term)
	}
	held, err := other.Acquire(t.Context(), "b", ttl)
	if !errors.Is(err, event.ErrHeld) || held != term {
		t.Errorf("another node gets %+v, %v", held, err)
	}
	must(t, store.Advance(t.Context(), term, 41))
	must(t, store.Renew(t.Context(), term, ttl*100))

	again, err := store.Acquire(t.Context(), "a", ttl*100) // the same node, started anew
	must(t, err)
	if want := (event.Term{Holder: "a", Fence: 2, Watermark: 41}); again != want {
		t.Errorf("the second term is %+v", again)
	}
	for name, err := range map[string]error{
		"renew":   store.Renew(t.Context(), term, ttl),
		"advance": store.Advance(t.Context(), term, 99),
		"release": store.Release(t.Context(), term),
	} {
		if !errors.Is(err, event.ErrFenced) {
			t.Errorf("%s in the old term: %v", name, err)
		}
	}
	if w, err := other.Watermark(t.Context()); w != 41 || err != nil {
		t.Errorf("the watermark is %d, %v", w, err)
	}
	must(t, store.Release(t.Context(), again))
	third, err := other.Acquire(t.Context(), "b", ttl) // at once
	must(t, err)
	if want := (event.Term{Holder: "b", Fence: 3, Watermark: 41}); third != want {
		t.Errorf("the third term is %+v", third)
	}

	var winners atomic.Int64
	var nodes sync.WaitGroup
	must(t, other.Release(t.Context(), third))
	for _, name := range []string{"c", "d", "e", "f"} {
		for _, s := range []*sqlstore.Store{store, other} {
			nodes.Go(func() {
				if _, err := s.Acquire(t.Context(), name+map[bool]string{true: "1", false: "2"}[s == store], ttl*100); err == nil {
					winners.Add(1)
				} else if !errors.Is(err, event.ErrHeld) {
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

func leaseExpires(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		store := open(t, sqlstore.Config{URL: url})
		term, err := store.Acquire(t.Context(), "a", ttl)
		must(t, err)
		time.Sleep(ttl - time.Millisecond)
		must(t, store.Renew(t.Context(), term, ttl))
		time.Sleep(ttl - time.Millisecond)
		if _, err := store.Acquire(t.Context(), "b", ttl); !errors.Is(err, event.ErrHeld) {
			t.Errorf("just before the end of a renewed term: %v", err)
		}
		time.Sleep(time.Millisecond)
		must(t, store.Advance(t.Context(), term, 7)) // late, but nobody took over
		next, err := store.Acquire(t.Context(), "b", ttl)
		must(t, err)
		if next.Fence != 2 || next.Watermark != 7 {
			t.Errorf("the next term is %+v", next)
		}
		if err := store.Advance(t.Context(), term, 99); !errors.Is(err, event.ErrFenced) {
			t.Errorf("who slept past the end moves the watermark: %v", err)
		}
	})
}
