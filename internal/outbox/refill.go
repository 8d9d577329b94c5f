package outbox

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	emptyTime = 30 * time.Second // how long Kafka may take to remove the events

	// How long events are published before a request that failed is tried again.
	firstRefillWait   = 30 * time.Second
	longestRefillWait = 4 * time.Minute
)

// refillRetry delays a request that failed. A newer request is tried at once.
type refillRetry struct {
	request int64 // that failed last; 0: none
	wait    time.Duration
	at      time.Time // when it is tried again
}

func (r *refillRetry) due(request int64) bool {
	return request != r.request || !time.Now().Before(r.at)
}

func (r *refillRetry) failed(request int64) {
	if request != r.request {
		r.wait = 0
	}
	r.wait = min(max(2*r.wait, firstRefillWait), longestRefillWait)
	r.request, r.at = request, time.Now().Add(r.wait)
}

// refill empties the topic at the end of a term, when this node publishes nothing any more. The
// next term begins with the log's first event. It returns the reason for the term's end:
// errRefill if the topic is empty, ErrFenced if another node leads, else errNotEmptied.
func (r *Relay) refill(ctx context.Context, term Term, request int64) error {
	err := r.empty(ctx, term)
	refused := errors.Is(err, ErrRefused)
	switch {
	case refused:
		r.cfg.Logger.Error("emptying the Kafka topic failed: the ACL lacks DELETE", "error", err)
	case err != nil:
		if r.refills.request != request && ctx.Err() == nil {
			r.cfg.Logger.Warn("emptying the Kafka topic failed; retrying", "error", err)
		}
		r.refills.failed(request)
		if errors.Is(err, ErrFenced) {
			return ErrFenced
		}
		return errNotEmptied
	default:
		r.cfg.Logger.Info("Kafka topic emptied; publishing the event log again", "refill", request)
	}
	r.refills = refillRetry{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.LeaseTTL)
	defer cancel()
	if err := r.lease.Refilled(ctx, term, request, refused); err != nil {
		r.fail("ending the request to refill the topic failed", err)
	}
	if refused {
		return errNotEmptied
	}
	return errRefill
}

// empty removes the events from the topic and renews the lease meanwhile. A failed renewal
// cancels the removal before the lease expires, so that the next leader's events stay.
func (r *Relay) empty(ctx context.Context, term Term) error {
	ctx, cancel := context.WithTimeout(ctx, emptyTime)
	defer cancel()
	if err := r.renew(ctx, term); err != nil {
		return err
	}
	var lost error
	var renewer sync.WaitGroup
	renewer.Go(func() {
		defer cancel()
		for lost == nil {
			if sleep(ctx, r.renewEvery()); ctx.Err() != nil {
				return
			}
			lost = r.renew(ctx, term)
		}
	})
	err := r.publisher.Empty(ctx)
	cancel()
	renewer.Wait()
	if err == nil {
		return nil // Refilled checks the lease
	}
	return errors.Join(lost, err)
}

func (r *Relay) renew(ctx context.Context, term Term) error {
	ctx, cancel := context.WithTimeout(ctx, r.renewEvery())
	defer cancel()
	return r.lease.Renew(ctx, term, r.progress.done(), r.cfg.LeaseTTL)
}
