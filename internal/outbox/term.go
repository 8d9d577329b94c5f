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
	tailEvents  = 10_000 // how many of the newest events a term begins with looking for on Kafka
	batchEvents = 500
	batchBytes  = 512 << 10 // before encoding, so that a batch stays below the 1 MiB that any topic takes

	// gapLimit is how long the next event may be invisible before the relay reports it.
	gapLimit = time.Second

	// How long a leader from which nothing reaches Kafka stays one. A cluster that lost
	// a broker is back sooner.
	firstPatience   = 8 * time.Second
	longestPatience = time.Minute
)

var (
	errDone    = errors.New("all committed events are published")
	errFlush   = errors.New("the last events could not be published in time")
	errExpired = errors.New("the lease could not be renewed in time")
	errStuck   = errors.New("publishing to Kafka stalled")
	errRefill  = errors.New("a refill of the topic was requested")

	errNotEmptied = errors.New("the topic could not be emptied")
)

// lead publishes until the term is over or ctx ends. The term outlives ctx by
// the flush, so that a stop leaves nothing waiting.
//
// A node that cannot reach Kafka gives the others a chance for a moment, and more
// seldom the longer that lasts: it may be Kafka that is away.
func (r *Relay) lead(ctx context.Context, term Term) {
	if !r.leading {
		r.leading = true
		r.cfg.Logger.Info("this node is now the relay leader", "watermark", term.Watermark, "term", term.Fence)
	}
	if r.progress.stuck() == 0 {
		r.patience = firstPatience
	}
	r.progress.leading(term.Watermark)
	termCtx, end := context.WithCancelCause(context.WithoutCancel(ctx))
	now := time.Now()
	k := &keeper{Relay: r, term: term, saved: term.Watermark, newHead: now, renewed: now, began: now}
	var kept sync.WaitGroup
	kept.Go(func() { k.keep(termCtx, ctx.Done(), end) })
	r.publish(termCtx, end)
	kept.Wait()
	cause := context.Cause(termCtx)
	if k.refill > 0 {
		cause = r.refill(ctx, term, k.refill)
	}
	var back backError
	if errors.As(cause, &back) {
		r.beginEpoch(ctx, back.epoch)
	}
	r.leave(ctx, cause, term, k.saved)
	switch {
	case errors.Is(cause, errStuck):
		r.patience = min(2*r.patience, longestPatience)
		sleep(ctx, 3*followEvery)
	case isBack(cause):
		sleep(ctx, followEvery)
	}
}

// leave stores the last watermark and gives the lease back, unless the term was lost.
func (r *Relay) leave(ctx context.Context, cause error, term Term, saved int64) {
	if !errors.Is(cause, errStuck) && !errors.Is(cause, errRefill) && !errors.Is(cause, errNotEmptied) { // else it may lead again
		r.noLonger(cause)
	}
	if isBack(cause) {
		r.progress.leading(0)
	}
	if errors.Is(cause, ErrFenced) || errors.Is(cause, errExpired) || isBack(cause) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.LeaseTTL)
	defer cancel()
	var err error
	if done := r.progress.done(); done > saved && !errors.Is(cause, errRefill) {
		err = r.lease.Advance(ctx, term, done)
	}
	if err = errors.Join(err, r.lease.Release(ctx, term)); err != nil {
		r.cfg.Logger.Warn("releasing the relay lease failed", "error", err)
	}
}

// noLonger logs the end of this node's leading.
func (r *Relay) noLonger(reason error) {
	r.leading = false
	r.cfg.Logger.Info("this node is no longer the relay leader", "watermark", r.progress.done(), "reason", reason)
}

