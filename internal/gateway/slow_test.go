package gateway

import (
	"fmt"
	"testing"
	"time"
)

// When many clients are closed at once, not every one of them has all sessions searched.
func TestEvictions_purgesOncePerMinute(t *testing.T) {
	e := evictions{sessions: map[string]time.Time{}}
	start := time.Now()
	for n := range maxEvicted {
		e.add(fmt.Sprint(n), start)
	}
	e.add("full", start.Add(evictedFor)) // nothing is old
	purged := start.Add(evictedFor)
	for _, test := range []struct {
		after time.Duration
		size  int
	}{{time.Second, maxEvicted}, {purgeEvery - 1, maxEvicted}, {purgeEvery, 1}, {purgeEvery + 1, 2}} {
		e.add(test.after.String(), purged.Add(test.after))
		if len(e.sessions) != test.size {
			t.Errorf("%v after the purge %d sessions are remembered, want %d", test.after, len(e.sessions), test.size)
		}
	}
}
