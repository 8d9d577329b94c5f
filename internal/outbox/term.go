package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	tailEvents = 10_000 // the newest events of the topic, which a term reads first

	// gapLimit is the time after which an invisible next event makes the relay unhealthy.
	gapLimit = time.Second

	// A leader steps down when nothing has reached Kafka for its stall limit, which doubles with
	// each such term. A cluster replaces a lost broker in less.
	minStallLimit = 8 * time.Second
	maxStallLimit = time.Minute
)

// Reasons for the end of a term, besides ErrFenced and rollbackError.
var (
	errDone    = errors.New("all committed events are published")
	errFlush   = errors.New("the last events could not be published in time")
	errExpired = errors.New("the lease could not be renewed in time")
	errStalled = errors.New("publishing to Kafka stalled")
	errRefill  = errors.New("a refill of the topic was requested")

	errNotEmptied = errors.New("the topic could not be emptied")
)

// lead publishes until the term ends. After the end of ctx the term lasts until the flush is done, so
// that a stop leaves no event waiting.
//
// A node that cannot reach Kafka releases the lease for a moment, so that another node can try. It
// does so less often the longer the failure lasts, as Kafka itself may be unavailable.
func (r *Relay) lead(ctx context.Context, term Term) {
	if !r.leading {
		r.leading = true
		r.cfg.Logger.Info("this node is now the relay leader", "watermark", term.Watermark, "term", term.Fence)
	}
	if r.progress.stalledFor() == 0 {
		r.stallLimit = minStallLimit
	}
	r.progress.startTerm(term.Watermark)
	termCtx, end := context.WithCancelCause(context.WithoutCancel(ctx))
	now := time.Now()
	k := &leaseKeeper{Relay: r, term: term, saved: term.Watermark, newHead: now, renewed: now, began: now, stopPublishing: make(chan struct{})}
	var kept sync.WaitGroup
	kept.Go(func() { k.run(termCtx, ctx.Done(), end) })
	r.publish(termCtx, k.stopPublishing, end)
	kept.Wait()
	cause := context.Cause(termCtx)
	if errors.Is(cause, errRefill) {
		cause = r.refill(ctx, term, k.refill)
	}
	var rollback rollbackError
	if errors.As(cause, &rollback) {
		r.beginEpoch(ctx, rollback.epoch)
	}
	r.releaseTerm(ctx, cause, term, k.saved)
	switch {
	case errors.Is(cause, errStalled):
		r.stallLimit = min(2*r.stallLimit, maxStallLimit)
		sleep(ctx, 3*followEvery)
	case isRollback(cause):
		sleep(ctx, followEvery)
	}
}

// releaseTerm stores the last watermark and releases the lease, unless the term was lost.
func (r *Relay) releaseTerm(ctx context.Context, cause error, term Term, saved int64) {
	if !errors.Is(cause, errStalled) && !errors.Is(cause, errRefill) && !errors.Is(cause, errNotEmptied) { // else this node probably leads the next term too
		r.logStepDown(cause)
	}
	if isRollback(cause) {
		r.progress.startTerm(0)
	}
	if errors.Is(cause, ErrFenced) || errors.Is(cause, errExpired) || isRollback(cause) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.LeaseTTL)
	defer cancel()
	var err error
	if done := r.progress.watermark(); done > saved && !errors.Is(cause, errRefill) {
		err = r.lease.Advance(ctx, term, done)
	}
	if err = errors.Join(err, r.lease.Release(ctx, term)); err != nil {
		r.cfg.Logger.Warn("releasing the relay lease failed", "error", err)
	}
}

// logStepDown logs the end of leadership.
func (r *Relay) logStepDown(reason error) {
	r.leading = false
	r.cfg.Logger.Info("this node is no longer the relay leader", "watermark", r.progress.watermark(), "reason", reason)
}

