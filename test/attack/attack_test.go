// Package attack_test attacks the real server as one client could, in turn with each cheap attack that is known, and checks
// that everybody else can read, write and sign in meanwhile, and that the server's memory stays bounded.
package attack_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var length = flag.Duration("for", 2*time.Second, "how long each attack goes on")

const maxMemory = 400 << 20 // bytes

// attack is what one client does to the server: workers of them at once, each with a pause between its calls.
type attack struct {
	name    string
	workers int
	pause   time.Duration
	// call is made again and again; n is different at each call. It returns the status.
	call func(s *site, n int) int
}

func TestAttacks_keepNobodyElseOut(t *testing.T) {
	s := newSite(t)
	t.Logf("%-58s %9s  %8s %8s %8s  %s", "attack", "calls/s", "read", "write", "sign in", "memory of the server")
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), *length)
			defer stop()
			var attackers sync.WaitGroup
			var calls atomic.Int64
			statuses := newCounts()
			for range a.workers {
				attackers.Go(func() {
					for ctx.Err() == nil {
						statuses.add(a.call(s, int(calls.Add(1))))
						select {
						case <-ctx.Done():
						case <-time.After(a.pause):
						}
					}
				})
			}
			seen := s.useMeanwhile(ctx, t)
			attackers.Wait()
			memory, ok := s.server.Memory()
			if ok && memory > maxMemory {
				t.Errorf("the server uses %d MB of memory", memory>>20)
			}
			t.Logf("%-58s %9.0f  %8v %8v %8v  %d MB; answers %v", a.name, float64(calls.Load())/length.Seconds(),
				median(seen.read), median(seen.write), median(seen.signIn), memory>>20, statuses)
		})
	}
}

// waits are the times that others waited for an answer.
type waits struct{ read, write, signIn []time.Duration }

// useMeanwhile reads, writes and signs in as others do until ctx ends, at least once each. Every call must succeed.
func (s *site) useMeanwhile(ctx context.Context, t *testing.T) (w waits) {
	timed := func(to *[]time.Duration, want int, call func() int) {
		began := time.Now()
		if status := call(); status != want {
			t.Errorf("another user's call has status %d, want %d", status, want)
		}
		*to = append(*to, time.Since(began))
	}
	for once := true; once || ctx.Err() == nil && !t.Failed(); once = false {
		timed(&w.read, http.StatusOK, func() int { return s.call(s.ben, "GET /api/posts?limit=20", "") })
		timed(&w.write, http.StatusCreated, func() int { return s.call(s.ben, "POST /api/posts", `{"title":"Written meanwhile"}`) })
		timed(&w.signIn, http.StatusOK, func() int { return s.signIn(s.admin, s.server.Password) })
		timed(&w.signIn, http.StatusOK, func() int { return s.signIn(s.neighbour, word) })
	}
	return w
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2].Round(100 * time.Microsecond)
}

// counts counts the answers by status.
type counts struct {
	mu sync.Mutex
	by map[int]int
}

func newCounts() *counts { return &counts{by: map[int]int{}} }

func (c *counts) add(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[status]++
}

func (c *counts) String() string { return strings.TrimPrefix(fmt.Sprint(c.by), "map") }
