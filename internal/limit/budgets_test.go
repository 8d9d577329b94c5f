package limit_test

import (
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

func TestBudgets(t *testing.T) {
	b := limit.NewBudgets(3600, 2)
	now := time.Now()
	wait := func(step, key string, after, want time.Duration) {
		t.Helper()
		if got := b.Wait(key, now.Add(after)).Round(time.Millisecond); got != want {
			t.Errorf("%s: %s waits %v, want %v", step, key, got, want)
		}
	}
	wait("new", "ana", 0, 0)
	b.Spend("ana", 3600, now)
	wait("all spent", "ana", 0, 0)
	b.Spend("ana", 10, now)
	wait("in debt", "ana", 0, 10*time.Second)
	wait("in debt", "ben", 0, 0)
	wait("in debt", "ana", 9*time.Second, time.Second)
	wait("paid", "ana", 10*time.Second, 0)
	b.Spend("ana", 1<<40, now.Add(10*time.Second))
	wait("more than a budget", "ana", 10*time.Second, time.Hour)
	b.Wait("ben", now)
	b.Wait("cem", now) // the third key takes the first one's place
	wait("forgotten", "ana", 10*time.Second, 0)
}
