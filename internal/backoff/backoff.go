// Package backoff spaces the attempts of an operation that fails: the wait after each failure is twice the one before, up to a
// maximum. It adds no jitter, as its users are few processes that share one database and one broker; clients that reconnect in
// large numbers get their jitter from the gateway.
package backoff

import (
	"context"
	"time"
)

// Backoff is the series of waits. Min and Max are required. It is for one goroutine.
type Backoff struct {
	Min, Max time.Duration

	next time.Duration // 0: Min
}

// Next returns the wait after a failure.
func (b *Backoff) Next() time.Duration {
	wait := max(b.next, b.Min)
	b.next = min(2*wait, b.Max)
	return wait
}

// Reset begins the series again, after a success.
func (b *Backoff) Reset() { b.next = 0 }

// Wait waits as long as Next returns. Its only error is that of a ctx that ended.
func (b *Backoff) Wait(ctx context.Context) error {
	timer := time.NewTimer(b.Next())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Retry calls f until it succeeds, with the waits of b. Its only error is that of a ctx that ended.
func Retry(ctx context.Context, b Backoff, f func(context.Context) error) error {
	for {
		err := f(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			return nil
		}
		if err := b.Wait(ctx); err != nil {
			return err
		}
	}
}
