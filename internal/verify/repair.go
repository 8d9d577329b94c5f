package verify

import (
	"context"
	"fmt"
	"math"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// Repair publishes the events that the report found missing or out of order on the topic, and after
// them all later events of the same posts: consumers that drop repeats then get them in order. It
// returns the number of published events, also with an error.
func (r *Report) Repair(ctx context.Context, store *sqlstore.Store, producer *kafka.Producer) (published int64, err error) {
	if len(r.publish) == 0 {
		return 0, nil
	}
	seq := int64(math.MaxInt64)
	for _, first := range r.publish {
		seq = min(seq, first)
	}
	for seq--; ; {
		events, next, err := nextPage(ctx, store, seq)
		if err != nil {
			return published, fmt.Errorf("repairing the topic: %w", err)
		}
		if len(events) == 0 && next == seq+1 {
			return published, nil
		}
		seq = next - 1
		if len(events) > 0 {
			seq = events[len(events)-1].Seq
		}
		for rest := r.toPublish(events); len(rest) > 0; {
			batch := outbox.FirstBatch(rest)
			if err := producer.Publish(ctx, batch); err != nil {
				return published, fmt.Errorf("repairing the topic: %w", err)
			}
			published += int64(len(batch))
			rest = rest[len(batch):]
		}
	}
}

// toPublish returns those of events that Repair publishes.
func (r *Report) toPublish(events []event.Event) (selected []event.Event) {
	for _, e := range events {
		if first, found := r.publish[e.PostID]; found && e.Seq >= first {
			selected = append(selected, e)
		}
	}
	return selected
}
