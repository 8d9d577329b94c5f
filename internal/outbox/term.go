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
	batchBytes  = 512 << 10 // compressed and not, it stays below the 1 MiB that any Kafka takes
	saveEvery   = 250 * time.Millisecond

	busyPoll = 10 * time.Millisecond // for commits that no nudge tells of, soon after the last event
	idlePoll = 50 * time.Millisecond // … and when there was none for busyFor
	busyFor  = 10 * time.Second
)

var (
	errDone    = errors.New("all committed events are published")
	errFlush   = errors.New("the last events could not be published in time")
	errExpired = errors.New("the lease could not be renewed in time")
)

// lead publishes until the term is over or ctx ends. The term outlives ctx by
// the flush, so that a stop leaves nothing waiting.
func (r *Relay) lead(ctx context.Context, term event.Term) {
	r.cfg.Logger.Info("this node publishes events to Kafka", "watermark", term.Watermark, "term", term.Fence)
	r.progress.leading(term.Watermark)
	termCtx, end := context.WithCancelCause(context.WithoutCancel(ctx))
	saved := term.Watermark
	var keeper sync.WaitGroup
	keeper.Go(func() { r.keep(termCtx, ctx.Done(), end, term, &saved) })
	r.publish(termCtx, term)
	keeper.Wait()
	r.leave(termCtx, term, saved)
}

// keep renews the lease, stores the watermark, and ends the term when it has to end.
func (r *Relay) keep(ctx context.Context, stop <-chan struct{}, end context.CancelCauseFunc, term event.Term, saved *int64) {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	var flush <-chan time.Time // set when the relay is stopping
	for renewed := time.Now(); ctx.Err() == nil; {
		select {
		case <-stop:
			stop, flush = nil, time.After(r.cfg.FlushTimeout)
		case <-flush:
			end(errFlush)
			return
		case <-ticker.C:
		}
		at := time.Now()
		err := r.save(ctx, term, saved)
		if err == nil && at.Sub(renewed) >= renewEvery {
			if err = r.renew(ctx, term); err == nil {
				renewed = at
			}
		}
		switch {
		case errors.Is(err, event.ErrFenced):
			end(err)
		case time.Since(renewed) > leaseTTL:
			end(errExpired)
		case err != nil:
			r.fail("the relay's place cannot be stored", err)
		case flush != nil && r.progress.status().Waiting == 0:
			end(errDone)
		}
		r.tell()
	}
}

// save stores how far the relay is, if it went on, and looks how far the log is.
func (r *Relay) save(ctx context.Context, term event.Term, saved *int64) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	if done := r.progress.done(); done > *saved {
		if err := r.lease.Advance(ctx, term, done); err != nil {
			return err
		}
		*saved = done
	}
	head, err := r.source.Head(ctx)
	if err != nil {
		return err
	}
	r.progress.saw(head)
	return nil
}

func (r *Relay) renew(ctx context.Context, term event.Term) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	return r.lease.Renew(ctx, term, leaseTTL)
}

// leave stores the last watermark and gives the lease back, unless the term was lost.
func (r *Relay) leave(ctx context.Context, term event.Term, saved int64) {
	cause := context.Cause(ctx)
	r.cfg.Logger.Info("this node no longer publishes events to Kafka", "watermark", r.progress.done(), "reason", cause)
	if errors.Is(cause, event.ErrFenced) {
		return
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

// publish moves events until the term is over.
func (r *Relay) publish(ctx context.Context, term event.Term) {
	var (
		retry   = newBackoff()
		place   *place
		lastNew = time.Now()
	)
	for ctx.Err() == nil {
		var moved int
		var err error
		if place == nil {
			place, err = r.resume(ctx, term)
		} else {
			moved, err = r.move(ctx, place)
		}
		switch {
		case ctx.Err() != nil:
		case err != nil:
			r.metrics.errors.Inc()
			r.fail("events cannot be published", err)
			sleep(ctx, retry.next())
		case moved > 0:
			retry.reset()
			lastNew = time.Now()
		default:
			retry.reset()
			r.await(ctx, time.Since(lastNew) < busyFor)
		}
	}
}

// await returns when it is time to look for events.
func (r *Relay) await(ctx context.Context, busy bool) {
	poll := idlePoll
	if busy {
		poll = busyPoll
	}
	select {
	case <-ctx.Done():
	case <-r.nudged:
	case <-time.After(poll):
	}
}

// place is how far a term has come.
type place struct {
	seq   int64            // everything up to here is published
	there map[int64]string // ids of later events that are published too
}

// resume finds where to begin: at the watermark, or before it when an event is
// missing on Kafka that was there once. A broker without fsync loses its newest
// ones with the machine's power; a new topic has none.
func (r *Relay) resume(ctx context.Context, term event.Term) (*place, error) {
	r.progress.asking()
	from, ids, err := r.publisher.Tail(ctx, tailEvents)
	if err != nil {
		return nil, err
	}
	p := &place{seq: min(from-1, term.Watermark), there: ids}
	for ; p.seq < term.Watermark; p.seq++ {
		if _, ok := ids[p.seq+1]; !ok {
			r.cfg.Logger.Warn("events are missing on Kafka and are published again", "after", p.seq, "watermark", term.Watermark)
			break
		}
	}
	r.progress.moved(p.seq)
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
