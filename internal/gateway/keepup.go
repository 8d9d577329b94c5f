package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	holePatience = 50 * time.Millisecond  // how long Kafka may still bring what is missing
	pollInterval = 250 * time.Millisecond // how often the log's head is read
	latePolls    = 2                      // polls after which what the log has and Kafka did not bring is late

	pageSize    = 200  // events read from the log at once
	preloadSize = 1000 // events read at the start, so that those who return need not ask the log

	// dependencyTimeout bounds each question to the log and to Auth.
	dependencyTimeout = 5 * time.Second
	retryFirst        = 50 * time.Millisecond
	retryMost         = 2 * time.Second
)

// preload fills the ring with the newest events of the log.
func (h *Hub) preload(ctx context.Context) error {
	at, err := h.position(ctx)
	if err != nil {
		return err
	}
	at.Seq = max(at.Seq-preloadSize, 0)
	h.stream.reset(at)
	if err := h.fill(ctx); !errors.Is(err, errNotVisible) {
		return err
	}
	return nil // keepUp goes on
}

// keepUp fills from the log what Kafka fails to bring: holes soon, silence a little later.
func (h *Hub) keepUp(ctx context.Context) {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	patience := time.NewTimer(time.Hour)
	defer patience.Stop()
	var late lateness
	for {
		check := h.fillHole
		select {
		case <-ctx.Done():
			return
		case <-h.stream.opened:
			patience.Reset(holePatience)
			continue
		case epoch := <-h.stream.broken:
			check = func(ctx context.Context) error {
				if h.Epoch() != epoch {
					return nil
				}
				return h.beginEpoch(ctx, epoch)
			}
		case <-patience.C:
		case <-poll.C:
			check = func(ctx context.Context) error { return h.poll(ctx, &late) }
		}
		if retry(ctx, check) != nil {
			return
		}
	}
}

// retry does something until it succeeds, waiting longer each time. It returns an
// error only when ctx has ended.
func retry(ctx context.Context, do func(context.Context) error) error {
	wait := retryFirst
	for {
		err := do(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMost)
	}
}

// fillHole fills the hole that was open long enough. A later one opened its own patience.
func (h *Hub) fillHole(ctx context.Context) error {
	_, since := h.stream.owed()
	if since.IsZero() || time.Since(since) < holePatience {
		return nil
	}
	h.metrics.fills.Inc()
	return h.fill(ctx)
}

// lateness is what the log had and Kafka had not brought, for some polls on end.
type lateness struct {
	head  int64
	polls int
	shown [4]int64 // the stamp of the log when all of it was delivered
}

// poll compares the log's head with what was delivered.
func (h *Hub) poll(ctx context.Context, late *lateness) error {
	stamp := h.log.Stamp() // before position: a later commit changes it
	if stamp == late.shown {
		return nil
	}
	shown, id := h.stream.ring.newest() // before position: only then is a smaller head a log that went back
	at, err := h.position(ctx)
	if err != nil {
		return err
	}
	next, head := shown.Seq+1, at.Seq
	back := head < shown.Seq
	if !back && id != "" && at.Epoch == shown.Epoch {
		back, err = h.replaced(ctx, shown.Seq, id)
	}
	switch {
	case err != nil:
		return err
	case at.Epoch != shown.Epoch:
		*late = lateness{}
		h.restart(at)
	case back:
		*late = lateness{}
		return h.beginEpoch(ctx, at.Epoch)
	case head < next:
		*late = lateness{shown: stamp}
	case late.polls == 0 || next > late.head:
		*late = lateness{head: head, polls: 1}
	case late.polls < latePolls:
		late.polls++
	default:
		*late = lateness{}
		h.metrics.fills.Inc()
		return h.fill(ctx)
	}
	return nil
}

// beginEpoch makes the log begin the epoch after old, as it lost events that were delivered,
// unless another node was faster.
func (h *Hub) beginEpoch(ctx context.Context, old string) error {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	if _, err := h.log.NewEpoch(ctx, old); err != nil {
		return h.recordLogError(fmt.Errorf("beginning a new epoch of the event log: %w", err))
	}
	at, err := h.position(ctx)
	if err == nil {
		h.restart(at)
	}
	return err
}

