package rest

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// refusalPeriod is how often a summary of refused requests is logged.
const refusalPeriod = time.Minute

// refusals counts the requests that were refused with 503 or 507 and logs them together: the first one at once, the
// others as one summary at the end of each period.
type refusals struct {
	mu     sync.Mutex
	since  time.Time // begin of the period; zero: none was refused lately
	count  int       // refused since then, after the first
	status int       // of the last one
	err    error
}

func (f *refusals) add(ctx context.Context, log *slog.Logger, now time.Time, status int, err error) {
	f.mu.Lock()
	first := f.since.IsZero()
	if first {
		f.since = now
	} else {
		f.count++
	}
	f.status, f.err = status, err
	f.mu.Unlock()
	if first {
		log.WarnContext(ctx, "requests are refused; further ones are counted", "status", status, "error", err)
	}
}

// flush logs the summary when the period is over. It is called after each request.
func (f *refusals) flush(log *slog.Logger, now time.Time) {
	f.mu.Lock()
	over := !f.since.IsZero() && now.Sub(f.since) >= refusalPeriod
	took, count, status, err := now.Sub(f.since), f.count, f.status, f.err
	switch {
	case over && count == 0: // calm for a whole period: the next refusal is logged at once
		f.since, f.err = time.Time{}, nil
	case over:
		f.since, f.count = now, 0
	}
	f.mu.Unlock()
	if over && count > 0 {
		log.Warn("requests were refused", "requests", count, "took", took, "status", status, "error", err)
	}
}
