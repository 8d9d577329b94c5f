package render

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/wiredesk/wiredesk/internal/fault"
)

func constant(s string) func() (string, error) { return func() (string, error) { return s, nil } }

func mustNotRead(t *testing.T) func() (string, error) {
	return func() (string, error) {
		t.Error("rendered again")
		return "", nil
	}
}

func TestRenderer_rendersAVersionOnce(t *testing.T) {
	r := NewRenderer()
	got, err := r.Post(t.Context(), Key{1, 1}, constant("*a*"))
	if want := `"\u003cp\u003e\u003cem\u003ea\u003c/em\u003e\u003c/p\u003e\n"`; err != nil || string(got) != want {
		t.Fatalf("got %s, %v; want %s", got, err, want)
	}
	again, err := r.Post(t.Context(), Key{1, 1}, mustNotRead(t))
	if err != nil || string(again) != string(got) {
		t.Errorf("then %s, %v", again, err)
	}
	if next, err := r.Post(t.Context(), Key{1, 2}, constant("b")); err != nil || !strings.Contains(string(next), "b") {
		t.Errorf("the next version: %s, %v", next, err)
	}
}

func TestRenderer_keepsRefusalsAndNotFailures(t *testing.T) {
	r := NewRenderer()
	for range 2 {
		if _, err := r.Post(t.Context(), Key{1, 1}, constant(strings.Repeat("> ", 300))); fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
	}
	if _, err := r.Post(t.Context(), Key{1, 1}, mustNotRead(t)); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	lost := errors.New("database lost")
	if _, err := r.Post(t.Context(), Key{2, 1}, func() (string, error) { return "", lost }); !errors.Is(err, lost) {
		t.Error(err)
	}
	if got, err := r.Post(t.Context(), Key{2, 1}, constant("a")); err != nil || len(got) == 0 {
		t.Errorf("after the failure: %s, %v", got, err)
	}
}

func TestRenderer_sharesARunningRendering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, reads, open := NewRenderer(), atomic.Int32{}, make(chan struct{})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := r.Post(t.Context(), Key{1, 1}, func() (string, error) {
					reads.Add(1)
					<-open
					return "a", nil
				})
				if err != nil || len(got) == 0 {
					t.Errorf("%s, %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(open)
		all.Wait()
		if reads.Load() != 1 {
			t.Errorf("read %d times", reads.Load())
		}
	})
}

func TestRenderer_aCallerThatLeavesDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, open := NewRenderer(), make(chan struct{})
		leaving, leave := context.WithCancel(t.Context())
		slow := func() (string, error) { <-open; return "a", nil }
		go r.Post(leaving, Key{1, 1}, slow)
		synctest.Wait()
		var others sync.WaitGroup
		others.Go(func() {
			if got, err := r.Post(t.Context(), Key{1, 1}, slow); err != nil || len(got) == 0 {
				t.Errorf("%s, %v", got, err)
			}
		})
		synctest.Wait()
		leave()
		close(open)
		others.Wait()
	})
}

func TestRenderer_refusesWhenBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRenderer()
		for range workers {
			r.slots <- struct{}{}
		}
		var waiting sync.WaitGroup
		for range queueLength {
			waiting.Go(func() {
				if _, err := r.Text(t.Context(), "a"); fault.KindOf(err) != fault.Unavailable {
					t.Errorf("after the longest wait: %v", err)
				}
			})
		}
		synctest.Wait()
		_, err := r.Text(t.Context(), "a") // at once: the queue is full
		var busy *fault.Error
		if !errors.As(err, &busy) || busy.Kind != fault.Unavailable || busy.RetryAfter <= 0 {
			t.Errorf("with a full queue: %v", err)
		}
		waiting.Wait()
		<-r.slots
		if got, err := r.Text(t.Context(), "a"); err != nil || got != "<p>a</p>\n" {
			t.Errorf("with a free worker: %q, %v", got, err)
		}
	})
}

func TestRenderer_boundsItsMemory(t *testing.T) {
	r := NewRenderer()
	long := strings.Repeat("a ", 100_000)
	for i := range int64(180) {
		if _, err := r.Post(t.Context(), Key{i, 1}, constant(fmt.Sprint(i, long))); err != nil {
			t.Fatal(err)
		}
	}
	if r.bytes > cacheBytes || len(r.kept) != r.order.Len() || r.order.Len() < 100 || len(r.running) > 0 {
		t.Errorf("%d bytes, %d and %d entries, %d running", r.bytes, len(r.kept), r.order.Len(), len(r.running))
	}
	if _, err := r.Post(t.Context(), Key{179, 1}, mustNotRead(t)); err != nil {
		t.Error(err)
	}
}

func TestRenderer_warms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRenderer()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go r.Run(ctx)
		r.Warm(Key{1, 1}, constant("a"))
		synctest.Wait()
		if _, err := r.Post(t.Context(), Key{1, 1}, mustNotRead(t)); err != nil {
			t.Error(err)
		}
		stop()
		synctest.Wait()
		for i := range int64(2 * warmLength) { // never blocks
			r.Warm(Key{i, 2}, constant("a"))
		}
	})
}
