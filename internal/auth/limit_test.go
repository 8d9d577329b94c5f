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
		b.reserve("debtor", now)
	}
	for i := range maxBuckets - 1 {
		b.reserve(fmt.Sprint("old ", i), now.Add(-time.Hour)) // refilled long ago
	}
	b.reserve("one more", now)
	if len(b.byKey) != 2 {
		t.Errorf("%d buckets are kept, want the debtor's and the new one", len(b.byKey))
	}
	if _, wait := b.reserve("debtor", now); wait != time.Second {
		t.Errorf("the debtor waits %v", wait)
	}
	for i := range 3 * maxBuckets {
		if b.reserve(fmt.Sprint("busy ", i), now); len(b.byKey) > maxBuckets {
			t.Fatalf("%d buckets", len(b.byKey))
		}
	}
}

func TestSessionCache_isBounded(t *testing.T) {
	g := sessionCache{states: make(map[string]sessionState)}
	for i := range maxStates + 5 {
		g.put(fmt.Sprint(i), sessionState{}, 0)
	}
	if len(g.states) > maxStates {
		t.Errorf("%d states are kept", len(g.states))
	}
	g.invalidate()
	g.put("late", sessionState{live: true}, 0) // read before what was forgotten
	if _, generation, ok := g.get("late"); ok || generation != 1 {
		t.Errorf("kept: %v, generation %d", ok, generation)
	}
}

func TestLimiter(t *testing.T) {
	l, now := newLimiter(), time.Now()
	fail := func(n int, account, address string) (allowed int) {
		for range n {
			if _, err := l.reserve(account, address, now); err == nil {
				allowed++
			}
		}
		return allowed
	}
	for _, c := range []struct {
		what, account, address string
		tries, allowed         int
	}{
		{"an account from one address", "ana", "192.0.2.1", 20, accountBurst},
		{"another account from there", "ben", "192.0.2.1", 20, accountBurst},
		{"the account from elsewhere", "ana", "192.0.2.2", 20, accountBurst},
		{"an IPv4 address written as IPv6", "ana", "::ffff:192.0.2.2", 20, 0},
		{"an account from an IPv6 network", "cem", "2001:db8::1", 20, accountBurst},
		{"the same from its neighbour", "cem", "2001:db8::2", 20, 0},
		{"the same from another network", "cem", "2001:db8:0:1::1", 20, accountBurst},
	} {
		if got := fail(c.tries, c.account, c.address); got != c.allowed {
			t.Errorf("%s: %d allowed, want %d", c.what, got, c.allowed)
		}
	}
	allowed := 0
	for i := range 100 {
		allowed += fail(1, fmt.Sprint("user", i), "192.0.2.7")
	}
	if allowed != addressBurst {
		t.Errorf("any account from one address: %d allowed, want %d", allowed, addressBurst)
	}
	allowed = 0
	for i := range 250 {
		allowed += fail(1, "dora", fmt.Sprint("198.51.100.", i))
	}
	if allowed != anywhereBurst {
		t.Errorf("one account from anywhere: %d allowed, want %d", allowed, anywhereBurst)
	}
}
