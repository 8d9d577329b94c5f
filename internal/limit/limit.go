package limit

import "time"

// Limit bounds attempts for each key: Attempts or Rates.
type Limit interface {
	Reserve(key string, now time.Time) (refund func(), wait time.Duration)
}

// Bound is a limit on one key.
type Bound struct {
	Limit Limit
	Key   string
}

// ReserveAll reserves an attempt from every bound or from none. If a bound refuses, it returns the wait of
// the first one that does.
func ReserveAll(bounds []Bound, now time.Time) (refund func(), wait time.Duration) {
	var refunds []func()
	refund = func() {
		for _, f := range refunds {
			f()
		}
	}
	for _, b := range bounds {
		f, wait := b.Limit.Reserve(b.Key, now)
		if wait > 0 {
			refund()
			return nil, wait
		}
		refunds = append(refunds, f)
	}
	return refund, 0
}