// restart continues in another epoch of the log, unless the stream is in it already. All clients
// fetch their lists again.
func (h *Hub) restart(at event.Position) {
	if h.cfg.Observer != nil {
		h.cfg.Observer.Doubt()
	}
	before, changed := h.stream.follow(at)
	if !changed {
		return
	}
	h.cfg.Logger.Warn("event log has a new epoch; all clients reload their lists", "before", before, "epoch", at.Epoch, "head", at.Seq)
	h.wake()
}

// replaced reports whether the log has another event with the number of one that was delivered:
// two histories of the log that share an event share all before it.
func (h *Hub) replaced(ctx context.Context, seq int64, id string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	now, err := h.log.ID(ctx, seq)
	if err != nil {
		return false, h.recordLogError(fmt.Errorf("reading the id of event %d: %w", seq, err))
	}
	return now != "" && now != id, nil
}

// errNotVisible is the error of a read that did not find an event below the log's head. A
// later query finds it, so the read is repeated.
var errNotVisible = errors.New("the next event is not visible in the event log")

// fill publishes all that the log has from the owed seq on. It skips numbers only when they
// have left the log or are lost.
func (h *Hub) fill(ctx context.Context) error {
	for {
		next, hole := h.stream.owed()
		events, err := h.after(ctx, next-1)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return h.atEnd(ctx, next, !hole.IsZero())
		}
		if epoch := events[0].Epoch; epoch != h.Epoch() {
			at, err := h.position(ctx)
			if err == nil {
				h.restart(at)
			}
			return err
		}
		if first := events[0].Seq; first > next {
			if err := h.gone(ctx, next, first-1); err != nil {
				return err
			}
			if h.stream.skip(first) {
				h.cfg.Logger.Error("events were deleted from the event log before delivery", "from", next, "to", first-1)
			}
		}
		h.publish(event.BeforeGap(events), fromLog)
	}
}

// atEnd ends a fill that found no event from next on. The stream drops the later events that
// wait for it: the log does not have them, unless its head is already behind next.
func (h *Hub) atEnd(ctx context.Context, next int64, drop bool) error {
	at, err := h.position(ctx)
	if err != nil {
		return err
	}
	if owed, _ := h.stream.owed(); at.Seq >= next && owed == next {
		return fmt.Errorf("%w: %d", errNotVisible, next)
	}
	if drop {
		h.stream.forget()
	}
	return nil
}

// gone returns errNotVisible unless the events at both ends of a gap have left the log or are lost.
func (h *Hub) gone(ctx context.Context, first, last int64) error {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	for _, seq := range [...]int64{first, last} {
		gone, err := h.log.Gone(ctx, seq)
		if err != nil {
			return h.recordLogError(fmt.Errorf("reading the event log's start: %w", err))
		}
		if !gone {
			return fmt.Errorf("%w: %d", errNotVisible, seq)
		}
	}
	return nil
}

// after reads one page of the log.
func (h *Hub) after(ctx context.Context, seq int64) ([]event.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	events, err := h.log.After(ctx, seq, pageSize)
	if err != nil {
		err = fmt.Errorf("reading events after %d: %w", seq, err)
	}
	return events, h.recordLogError(err)
}

// position reads the log's epoch and the seq of its newest event.
func (h *Hub) position(ctx context.Context) (event.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	at, err := h.log.Position(ctx)
	if err != nil {
		err = fmt.Errorf("reading the event log's head: %w", err)
	}
	return at, h.recordLogError(err)
}

// recordLogError keeps the error that Ready returns, and returns err. An error of a canceled question is none of the log.
// It logs when the log cannot be read, at most once in logFlapWindow, and after each such line when it can be read again.
func (h *Hub) recordLogError(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err == nil {
		h.logFault.Store(nil)
		if h.logWarned.CompareAndSwap(true, false) {
			h.cfg.Logger.Info("event log readable again")
		}
		return nil
	}
	h.logFault.Store(&err)
	now, last := int64(h.clock()), h.logWarnedAt.Load()
	if due := last == 0 || now-last >= int64(logFlapWindow); due && !h.logWarned.Load() && h.logWarnedAt.CompareAndSwap(last, now) {
		h.cfg.Logger.Warn("reading the event log failed", "error", err)
		h.logWarned.Store(true)
	}
	return err
}

// logFlapWindow bounds the lines about an event log that can be read at times only.
const logFlapWindow = 10 * time.Second