// publish publishes events until ctx, the context of the term, ends. It ends the term with end after a rollback, and for a refill
// when stop is closed: then no event is being sent to Kafka any more.
func (r *Relay) publish(ctx context.Context, stop <-chan struct{}, end context.CancelCauseFunc) {
	r.leads.Store(true)
	defer func() {
		r.leads.Store(false)
		r.committed.Take()
	}()
	retry := newRetry()
	var at *cursor
	for ctx.Err() == nil {
		select {
		case <-stop:
			end(errRefill)
			return
		default:
		}
		var err error
		if at == nil {
			at, err = r.resume(ctx)
		}
		moved := 0
		if err == nil {
			moved, err = r.publishNext(ctx, at, stop)
		}
		if isRollback(err) {
			end(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			r.metrics.errors.Inc()
			r.fail("publishing events failed", err)
			at = nil // some events may be in Kafka nevertheless, so the tail is read again
			sleep(ctx, retry.Next())
			continue
		}
		retry.Reset()
		if moved == 0 || r.progress.status().Waiting == 0 {
			select {
			case <-ctx.Done():
			case <-stop:
			case <-r.nudged: // by a commit of this node, or by the leaseKeeper after it read a new head
			}
		}
	}
}

// cursor is the position of a term in the event log.
type cursor struct {
	epoch            string           // of the log
	seq              int64            // every event up to this number is published
	alreadyPublished map[int64]string // ids of published events after seq, by number
	committed        []event.Event    // of this node, to be published, in the order of their numbers
	head             int64            // of the log at the start; events up to it are read from the log, which may have removed text since their commit
	gapSince         time.Time        // when the next event began to be missing below the log's head; zero: it is not missing
}

// resume returns the position to publish from: after the watermark, or before it if the topic has
// lost events. A broker without fsync loses its newest events when the machine loses power, and a
// topic that was deleted is created empty.
func (r *Relay) resume(ctx context.Context) (*cursor, error) {
	r.progress.startWaiting()
	done := r.progress.watermark()
	at, tail, err := r.tail(ctx, tailEvents, done)
	if err != nil {
		return nil, err
	}
	p := &cursor{epoch: at.Epoch, head: at.Seq, seq: min(tail.From-1, done), alreadyPublished: tail.IDs}
	for ; p.seq < done; p.seq++ {
		if _, ok := tail.IDs[p.seq+1]; !ok {
			if r.missing != p.seq {
				r.cfg.Logger.Warn("events missing on Kafka; publishing them again", "after", p.seq, "watermark", done)
			}
			r.missing = p.seq
			break
		}
	}
	r.progress.resumeAt(p.seq)
	return p, nil
}

// publishNext publishes the next batches after c and returns the number of their events. It ends after a batch when stop is closed.
func (r *Relay) publishNext(ctx context.Context, c *cursor, stop <-chan struct{}) (n int, err error) {
	events, err := r.next(ctx, c)
	if err != nil {
		return 0, fmt.Errorf("reading the log: %w", err)
	}
	if len(events) == 0 {
		r.awaitNext(c)
		return 0, nil
	}
	c.gapSince = time.Time{}
	for rest := events; len(rest) > 0; {
		batch := FirstBatch(rest)
		rest = rest[len(batch):]
		if err := r.send(ctx, c, batch); err != nil {
			return 0, err
		}
		n += len(batch)
		select {
		case <-stop:
			return n, nil
		default:
		}
	}
	return n, nil
}

// next returns the events that follow c without a gap. It skips numbers only if their events were
// deleted or lost. It waits for an event that is not visible yet: published later, it would be out of
// order.
func (r *Relay) next(ctx context.Context, c *cursor) ([]event.Event, error) {
	if events := r.nextCommitted(c); len(events) > 0 {
		return events, nil
	}
	events, err := r.source.After(ctx, c.seq, BatchEvents)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	if first := events[0].Seq; first != c.seq+1 {
		if gone, err := r.gone(ctx, c.seq+1, first-1); err != nil || !gone {
			return nil, err
		}
	}
	return event.BeforeGap(events), nil
}

// nextCommitted returns the events that follow c without a gap from the events that this node has
// committed, none if the next event is not among them.
func (r *Relay) nextCommitted(c *cursor) []event.Event {
	unwanted := func(e event.Event) bool { return e.Seq <= max(c.seq, c.head) || e.Epoch != c.epoch }
	c.committed = slices.DeleteFunc(c.committed, unwanted)
	if len(c.committed) == 0 || c.committed[0].Seq != c.seq+1 { // otherwise publish the taken events first, which bounds their number
		c.committed = append(c.committed, r.committed.Take()...)
		c.committed = slices.DeleteFunc(c.committed, unwanted)
		slices.SortFunc(c.committed, func(a, b event.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	if len(c.committed) == 0 {
		return nil
	}
	if c.committed[0].Seq != c.seq+1 { // the next event is of another node: read it from the log
		if len(c.committed) > BatchEvents {
			c.committed = nil // they are read from the log instead
		}
		return nil
	}
	events := event.BeforeGap(c.committed[:min(len(c.committed), BatchEvents)])
	c.committed = c.committed[len(events):]
	return events
}

// gone reports whether the events at both ends of a gap were deleted or lost.
func (r *Relay) gone(ctx context.Context, first, last int64) (bool, error) {
	gone, err := r.source.Gone(ctx, first)
	if err != nil || !gone {
		return false, err
	}
	return r.source.Gone(ctx, last)
}

// awaitNext updates the progress when no event follows c: either every event is published, or the
// next one is not visible. The latter usually ends with the next query; after gapLimit it is a failure.
func (r *Relay) awaitNext(c *cursor) {
	if r.progress.status().Waiting == 0 {
		c.alreadyPublished, c.gapSince = nil, time.Time{}
		r.progress.published(c.seq)
		return
	}
	if c.gapSince.IsZero() {
		c.gapSince = time.Now()
	}
	if time.Since(c.gapSince) >= gapLimit {
		r.fail("publishing events failed", fmt.Errorf("event %d is not visible in the event log: run wiredesk verify", c.seq+1))
	}
}

// send publishes the events of batch that are not in Kafka yet, and moves c behind the batch.
func (r *Relay) send(ctx context.Context, c *cursor, batch []event.Event) error {
	missing := make([]event.Event, 0, len(batch))
	for _, e := range batch {
		if id, ok := c.alreadyPublished[e.Seq]; !ok || id != e.ID {
			missing = append(missing, e)
		}
	}
	last := batch[len(batch)-1].Seq
	if len(missing) > 0 {
		r.progress.sending(missing[0].Time, last)
		end := r.startSpans(missing)
		if err := r.publisher.Publish(ctx, missing); err != nil {
			end(err)
			return err
		}
		end(nil)
		r.metrics.published.Add(float64(len(missing)))
		r.missing = -1
	}
	c.seq = last
	r.progress.published(last)
	return nil
}

func (r *Relay) startSpans(batch []event.Event) (end func(error)) {
	if r.cfg.StartSpans == nil {
		return func(error) {}
	}
	return r.cfg.StartSpans(batch)
}
