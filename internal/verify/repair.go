package verify

import (
	"context"
	"fmt"
	"math"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// Bounds of what is published at once, so that a batch stays below the 1 MiB that any topic takes.
const (
	batchEvents = 500
	batchBytes  = 512 << 10
)

// Repair publishes what the report says that the topic lacks. A post's events follow in
// order up to its newest, so that readers who drop what they have seen get them in
// order. It returns how many it published.
func (r *Report) Repair(ctx context.Context, store *sqlstore.Store, producer *kafka.Producer) (published int64, err error) {
	if len(r.publish) == 0 {
		return 0, nil
	}
	seq := int64(math.MaxInt64)
	for _, first := range r.publish {
		seq = min(seq, first)
	}
	var batch []event.Event
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := producer.Publish(ctx, batch); err != nil {
			return err
		}
		published += int64(len(batch))
		batch, size = batch[:0], 0
		return nil
	}
	for seq--; ; {
		events, next, err := nextPage(ctx, store, seq)
		if err != nil {
			return published, fmt.Errorf("repairing the topic: %w", err)
		}
		if len(events) == 0 && next == seq+1 {
			break
		}
		seq = next - 1
		for _, e := range events {
			seq = e.Seq
			if first, lacks := r.publish[e.PostID]; !lacks || e.Seq < first {
				continue
			}
			if size+len(e.Data) > batchBytes || len(batch) == batchEvents {
				if err := flush(); err != nil {
					return published, fmt.Errorf("repairing the topic: %w", err)
				}
			}
			batch, size = append(batch, e), size+len(e.Data)
		}
	}
	if err := flush(); err != nil {
		return published, fmt.Errorf("repairing the topic: %w", err)
	}
	return published, nil
}
