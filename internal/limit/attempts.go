package limit

import (
	"math/bits"
	"sync"
	"time"
)

// Attempts counts failed attempts by key. After Burst failures the next attempts are allowed after Base and
// again after Base; then the wait doubles with each two failures, up to Most. A key without a failure for
// Forget starts again.
type Attempts struct {
	burst              int
	base, most, forget time.Duration

	mu       sync.Mutex
	counters lru[*counter]
}

// Config configures Attempts. All fields are required.
type Config struct {
	Burst              int           // failures before the first wait
	Base, Most, Forget time.Duration // Most is a few doublings of Base
	MaxKeys            int           // at the limit, the least recently used key is removed
}

type counter struct {
	failures int
	last     time.Time // of the last attempt
	next     time.Time // when the next attempt is allowed, once failures has reached the burst
}

// NewAttempts returns Attempts without a failure.
func NewAttempts(c Config) *Attempts {
	return &Attempts{burst: c.Burst, base: c.Base, most: c.Most, forget: c.Forget, counters: newLRU[*counter](c.MaxKeys)}
}

// Reserve counts an attempt for key as failed, until refund. Over the limit it counts nothing and returns
// the time until the next attempt.
func (a *Attempts) Reserve(key string, now time.Time) (refund func(), wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.counters.get(key, func() *counter { return new(counter) })
	if now.Sub(c.last) > a.forget {
		*c = counter{}
	}
	if c.failures >= a.burst && now.Before(c.next) {
		return nil, c.next.Sub(now)
	}
	before := *c
	c.failures, c.last = c.failures+1, now
	if c.failures >= a.burst {
		c.next = now.Add(a.delay(c.failures - a.burst))
	}
	after := c.next
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		c.failures = max(0, c.failures-1)
		if c.next.Equal(after) {
			c.next = before.next
		}
	}, 0
}

// delay returns the wait after a number of failures past the burst.
func (a *Attempts) delay(past int) time.Duration {
	doublings := min(past/2, bits.Len64(uint64(a.most/a.base)))
	return min(a.base<<doublings, a.most)
}
