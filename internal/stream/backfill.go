package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/backoff"
	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	gapPatience  = 50 * time.Millisecond  // how long a gap may last before it is filled from the log
	pollInterval = 250 * time.Millisecond // between two looks at the log's head while the stream lacks events
	latePolls    = 2                      // polls after which an event that the log has and Kafka did not bring is late

	pageSize = 200  // events of one read of the log
	loadSize = 1000 // events that are read at the start, so that returning readers find them in memory

	// dependencyTimeout bounds each query of the log.
	dependencyTimeout = 5 * time.Second
)

// retries are the waits after a failed query of the log.
var retries = backoff.Backoff{Min: 50 * time.Millisecond, Max: 2 * time.Second}

// errNotVisible is the error of a read that did not find an event below the log's head. A later query finds it.
var errNotVisible = errors.New("the next event is not visible in the event log")

// load fills the ring with the newest events of the log.
func (s *Stream) load(ctx context.Context) error {
	at, err := s.position(ctx)
	if err != nil {
		return err
	}
	at.Seq = max(at.Seq-loadSize, 0)
	s.order.reset(at)
	if err := s.backfill(ctx); !errors.Is(err, errNotVisible) {
		return err
	}
	return nil // follow reads the rest
}

// follow reads from the log the events that the other sources do not bring: those of a gap after gapPatience, later ones after latePolls.
func (s *Stream) follow(ctx context.Context) {
	changed := s.log.Changes()
	patience := time.NewTimer(time.Hour)
	defer patience.Stop()
	poll := time.NewTimer(pollInterval)
	defer poll.Stop()
	var late lateness
	compare := func(ctx context.Context) error {
		err := s.poll(ctx, &late)
		if late.polls > 0 {
			poll.Reset(pollInterval)
		}
		return err
	}
	for {
		check, changes := s.fillGap, changed
		if late.polls > 0 {
			changes = nil // poll has the next look
		}
		select {
		case <-ctx.Done():
			return
		case <-s.order.gapped:
			patience.Reset(gapPatience)
			continue
		case epoch := <-s.order.broken:
			check = func(ctx context.Context) error { return s.endEpoch(ctx, epoch) }
		case <-patience.C:
		case <-changes:
			check = compare
		case <-poll.C:
			check = compare
		}
		if backoff.Retry(ctx, retries, check) != nil {
			return
		}
	}
}

// fillGap fills the gap if it is gapPatience old. A younger one has set the timer again.
func (s *Stream) fillGap(ctx context.Context) error {
	_, since := s.order.nextSeq()
	if since.IsZero() || time.Since(since) < gapPatience {
		return nil
	}
	s.metrics.fills.Inc()
	return s.backfill(ctx)
}

// lateness is how long the log has had events that were not appended.
type lateness struct {
	head  int64
	polls int
}

// poll compares the log's head with the stream.
func (s *Stream) poll(ctx context.Context, late *lateness) error {
	newest, id := s.ring.newest() // before position: only then does a smaller head mean that the log went back
	at, err := s.position(ctx)
	if err != nil {
		return err
	}
	next, head := newest.Seq+1, at.Seq
	back := head < newest.Seq
	if !back && id != "" && at.Epoch == newest.Epoch {
		back, err = s.replaced(ctx, newest.Seq, id)
	}
	switch {
	case err != nil:
		return err
	case at.Epoch != newest.Epoch:
		*late = lateness{}
		s.moveTo(at)
	case back:
		*late = lateness{}
		return s.beginEpoch(ctx, at.Epoch)
	case head < next:
		*late = lateness{}
	case late.polls == 0 || next > late.head:
		*late = lateness{head: head, polls: 1}
	case late.polls < latePolls:
		late.polls++
	default:
		*late = lateness{}
		s.metrics.fills.Inc()
		return s.backfill(ctx)
	}
	return nil
}

// endEpoch begins the epoch after old, unless the stream has left old.
func (s *Stream) endEpoch(ctx context.Context, old string) error {
	if s.View().Epoch != old {
		return nil
	}
	return s.beginEpoch(ctx, old)
}

// beginEpoch has the log begin the epoch after old, as it lost events that were appended, unless another node did so before.
func (s *Stream) beginEpoch(ctx context.Context, old string) error {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	if _, err := s.log.NewEpoch(ctx, old); err != nil {
		return s.recordLogError(fmt.Errorf("beginning a new epoch of the event log: %w", err))
	}
	at, err := s.position(ctx)
	if err == nil {
		s.moveTo(at)
	}
	return err
}

// moveTo continues at a position of another epoch, unless the stream is in that epoch. All readers start again.
func (s *Stream) moveTo(at event.Position) {
	if s.cfg.Observer != nil {
		s.cfg.Observer.Doubt()
	}
	before, changed := s.order.moveTo(at)
	if !changed {
		return
	}
	s.cfg.Logger.Warn("event log has a new epoch; all clients reload their lists", "before", before, "epoch", at.Epoch, "head", at.Seq)
	s.cfg.OnGrow()
}

// replaced reports whether the log has another event with the number of one that was appended. Two histories of the log that
// share an event share all events before it.
func (s *Stream) replaced(ctx context.Context, seq int64, id string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	now, err := s.log.ID(ctx, seq)
	if err != nil {
		return false, s.recordLogError(fmt.Errorf("reading the id of event %d: %w", seq, err))
	}
	return now != "" && now != id, nil
}

// backfill appends all events that the log has from the next seq on. It skips numbers only if they have left the log or are lost.
func (s *Stream) backfill(ctx context.Context) error {
	for {
		next, gapSince := s.order.nextSeq()
		events, err := s.after(ctx, next-1)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return s.endBackfill(ctx, next, !gapSince.IsZero())
		}
		if events[0].Epoch != s.View().Epoch {
			at, err := s.position(ctx)
			if err == nil {
				s.moveTo(at)
			}
			return err
		}
		if first := events[0].Seq; first > next {
			if err := s.mustBeGone(ctx, next, first-1); err != nil {
				return err
			}
			if s.order.skipTo(first) {
				s.cfg.Logger.Error("events were deleted from the event log before delivery", "from", next, "to", first-1)
			}
		}
		s.publish(event.BeforeGap(events), fromLog)
	}
}

// endBackfill ends a backfill that found no event from next on. Unless the log's head shows that they exist, the pending events
// are dropped: the log does not have them.
func (s *Stream) endBackfill(ctx context.Context, next int64, drop bool) error {
	at, err := s.position(ctx)
	if err != nil {
		return err
	}
	if now, _ := s.order.nextSeq(); at.Seq >= next && now == next {
		return fmt.Errorf("%w: %d", errNotVisible, next)
	}
	if drop {
		s.order.dropPending()
	}
	return nil
}
