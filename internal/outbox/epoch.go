package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/wiredesk/wiredesk/internal/event"
)

// rollbackError reports that the event log has lost published events, as after the restore of a
// backup. Their numbers will be assigned again, to other events.
type rollbackError struct{ epoch string } // the epoch of the log at that time

func (rollbackError) Error() string { return "event log rolled back behind the watermark" }

func isRollback(err error) bool { return errors.As(err, new(rollbackError)) }

// startTail is the number of published events that CheckLog reads.
const startTail = 30

// CheckLog begins a new epoch of the log if the log has lost published events. Call it before the
// first request is served, so that no client sees a number of the old epoch again. It returns an error
// while Kafka or the database is unavailable; that may be ignored, as each term begins with the same check.
func (r *Relay) CheckLog(ctx context.Context, watermark int64) error {
	_, _, err := r.tail(ctx, startTail, watermark)
	var rollback rollbackError
	if errors.As(err, &rollback) {
		return r.beginEpoch(ctx, rollback.epoch)
	}
	return err
}

// tail reads about the last newest published events, and returns them with the position of the log. It
// returns a rollbackError unless the newest of them is in the log: two histories of the log that
// share an event share all events before it.
func (r *Relay) tail(ctx context.Context, last int, watermark int64) (at event.Position, tail Tail, err error) {
	before, err := r.source.Position(ctx)
	if err != nil {
		return at, tail, fmt.Errorf("reading the log's head: %w", err)
	}
	if tail, err = r.publisher.Tail(ctx, before.Epoch, last); err != nil {
		return at, tail, err
	}
	at, err = r.source.Position(ctx) // read after the tail, as published events were committed before
	if err != nil {
		return at, tail, fmt.Errorf("reading the log's head: %w", err)
	}
	if at.Epoch != before.Epoch {
		return at, tail, errors.New("a new epoch of the event log has begun")
	}
	// Events of this log were published, and events of another epoch after them: a backup of an earlier epoch.
	if watermark > 0 && tail.Newest != "" && tail.Newest != at.Epoch {
		return at, tail, rollbackError{at.Epoch}
	}
	if len(tail.IDs) == 0 {
		return at, tail, nil
	}
	newest := slices.Max(slices.Collect(maps.Keys(tail.IDs)))
	if at.Seq < newest {
		return at, tail, rollbackError{at.Epoch}
	}
	events, err := r.source.After(ctx, newest-1, 1)
	if err != nil {
		return at, tail, fmt.Errorf("reading the log: %w", err)
	}
	if len(events) > 0 && events[0].Seq == newest && events[0].ID != tail.IDs[newest] {
		return at, tail, rollbackError{at.Epoch}
	}
	return at, tail, nil
}

// beginEpoch replaces the epoch old by a new one, unless another node already has.
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
