package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	tailEvents  = 10_000 // how many of the newest events a term begins with looking for on Kafka
	batchEvents = 500
	batchBytes  = 512 << 10 // before encoding, so that a batch stays below the 1 MiB that any topic takes

	// How long a leader from which nothing reaches Kafka stays one. A cluster that lost
	// a broker is back sooner.
	firstPatience   = 8 * time.Second
	longestPatience = time.Minute
)

var (
	errDone    = errors.New("all committed events are published")
	errFlush   = errors.New("the last events could not be published in time")
	errExpired = errors.New("the lease could not be renewed in time")
	errStuck   = errors.New("nothing reaches Kafka from this node")
	errBack    = errors.New("the log went back behind what was published")
)

// lead publishes until the term is over or ctx ends. The term outlives ctx by
// the flush, so that a stop leaves nothing waiting.
//
// A node that cannot reach Kafka gives the others a chance for a moment, and more
// seldom the longer that lasts: it may be Kafka that is away.
func (r *Relay) lead(ctx context.Context, term event.Term) {
	if !r.leading {
		r.leading = true
		r.cfg.Logger.Info("this node publishes events to Kafka", "watermark", term.Watermark, "term", term.Fence)
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
	r.publish(termCtx, term)
	kept.Wait()
	r.leave(termCtx, term, k.saved)
	switch cause := context.Cause(termCtx); {
	case errors.Is(cause, errStuck):
		r.patience = min(2*r.patience, longestPatience)
		sleep(ctx, 3*followEvery)
	case errors.Is(cause, errBack):
		sleep(ctx, 3*followEvery)
	}
}

// leave stores the last watermark and gives the lease back, unless the term was lost.
func (r *Relay) leave(ctx context.Context, term event.Term, saved int64) {
	cause := context.Cause(ctx)
	if !errors.Is(cause, errStuck) { // else it may lead again
		r.noLonger(cause)
	}
	if errors.Is(cause, event.ErrFenced) || errors.Is(cause, errExpired) {
		return
	}
	if errors.Is(cause, errBack) {
		r.progress.leading(saved)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTTL)
	defer cancel()
	var err error
	if done := r.progress.done(); done > saved {
		err = r.lease.Advance(ctx, term, done)
	}
	if err = errors.Join(err, r.lease.Release(ctx, term)); err != nil {
		r.cfg.Logger.Warn("giving back the lease of the relay", "error", err)
	}
}

// noLonger logs the end of this node's leading.
func (r *Relay) noLonger(reason error) {
	r.leading = false
	r.cfg.Logger.Info("this node no longer publishes events to Kafka", "watermark", r.progress.done(), "reason", reason)
}

// publish moves events until the term is over.
func (r *Relay) publish(ctx context.Context, term event.Term) {
	retry := newBackoff()
	var place *place
	for ctx.Err() == nil {
		var err error
		if place == nil {
			place, err = r.resume(ctx)
		}
		moved := 0
		if err == nil {
			moved, err = r.move(ctx, place)
		}
		if err != nil && ctx.Err() == nil {
			r.metrics.errors.Inc()
			r.fail("events cannot be published", err)
			place = nil // some may be there all the same, and others no longer
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

// place is how far a term has come.
type place struct {
	seq   int64            // everything up to here is published
	there map[int64]string // ids of later events that are published too
}

// resume finds where to begin: behind what is known to be published, or before
// that when an event is missing on Kafka that was there once. A broker without
// fsync loses its newest ones with the machine's power; a new topic has none.
func (r *Relay) resume(ctx context.Context) (*place, error) {
	r.progress.asking()
	from, ids, err := r.publisher.Tail(ctx, tailEvents)
	if err != nil {
		return nil, err
	}
	done := r.progress.done()
	p := &place{seq: min(from-1, done), there: ids}
	for ; p.seq < done; p.seq++ {
		if _, ok := ids[p.seq+1]; !ok {
			if r.missing != p.seq {
				r.cfg.Logger.Warn("events are missing on Kafka and are published again", "after", p.seq, "watermark", done)
			}
			r.missing = p.seq
			break
		}
	}
	r.progress.resumed(p.seq)
	return p, nil
}

// move publishes the next events and returns how many it went past.
func (r *Relay) move(ctx context.Context, p *place) (int, error) {
	events, err := r.source.After(ctx, p.seq, batchEvents)
	if err != nil {
		return 0, fmt.Errorf("reading the log: %w", err)
	}
	if len(events) == 0 {
		p.there = nil
		r.progress.moved(p.seq)
	}
	for rest := events; len(rest) > 0; {
		batch := firstBytes(rest, batchBytes)
		rest = rest[len(batch):]
		if err := r.send(ctx, p, batch); err != nil {
			return 0, err
		}
	}
	return len(events), nil
}

func (r *Relay) send(ctx context.Context, p *place, batch []event.Event) error {
	missing := make([]event.Event, 0, len(batch))
	for _, e := range batch {
		if id, ok := p.there[e.Seq]; !ok || id != e.ID {
			missing = append(missing, e)
		}
	}
	last := batch[len(batch)-1].Seq
	if len(missing) > 0 {
		r.progress.sending(missing[0].Time, last)
		if err := r.publisher.Publish(ctx, missing); err != nil {
			return err
		}
		r.metrics.published.Add(float64(len(missing)))
		r.missing = -1
	}
	p.seq = last
	r.progress.moved(last)
	return nil
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
