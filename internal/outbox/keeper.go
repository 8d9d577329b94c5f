package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	saveEvery = 250 * time.Millisecond
	busyPoll  = 10 * time.Millisecond  // for commits that no nudge tells of, soon after the last event
	idlePoll  = 100 * time.Millisecond // … and when there was none for busyFor
	busyFor   = 10 * time.Second
)

// keeper looks after a term while its events are published: it watches the log's
// head, stores the watermark and renews the lease, each at its own pace.
type keeper struct {
	*Relay
	term    event.Term
	head    int64
	newHead time.Time // when head last changed
	stamp   [4]int64  // of the log when its head was read
	saved   int64     // the watermark that is stored
	savedAt time.Time
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
		case errors.Is(err, event.ErrFenced), isBack(err), errors.Is(err, errRefill):
			end(err)
		case time.Since(k.renewed) > leaseTTL:
			end(errExpired)
		case err != nil:
			k.fail("the database does not answer the relay", err)
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

func (k *keeper) pause() time.Duration {
	if time.Since(k.newHead) < busyFor {
		return busyPoll
	}
	return idlePoll
}

// tend does what is due.
func (k *keeper) tend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	now := time.Now()
	if now.Sub(k.renewed) >= renewEvery {
		if err := k.lease.Renew(ctx, k.term, leaseTTL); err != nil {
			return err
		}
		k.renewed = now
		requested, done, _, err := k.lease.Refill(ctx)
		if err != nil {
			return err
		}
		if requested > done && k.refills.due(requested) {
			k.refill = requested
			return errRefill
		}
	}
	stamp := k.source.Stamp() // before Position: what is committed later changes it
	if stamp == k.stamp && k.saved == k.progress.done() {
		return nil
	}
	done := k.progress.done() // before Position: only then is a smaller head a log that went back
	at, err := k.source.Position(ctx)
	if err != nil {
		return err
	}
	if at.Seq < done {
		return backError{at.Epoch}
	}
	if done > k.saved && now.Sub(k.savedAt) >= saveEvery {
		if err := k.lease.Advance(ctx, k.term, done); err != nil {
			return err
		}
		k.saved, k.savedAt = done, now
	}
	if at.Seq != k.head {
		k.head, k.newHead = at.Seq, now
	}
	k.progress.saw(at.Seq)
	k.stamp = stamp
	return nil
}
