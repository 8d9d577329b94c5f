package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Failed sign-ins: a burst, then a slow trickle. A success gives its attempt back.
const (
	accountBurst = 10
	accountEvery = 30 * time.Second
	addressBurst = 50
	addressEvery = 2 * time.Second
	maxBuckets   = 10_000 // of each kind; past it, those that have refilled are forgotten
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

// take takes one attempt, or says how long to wait for the next.
func (b *buckets) take(key string, now time.Time) (giveBack func(), wait time.Duration) {
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
type limiter struct{ accounts, addresses *buckets }

func newLimiter() limiter {
	return limiter{accounts: newBuckets(accountEvery, accountBurst), addresses: newBuckets(addressEvery, addressBurst)}
}

func (l limiter) take(account, address string, now time.Time) (giveBack func(), err error) {
	backAddress, wait := l.addresses.take(address, now)
	if wait > 0 {
		return nil, tooMany(wait)
	}
	backAccount, wait := l.accounts.take(account, now)
	if wait > 0 {
		return nil, tooMany(wait)
	}
	return func() { backAddress(); backAccount() }, nil
}

func tooMany(wait time.Duration) error {
	f := fault.New(fault.TooMany, "Too many failed sign-ins. Wait a moment and try again.")
	f.RetryAfter = wait
	return f
}
