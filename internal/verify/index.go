package verify

import (
	"context"
	"errors"
	"time"
)

// indexWait is how long the check waits until the search index has the newest events. Only servers index:
// without one, the posts of these events are not checked.
const indexWait = 5 * time.Second

// readIndex compares the posts in the search index with the existing ones.
func (c *check) readIndex(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	if err := c.store.AwaitIndex(wait, false); err != nil && !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	indexed, err := c.store.IndexedSeq(ctx)
	if err != nil {
		return err
	}
	c.report.indexed, c.report.unindexed = indexed, max(c.read-indexed, 0)
	for _, live := range []bool{false, true} {
		kind := map[bool]string{false: "post", true: "live post"}[live]
		if err := c.readIndexOf(ctx, live, indexed, c.store.Unindexed, kind+" %d is not in the search index"); err != nil {
			return err
		}
		if err := c.readIndexOf(ctx, live, indexed, c.store.IndexOrphans, kind+" %d does not exist, but the search index has its words"); err != nil {
			return err
		}
	}
	return nil
}

// readIndexOf reports the ids that list returns, except those with an event after the number indexed.
func (c *check) readIndexOf(ctx context.Context, live bool, indexed int64, list func(ctx context.Context, live bool, after int64, limit int) ([]int64, error), format string) error {
	for after := int64(0); ; {
		ids, err := list(ctx, live, after, pagePosts)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			after = id
			before, err := c.lastEvent(ctx, id)
			if err != nil {
				return err
			}
			again, err := list(ctx, live, id-1, 1)
			if err != nil {
				return err
			}
			last, err := c.lastEvent(ctx, id)
			if err != nil {
				return err
			}
			if len(again) > 0 && again[0] == id && last.Seq == before.Seq && last.Seq <= indexed {
				c.report.found(indexDiffers, format, id)
			}
		}
	}
}
