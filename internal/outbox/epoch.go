package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// backError is the error of a log that has lost events which were published, as after the
// restore of a backup: its next events get numbers that others had.
type backError struct{ epoch string }

func (backError) Error() string { return "event log rolled back behind the watermark" }

func isBack(err error) bool { return errors.As(err, new(backError)) }

// startTail is how many events CheckLog looks at.
const startTail = 30

// CheckLog begins a new epoch of the log when the log has lost events that were published.
// Call it before the first request is served. While Kafka or the database is away it returns an error;
// the relay does the same whenever it begins to lead.
func (r *Relay) CheckLog(ctx context.Context, watermark int64) error {
	_, _, err := r.tail(ctx, startTail, watermark)
	var back backError
	if errors.As(err, &back) {
		return r.beginEpoch(ctx, back.epoch)
	}
	return err
}

// tail asks for the newest published events, and returns them with the epoch of the log. It
// returns a backError unless the newest of them is in the log: two histories of the log that
// share an event share all before it.
func (r *Relay) tail(ctx context.Context, last int, watermark int64) (epoch string, tail Tail, err error) {
	before, err := r.source.Position(ctx)
	if err != nil {
		return "", tail, fmt.Errorf("reading the log's head: %w", err)
	}
	if tail, err = r.publisher.Tail(ctx, before.Epoch, last); err != nil {
		return "", tail, err
	}
	at, err := r.source.Position(ctx) // after the tail: published events were committed before
	if err != nil {
		return "", tail, fmt.Errorf("reading the log's head: %w", err)
	}
	if at.Epoch != before.Epoch {
		return "", tail, errors.New("a new epoch of the event log has begun")
	}
	// A backup of an earlier epoch: only then has the log published events, and the topic others after them.
	if watermark > 0 && tail.Newest != "" && tail.Newest != at.Epoch {
		return "", tail, backError{at.Epoch}
	}
	if len(tail.IDs) == 0 {
		return at.Epoch, tail, nil
	}
	newest := slices.Max(slices.Collect(maps.Keys(tail.IDs)))
	if at.Seq < newest {
		return "", tail, backError{at.Epoch}
	}
	events, err := r.source.After(ctx, newest-1, 1)
	if err != nil {
		return "", tail, fmt.Errorf("reading the log: %w", err)
	}
	if len(events) > 0 && events[0].Seq == newest && events[0].ID != tail.IDs[newest] {
		return "", tail, backError{at.Epoch}
	}
	return at.Epoch, tail, nil
}

// beginEpoch makes the epoch after old the present one, unless another node already has.
func (r *Relay) beginEpoch(ctx context.Context, old string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.LeaseTTL)
	defer cancel()
	epoch, err := r.source.NewEpoch(ctx, old)
	if err != nil {
		r.fail("beginning a new epoch of the event log failed", err)
		return err
	}
	r.cfg.Logger.Error("event log rolled back (database restored?): published events are missing; beginning a new epoch and publishing the event log again",
		"before", old, "epoch", epoch)
	return nil
}
