package limit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

const cost = 20 * time.Millisecond

// use holds a slot for cost and returns how long it waited for it.
func use(t *testing.T, q *limit.Queue, key string, trusted bool) (time.Duration, error) {
	began := time.Now()
	leave, err := q.Enter(t.Context(), key, trusted)
	waited := time.Since(began)
	if err == nil {
		time.Sleep(cost)
		leave()
	}
	return waited, err
}

// A flood of one network delays others by a turn, and is refused beyond a second of work.
func TestQueue_isFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(1, cost, time.Second)
		var flood sync.WaitGroup
		var mu sync.Mutex
		refused := 0
		for range 250 {
			flood.Go(func() {
				if waited, err := use(t, q, "flood", false); errors.Is(err, limit.ErrBusy) {
					mu.Lock()
					defer mu.Unlock()
					if refused++; waited > 0 {
						t.Errorf("refused after %v", waited)
					}
				} else if err != nil || waited > time.Second+4*cost { // the two callers below take turns
					t.Errorf("waited %v, error %v", waited, err)
				}
			})
		}
		synctest.Wait()
		for key, trusted := range map[string]bool{"other": false, "known": true} {
			if waited, err := use(t, q, key, trusted); err != nil || waited > 4*cost {
				t.Errorf("%s waited %v, error %v", key, waited, err)
			}
		}
		flood.Wait()
		if refused < 190 || refused > 210 {
			t.Errorf("%d of 250 were refused", refused)
		}
		if waited, err := use(t, q, "flood", false); err != nil || waited > 0 {
			t.Errorf("after the flood: waited %v, error %v", waited, err)
		}
	})
}

// However many networks wait, a trusted caller gets every second turn.
func TestQueue_alternates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(1, cost, time.Second)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() { use(t, q, fmt.Sprint(i), false) })
		}
		synctest.Wait()
		for range 5 {
			if waited, err := use(t, q, "known", true); err != nil || waited > 3*cost {
				t.Errorf("waited %v, error %v", waited, err)
			}
		}
		all.Wait()
	})
}

func TestQueue_abandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(1, cost, time.Second)
		leave, err := q.Enter(t.Context(), "a", false)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := q.Enter(ctx, "b", false)
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		began := time.Now()
		if _, err := q.Enter(t.Context(), "c", false); !errors.Is(err, limit.ErrBusy) || time.Since(began) != 5*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		leave()
		if _, err := q.Enter(t.Context(), "d", false); err != nil {
			t.Error(err)
		}
	})
}
