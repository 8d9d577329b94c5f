package auth

import (
	"fmt"
	"testing"
	"time"
)

// Whoever makes up names without end fills no memory; those still in debt are forgotten last.
func TestBuckets_areBounded(t *testing.T) {
	b := newBuckets(time.Second, 3)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for range 3 {
		b.take("debtor", now)
	}
	for i := range maxBuckets - 1 {
		b.take(fmt.Sprint("old ", i), now.Add(-time.Hour)) // refilled long ago
	}
	b.take("one more", now)
	if len(b.byKey) != 2 {
		t.Errorf("%d buckets are kept, want the debtor's and the new one", len(b.byKey))
	}
	if _, wait := b.take("debtor", now); wait != time.Second {
		t.Errorf("the debtor waits %v", wait)
	}
	for i := range 3 * maxBuckets {
		if b.take(fmt.Sprint("busy ", i), now); len(b.byKey) > maxBuckets {
			t.Fatalf("%d buckets", len(b.byKey))
		}
	}
}

func TestGuard_isBounded(t *testing.T) {
	g := guard{states: make(map[string]state)}
	for i := range maxStates + 5 {
		g.put(fmt.Sprint(i), state{}, 0)
	}
	if len(g.states) > maxStates {
		t.Errorf("%d states are kept", len(g.states))
	}
	g.forget()
	g.put("late", state{live: true}, 0) // read before what was forgotten
	if _, generation, ok := g.get("late"); ok || generation != 1 {
		t.Errorf("kept: %v, generation %d", ok, generation)
	}
}
