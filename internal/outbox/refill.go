package outbox

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	emptyTimeout = 30 * time.Second // for Kafka to remove the events

	// The time between two attempts of a failing request, in which events are published.
	minRefillWait = 30 * time.Second
	maxRefillWait = 4 * time.Minute
)

// refillRetry delays the next attempt of a request that failed. A newer request is not delayed.
type refillRetry struct {
	request int64 // the last one that failed; 0: none
	wait    time.Duration
	at      time.Time // of the next attempt
}

func (r *refillRetry) due(request int64) bool {
	return request != r.request || !time.Now().Before(r.at)
}

func (r *refillRetry) failed(request int64) {
	if request != r.request {
		r.wait = 0
	}
	r.wait = min(max(2*r.wait, minRefillWait), maxRefillWait)
	r.request, r.at = request, time.Now().Add(r.wait)
}

// refill empties the topic at the end of a term, after publish has returned. The next term begins with
// the first event of the log. It returns the reason for the end of the term: errRefill if the topic is
// empty, ErrFenced if another node leads, else errNotEmptied.
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

// empty removes the events from the topic and renews the lease meanwhile. A failed renewal cancels
// the removal before the lease expires, so that events of the next leader are not removed.
func (r *Relay) empty(ctx context.Context, term Term) error {
	ctx, cancel := context.WithTimeout(ctx, emptyTimeout)
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
	return r.lease.Renew(ctx, term, r.progress.watermark(), r.cfg.LeaseTTL)
}
