package outbox

import (
	"context"
	"errors"
	"time"
)

const (
	saveEvery = 500 * time.Millisecond
	// Intervals of reading the log's head while other nodes commit: within busyFor of the last event,
	// and later.
	busyPoll = 10 * time.Millisecond
	idlePoll = 100 * time.Millisecond
	busyFor  = 10 * time.Second
)

// leaseKeeper maintains one term while publish publishes its events: it renews the lease, stores the
// watermark and reads the head of the log, each at its own interval, and decides when the term ends.
// All fields belong to the goroutine of run; lead reads them after it has ended.
type leaseKeeper struct {
	*Relay
	term    Term
	head    int64     // the newest event of the log, when it was last read
	newHead time.Time // when head last changed
	saved   int64     // the stored watermark
	renewed time.Time // when the last renewal was sent
	began   time.Time // the start of the term
	refill  int64     // the request for which the term ends; 0: none

	stopPublishing chan struct{} // closed to end publish between two batches
	stoppedAt      time.Time     // when it was closed
}

// run renews the lease until it is lost, the relay stalls, a refill is requested, the log was rolled
// back, or a stop has flushed; then it calls end with the reason. It returns when ctx, the context of
// the term, ends. A receive from stop begins the flush.
func (k *leaseKeeper) run(ctx context.Context, stop <-chan struct{}, end context.CancelCauseFunc) {
	poll := time.NewTimer(0)
	defer poll.Stop()
	var flush <-chan time.Time // not nil after a receive from stop
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-stop:
			stop, flush = nil, time.After(k.cfg.FlushTimeout)
		case <-flush:
			end(errFlush)
			return
		case <-k.changed:
		case <-poll.C:
		}
		err := k.tick(ctx)
		if err != nil && ctx.Err() != nil {
			return // publish has ended the term, which canceled the query
		}
		switch {
		case errors.Is(err, ErrFenced), isRollback(err):
			end(err)
		case k.refill > 0 && time.Since(k.stoppedAt) > emptyTimeout:
			end(errRefill)
		case time.Since(k.renewed) > k.cfg.LeaseTTL:
			end(errExpired)
		case err != nil:
			k.fail("database access of the relay failed", err)
		case min(k.progress.stalledFor(), time.Since(k.began)) > k.stallLimit:
			end(errStalled)
		case k.progress.status().Waiting > 0:
			k.Nudge()
		case flush != nil:
			end(errDone)
		}
		k.logHealth()
		poll.Reset(k.pause(flush != nil))
	}
}

// pause returns the interval until the next tick. Commits of this node wake the relay by Nudge, so
// only commits of other nodes and a stop need a short one.
func (k *leaseKeeper) pause(stopping bool) time.Duration {
	switch {
	case !k.cfg.OtherNodes() && !stopping:
		return max(time.Until(k.renewed.Add(k.renewEvery())), idlePoll)
	case time.Since(k.newHead) < busyFor:
		return busyPoll
	}
	return idlePoll
}

// tick renews the lease, stores the watermark and reads the head of the log, each when it is due.
func (k *leaseKeeper) tick(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.renewEvery())
	defer cancel()
	now := time.Now()
	done := max(k.progress.watermark(), k.saved) // lower than saved if the topic lost published events
	if unsaved := done > k.saved; now.Sub(k.renewed) >= k.renewEvery() || unsaved && now.Sub(k.renewed) >= saveEvery {
		if err := k.checkHead(ctx, now, done); err != nil { // a log that was rolled back must not get the old watermark
			return err
		}
		if err := k.lease.Renew(ctx, k.term, done, k.cfg.LeaseTTL); err != nil {
			return err
		}
		k.renewed, k.saved = now, done
		return k.checkRefill(ctx)
	}
	return k.checkHead(ctx, now, done)
}

// checkRefill stops publish when another refill of the topic is requested. publish then ends the term, so that no event is being
// sent while the topic is emptied. If publish waits for Kafka longer than emptyTimeout, run ends the term.
func (k *leaseKeeper) checkRefill(ctx context.Context) error {
	if k.refill > 0 {
		return nil
	}
	requested, done, _, err := k.lease.Refill(ctx)
	if err != nil {
		return err
	}
	if requested > done && k.refills.due(requested) {
		k.refill, k.stoppedAt = requested, time.Now()
		close(k.stopPublishing)
	}
	return nil
}

// checkHead reads the head of the log. done was read before the head, so a head below it proves a
// rollback.
func (k *leaseKeeper) checkHead(ctx context.Context, now time.Time, done int64) error {
	at, err := k.source.Position(ctx)
	if err != nil {
		return err
	}
	if at.Seq < done {
		return rollbackError{at.Epoch}
	}
	if at.Seq != k.head {
		k.head, k.newHead = at.Seq, now
	}
	k.progress.setHead(at.Seq)
	return nil
}
