package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budgets lets each key spend an amount over time. What a use costs may be known only after it:
// a budget goes into debt once, and Wait is positive until the debt is paid.
type Budgets struct {
	perHour int

	mu   sync.Mutex
	keys lru[*rate.Limiter]
}

// NewBudgets returns Budgets of perHour for each key, all of which may be spent at once.
// Past maxKeys, the least recently used key is forgotten.
func NewBudgets(perHour, maxKeys int) *Budgets {
	return &Budgets{perHour: perHour, keys: newLRU[*rate.Limiter](maxKeys)}
}

// Wait returns how long key must wait before its next use, zero when it need not.
func (b *Budgets) Wait(key string, now time.Time) time.Duration {
	debt := -b.of(key).TokensAt(now)
	return max(0, time.Duration(debt*float64(time.Hour)/float64(b.perHour)))
}

// Spend takes amount, at most perHour, from key's budget.
func (b *Budgets) Spend(key string, amount int, now time.Time) {
	b.of(key).ReserveN(now, min(amount, b.perHour))
}

func (b *Budgets) of(key string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keys.get(key, func() *rate.Limiter { return rate.NewLimiter(rate.Limit(float64(b.perHour)/3600), b.perHour) })
}
