package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budgets bounds the amount that each key spends over time. The cost of a use may be known only after it: a
// budget may become negative once, and Wait is positive until it is not.
type Budgets struct {
	perHour int

	mu   sync.Mutex
	keys lru[*rate.Limiter]
}

// NewBudgets returns Budgets of perHour for each key, which may be spent at once. At maxKeys the least
// recently used key is removed.
func NewBudgets(perHour, maxKeys int) *Budgets {
	return &Budgets{perHour: perHour, keys: newLRU[*rate.Limiter](maxKeys)}
}

// Wait returns the time until the next use of key is allowed; 0: now.
func (b *Budgets) Wait(key string, now time.Time) time.Duration {
	debt := -b.of(key).TokensAt(now)
	return max(0, time.Duration(debt*float64(time.Hour)/float64(b.perHour)))
}

// Spend subtracts amount, at most perHour, from the budget of key.
func (b *Budgets) Spend(key string, amount int, now time.Time) {
	b.of(key).ReserveN(now, min(amount, b.perHour))
}

func (b *Budgets) of(key string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keys.get(key, func() *rate.Limiter { return rate.NewLimiter(rate.Limit(float64(b.perHour)/3600), b.perHour) })
}
