package outbox

import (
	"context"
	"errors"
	"time"
)

const (
	saveEvery = 500 * time.Millisecond
	// For commits that no Nudge reports: of other nodes, soon after the last event and when there
	// was none for busyFor, and of tools beside the only node.
	busyPoll  = 10 * time.Millisecond
	idlePoll  = 100 * time.Millisecond
	alonePoll = 250 * time.Millisecond
	busyFor   = 10 * time.Second
)

// keeper looks after a term while its events are published: it watches the log's
// head, stores the watermark and renews the lease, each at its own pace.
type keeper struct {
	*Relay
	term    Term
	head    int64
	newHead time.Time // when head last changed
	stamp   [4]int64  // of the log when its head was read
	saved   int64     // the watermark that is stored
	renewed time.Time
	began   time.Time
	refill  int64 // the request that ended the term; 0: none
}

// keep ends the term when it has to end, and returns then.
func (k *keeper) keep(ctx context.Context, stop <-chan struct{}, end context.CancelCauseFunc) {
	poll := time.NewTimer(0)
	defer poll.Stop()
	var flush <-chan time.Time // set when the relay is stopping
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-stop:
			stop, flush = nil, time.After(k.cfg.FlushTimeout)
		case <-flush:
			end(errFlush)
			return
		case <-poll.C:
		}
		err := k.tend(ctx)
		switch {
		case errors.Is(err, ErrFenced), isBack(err), errors.Is(err, errRefill):
			end(err)
		case time.Since(k.renewed) > k.cfg.LeaseTTL:
			end(errExpired)
		case err != nil:
			k.fail("database access of the relay failed", err)
		case min(k.progress.stuck(), time.Since(k.began)) > k.patience:
			end(errStuck)
		case k.progress.status().Waiting > 0:
			k.Nudge()
		case flush != nil:
			end(errDone)
		}
		k.tell()
		poll.Reset(k.pause())
	}
}

// pause returns the time until the next look at the log. The commits of this node wake the
// relay, so only those of other nodes are urgent.
func (k *keeper) pause() time.Duration {
	switch {
	case !k.cfg.OtherNodes():
		return alonePoll
	case time.Since(k.newHead) < busyFor:
		return busyPoll
	}
	return idlePoll
}

// tend renews the lease, stores the watermark and reads the log's head, each when it is due.
func (k *keeper) tend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.renewEvery())
	defer cancel()
	now := time.Now()
	done := max(k.progress.done(), k.saved) // it is below when events are missing on Kafka that were there once
	if unsaved := done > k.saved; now.Sub(k.renewed) >= k.renewEvery() || unsaved && now.Sub(k.renewed) >= saveEvery {
		if err := k.checkHead(ctx, now, done); err != nil { // a log that went back must not get the old watermark
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

// checkRefill ends the term when another refill of the topic is requested.
func (k *keeper) checkRefill(ctx context.Context) error {
	requested, done, _, err := k.lease.Refill(ctx)
	if err != nil {
		return err
	}
	if requested > done && k.refills.due(requested) {
		k.refill = requested
		return errRefill
	}
	return nil
}

// checkHead reads the log's head unless nothing was committed since. done was read before: only
// then is a smaller head a log that went back.
func (k *keeper) checkHead(ctx context.Context, now time.Time, done int64) error {
	stamp := k.source.Stamp() // before Position: a later commit changes it
	if stamp == k.stamp {
		return nil
	}
	at, err := k.source.Position(ctx)
	if err != nil {
		return err
	}
	if at.Seq < done {
		return backError{at.Epoch}
	}
	if at.Seq != k.head {
		k.head, k.newHead = at.Seq, now
	}
	k.progress.saw(at.Seq)
	k.stamp = stamp
	return nil
}
