package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// emptyTime bounds how long Kafka may take to remove the events.
const emptyTime = 30 * time.Second

// refill empties the topic at the end of a term, when this node publishes nothing any more. The
// next term begins with the log's first event. Another node may lead by then, if Kafka took
// longer than the lease lasts: it then finds the request open, and carries it out again.
func (r *Relay) refill(ctx context.Context, term event.Term, request int64) {
	emptyCtx, cancel := context.WithTimeout(ctx, emptyTime)
	defer cancel()
	err := r.publisher.Empty(emptyCtx)
	refused := errors.Is(err, event.ErrRefused)
	switch {
	case refused:
		r.cfg.Logger.Error("the topic cannot be emptied: the right DELETE on it is missing", "error", err)
	case err != nil:
		if !r.emptyFailed && ctx.Err() == nil {
			r.cfg.Logger.Warn("the topic cannot be emptied; it is tried again until it can", "error", err)
			r.emptyFailed = true
		}
		sleep(ctx, retryRefill)
		return
	default:
		r.emptyFailed = false
		r.cfg.Logger.Info("the topic was emptied and is filled again from the event log", "refill", request)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), leaseTTL)
	defer cancel()
	if err := r.lease.Refilled(ctx, term, request, refused); err != nil {
		r.fail("the request to fill the topic cannot be ended", err)
	}
}

// retryRefill is the pause after an attempt that failed.
const retryRefill = 2 * time.Second
