package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rates is a token bucket for each key.
type Rates struct {
	every time.Duration
	burst int

	mu      sync.Mutex
	buckets lru[*rate.Limiter]
}

// NewRates returns Rates that allow burst attempts for a key and one more after each every. At maxKeys the
// least recently used key is removed.
func NewRates(every time.Duration, burst, maxKeys int) *Rates {
	return &Rates{every: every, burst: burst, buckets: newLRU[*rate.Limiter](maxKeys)}
}

// Reserve takes a token for key, until refund. Without a token it returns the time until the next one.
func (r *Rates) Reserve(key string, now time.Time) (refund func(), wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.buckets.get(key, func() *rate.Limiter { return rate.NewLimiter(rate.Every(r.every), r.burst) })
	reserved := l.ReserveN(now, 1)
	if wait := reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
		return nil, wait
	}
	return func() { reserved.CancelAt(now) }, 0
}