// publish moves events until the term is over.
func (r *Relay) publish(ctx context.Context, end context.CancelCauseFunc) {
	r.leads.Store(true)
	defer func() {
		r.leads.Store(false)
		r.committed.Take()
	}()
	retry := newBackoff()
	var at *cursor
	for ctx.Err() == nil {
		var err error
		if at == nil {
			at, err = r.resume(ctx)
		}
		moved := 0
		if err == nil {
			moved, err = r.move(ctx, at)
		}
		if isBack(err) {
			end(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			r.metrics.errors.Inc()
			r.fail("publishing events failed", err)
			at = nil // some may be there all the same, and others no longer
			sleep(ctx, retry.next())
			continue
		}
		retry.reset()
		if moved == 0 || r.progress.status().Waiting == 0 {
			select {
			case <-ctx.Done():
			case <-r.nudged: // by a commit on this node, or by the keeper who saw the head
			}
		}
	}
}

// cursor is the position of a term in the event log.
type cursor struct {
	epoch            string           // of the log
	seq              int64            // every event up to this one is published
	alreadyPublished map[int64]string // ids of later events that are published too
	committed        []event.Event    // of this node, by number, that are to be published
	gapSince         time.Time        // since when the next event is not visible though the log's head is above seq; zero: it is not so
}

// resume finds where to begin: behind what is known to be published, or before
// that when an event is missing on Kafka that was there once. A broker without
// fsync loses its newest ones with the machine's power; a new topic has none.
func (r *Relay) resume(ctx context.Context) (*cursor, error) {
	r.progress.asking()
	done := r.progress.done()
	epoch, tail, err := r.tail(ctx, tailEvents, done)
	if err != nil {
		return nil, err
	}
	p := &cursor{epoch: epoch, seq: min(tail.From-1, done), alreadyPublished: tail.IDs}
	for ; p.seq < done; p.seq++ {
		if _, ok := tail.IDs[p.seq+1]; !ok {
			if r.missing != p.seq {
				r.cfg.Logger.Warn("events missing on Kafka; publishing them again", "after", p.seq, "watermark", done)
			}
			r.missing = p.seq
			break
		}
	}
	r.progress.resumed(p.seq)
	return p, nil
}

// move publishes the next events and returns their number.
func (r *Relay) move(ctx context.Context, c *cursor) (int, error) {
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
		batch := firstBytes(rest, batchBytes)
		rest = rest[len(batch):]
		if err := r.send(ctx, c, batch); err != nil {
			return 0, err
		}
	}
	return len(events), nil
}

// next returns the events that follow c without a gap. It skips numbers only when they have
// left the log or are lost: an event that is not visible yet is published in its turn, or
// Kafka would never get it.
func (r *Relay) next(ctx context.Context, c *cursor) ([]event.Event, error) {
	if events := r.nextCommitted(c); len(events) > 0 {
		return events, nil
	}
	events, err := r.source.After(ctx, c.seq, batchEvents)
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

// nextCommitted returns the events that follow c without a gap, as far as this node has
// committed them since c was there.
func (r *Relay) nextCommitted(c *cursor) []event.Event {
	published := func(e event.Event) bool { return e.Seq <= c.seq || e.Epoch != c.epoch }
	c.committed = slices.DeleteFunc(c.committed, published)
	if len(c.committed) == 0 || c.committed[0].Seq != c.seq+1 { // else the events already taken are published first, which bounds their number
		c.committed = append(c.committed, r.committed.Take()...)
		c.committed = slices.DeleteFunc(c.committed, published)
		slices.SortFunc(c.committed, func(a, b event.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	if len(c.committed) == 0 {
		return nil
	}
	if c.committed[0].Seq != c.seq+1 { // another node's come first, from the log
		if len(c.committed) > batchEvents {
			c.committed = nil // the log has them
		}
		return nil
	}
	events := event.BeforeGap(c.committed[:min(len(c.committed), batchEvents)])
	c.committed = c.committed[len(events):]
	return events
}

// gone reports whether the events at both ends of a gap have left the log or are lost.
func (r *Relay) gone(ctx context.Context, first, last int64) (bool, error) {
	gone, err := r.source.Gone(ctx, first)
	if err != nil || !gone {
		return false, err
	}
	return r.source.Gone(ctx, last)
}

// awaitNext updates the progress when no event follows c: every event is published, or the
// next one is not visible. The latter passes with the next query; it is reported when it lasts.
func (r *Relay) awaitNext(c *cursor) {
	if r.progress.status().Waiting == 0 {
		c.alreadyPublished, c.gapSince = nil, time.Time{}
		r.progress.moved(c.seq)
		return
	}
	if c.gapSince.IsZero() {
		c.gapSince = time.Now()
	}
	if time.Since(c.gapSince) >= gapLimit {
		r.fail("publishing events failed", fmt.Errorf("event %d is not visible in the event log: run wiredesk verify", c.seq+1))
	}
}

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
	r.progress.moved(last)
	return nil
}

func (r *Relay) startSpans(batch []event.Event) (end func(error)) {
	if r.cfg.StartSpans == nil {
		return func(error) {}
	}
	return r.cfg.StartSpans(batch)
}

// firstBytes returns as many of the first events as have at most size bytes, and at least one.
func firstBytes(events []event.Event, size int) []event.Event {
	for i, e := range events {
		if size -= len(e.Data); size < 0 && i > 0 {
			return events[:i]
		}
	}
	return events
}
