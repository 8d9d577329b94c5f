package limit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

var (
	config = limit.Config{Burst: 3, Base: 30 * time.Second, Most: 15 * time.Minute, Forget: time.Hour, MaxKeys: 100}
	began  = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
)

func TestAttempts_backOff(t *testing.T) {
	a, now := limit.NewAttempts(config), began
	for range config.Burst {
		if _, wait := a.Reserve("k", now); wait != 0 {
			t.Fatalf("a wait of %v within the burst", wait)
		}
	}
	for _, seconds := range []int{30, 30, 60, 60, 120, 120, 240, 240, 480, 480, 900, 900, 900} {
		want := time.Duration(seconds) * time.Second
		if _, wait := a.Reserve("k", now); wait != want {
			t.Errorf("wait %v, want %v", wait, want)
		}
		now = now.Add(want)
		if _, wait := a.Reserve("k", now.Add(-time.Millisecond)); wait != time.Millisecond {
			t.Errorf("just before: wait %v", wait)
		}
		if _, wait := a.Reserve("k", now); wait != 0 {
			t.Errorf("when it is over: wait %v", wait)
		}
	}
	now = now.Add(time.Hour + time.Second)
	for range config.Burst {
		if _, wait := a.Reserve("k", now); wait != 0 {
			t.Errorf("a wait of %v after a quiet hour", wait)
		}
	}
}

func TestAttempts_refund(t *testing.T) {
	a := limit.NewAttempts(config)
	for range 10 {
		refund, wait := a.Reserve("k", began)
		if wait != 0 {
			t.Fatalf("a wait of %v after refunds", wait)
		}
		refund()
	}
}

// However many keys there are, memory is bounded, and a key in use is kept.
func TestAttempts_areBounded(t *testing.T) {
	a := limit.NewAttempts(config)
	for range config.Burst {
		a.Reserve("debtor", began)
	}
	for i := range 10 * config.MaxKeys {
		a.Reserve(fmt.Sprint(i), began)
		if _, wait := a.Reserve("debtor", began); wait != config.Base {
			t.Fatalf("after %d other keys the wait is %v", i+1, wait)
		}
	}
}
