package rest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

// refusals counts the requests that were refused with 503 or 507 and logs them together: the first one at once, the
// others as one summary a minute.
type refusals struct {
	lines limit.Lines

	mu     sync.Mutex
	status int // of the last one
	err    error
}

func (f *refusals) add(ctx context.Context, log *slog.Logger, now time.Time, status int, err error) {
	f.flush(log, now) // a summary of earlier ones that is due
	f.mu.Lock()
	f.status, f.err = status, err
	f.mu.Unlock()
	if _, due := f.lines.Add(now); due {
		log.WarnContext(ctx, "refusing requests; repeats are logged as a count", "status", status, "error", err)
	}
}

// flush logs the summary when it is due. It is called after each request.
func (f *refusals) flush(log *slog.Logger, now time.Time) {
	count, took := f.lines.Flush(now)
	if count == 0 {
		return
	}
	f.mu.Lock()
	status, err := f.status, f.err
	f.mu.Unlock()
	log.Warn("requests refused", "requests", count, "took", took, "status", status, "error", err)
}
