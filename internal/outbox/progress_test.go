package outbox

import (
	"testing"
	"testing/synctest"
	"time"
)

// An overloaded node with repeated short failures logs one pair of lines in ten seconds.
func TestProgress_shortRelapsesAreNoChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := progress{blockedReason: func() string { return "" }}
		changes := 0
		look := func(problem string) {
			p.problem = problem
			if _, changed := p.changed(); changed {
				changes++
			}
			time.Sleep(100 * time.Millisecond)
		}
		want := func(n int, what string) {
			t.Helper()
			if changes != n {
				t.Errorf("%s: %d changes, want %d", what, changes, n)
			}
			changes = 0
		}
		time.Sleep(time.Hour)
		look("away")
		want(1, "the first failure")
		look("")
		want(1, "the recovery")
		for range 9 {
			for range 5 {
				look("away")
			}
			for range 5 {
				look("")
			}
		}
		want(0, "relapses of half a second")
		for range 40 {
			look("away")
		}
		want(1, "a relapse that lasts")
		look("")
		want(1, "its end")
	})
}
