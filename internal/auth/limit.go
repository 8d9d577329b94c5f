package auth

import (
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Failed sign-ins: a burst, then a slow trickle. A success refunds its attempt. The
// narrow limit is for an account from one network, so that a stranger who fails on
// purpose does not lock its owner out; the wide one is for an account from everywhere.
const (
	accountBurst  = 10
	accountEvery  = 30 * time.Second
	anywhereBurst = 200
	anywhereEvery = 2 * time.Second
	addressBurst  = 50
	addressEvery  = 2 * time.Second
	maxBuckets    = 10_000 // of each kind; past it, those that have refilled are forgotten
)

// buckets is one token bucket for each key.
type buckets struct {
	every time.Duration
	burst int

	mu    sync.Mutex
	byKey map[string]*rate.Limiter
}

func newBuckets(every time.Duration, burst int) *buckets {
	return &buckets{every: every, burst: burst, byKey: make(map[string]*rate.Limiter)}
}

// reserve takes one attempt, or returns how long to wait for the next.
func (b *buckets) reserve(key string, now time.Time) (refund func(), wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.byKey[key]
	if l == nil {
		if len(b.byKey) >= maxBuckets {
			b.forgetFull(now)
		}
		l = rate.NewLimiter(rate.Every(b.every), b.burst)
		b.byKey[key] = l
	}
	r := l.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return nil, wait
	}
	return func() { r.CancelAt(now) }, 0
}

// forgetFull makes room: buckets that have refilled say nothing. Were all in use, all
// are forgotten: memory stays bounded, and the limit by address still holds for most.
func (b *buckets) forgetFull(now time.Time) {
	for key, l := range b.byKey {
		if l.TokensAt(now) >= float64(b.burst) {
			delete(b.byKey, key)
		}
	}
	if len(b.byKey) >= maxBuckets {
		clear(b.byKey)
	}
}

// limiter bounds sign-in attempts for each account and for each address.
type limiter struct{ accounts, anywhere, addresses *buckets }

func newLimiter() limiter {
	return limiter{
		accounts:  newBuckets(accountEvery, accountBurst),
		anywhere:  newBuckets(anywhereEvery, anywhereBurst),
		addresses: newBuckets(addressEvery, addressBurst),
	}
}

func (l limiter) reserve(account, address string, now time.Time) (refund func(), err error) {
	net := network(address)
	var refunds []func()
	for _, limit := range []struct {
		*buckets
		key string
	}{{l.addresses, net}, {l.accounts, account + "\x00" + net}, {l.anywhere, account}} {
		refund, wait := limit.reserve(limit.key, now)
		if wait > 0 {
			return nil, tooMany(wait)
		}
		refunds = append(refunds, refund)
	}
	return func() {
		for _, refund := range refunds {
			refund()
		}
	}, nil
}

// network is what one caller holds: an IPv4 address, or the /64 of an IPv6 one.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().String()
	}
	return addr.String()
}

func tooMany(wait time.Duration) error {
	seconds := int(math.Ceil(max(wait, time.Second).Seconds()))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	f := fault.New(fault.TooMany, fmt.Sprintf("Too many attempts. Try again in %d %s.", seconds, unit))
	f.RetryAfter = wait
	return f
}
