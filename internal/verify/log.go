package verify

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

const (
	pageEvents     = 1000
	visibleTimeout = 10 * time.Second
)

// readLog reads the whole event log, and finds gaps and damaged events.
func (c *check) readLog(ctx context.Context) error {
	oldest, err := c.store.Oldest(ctx)
	if err != nil {
		return err
	}
	c.restart(oldest)
	if err := c.readNew(ctx); err != nil {
		return err
	}
	head, err := c.store.Head(ctx)
	if err != nil {
		return err
	}
	if c.read > head {
		c.report.found(gap, "the counter is %d, but the log continues to %d", head, c.read)
	}
	if first := c.report.oldest; first > 1 && !c.cfg.Retention {
		c.report.lost += first - 1
		c.report.found(gap, "%s: the log begins with %d (when EVENT_RETENTION was set once, set it for this check)", span(1, first-1), first)
	}
	return nil
}

// restart drops the entries and begins again at oldest, the first event of the log.
func (c *check) restart(oldest int64) {
	c.log, c.lastMissing, c.chains = nil, 0, map[int64]*chain{}
	c.read, c.report.oldest = oldest-1, oldest
}

// readNew reads the events after c.read.
func (c *check) readNew(ctx context.Context) error {
	for {
		events, next, err := nextPage(ctx, c.store, c.read)
		if err != nil {
			return err
		}
		gap := next > c.read+1
		if gap {
			if err := c.skip(ctx, next); err != nil {
				return err
			}
		}
		for _, e := range events {
			c.add(e)
		}
		if len(events) == 0 && !gap {
			return nil
		}
	}
}

// nextPage returns the events that follow seq without a gap, and the number of the first. Without events,
// next is seq+1 at the end of the log, or the number after a gap. It waits up to visibleTimeout for an
// event that is not visible yet.
func nextPage(ctx context.Context, store *sqlstore.Store, seq int64) (events []event.Event, next int64, err error) {
	for deadline := time.Now().Add(visibleTimeout); ; {
		head, err := store.Head(ctx)
		if err != nil {
			return nil, 0, err
		}
		if events, err = store.After(ctx, seq, pageEvents); err != nil {
			return nil, 0, err
		}
		if len(events) > 0 {
			return events, events[0].Seq, nil
		}
		if head <= seq {
			return nil, seq + 1, nil
		}
		if next, err = store.NextSeq(ctx, seq); err != nil || next > seq+1 {
			return nil, next, err
		}
		select {
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, 0, fmt.Errorf("event %d is in the event log, but queries do not find it: does another server answer them?", next)
		}
	}
}

// skip continues at the number next, and reports the numbers before it as missing, unless retention dropped
// the start of the log during the check.
func (c *check) skip(ctx context.Context, next int64) error {
	oldest, err := c.store.Oldest(ctx)
	if err != nil {
		return err
	}
	if oldest >= next {
		c.restart(next)
		return nil
	}
	c.report.lost += next - 1 - c.read
	c.report.found(gap, "%s", span(c.read+1, next-1))
	c.read, c.lastMissing = next-1, next-1
	return nil
}

func span(first, last int64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// add appends an event to the log and to the chain of its post.
func (c *check) add(e event.Event) {
	i := int32(len(c.log))
	c.log = append(c.log, entry{seq: e.Seq, post: e.PostID, time: e.Time.UnixMilli(), next: none})
	if err := c.storeHash(&c.log[i], e); err != nil {
		c.report.found(damaged, "event %d, post %d: %v", e.Seq, e.PostID, err)
	}
	c.read = e.Seq
	post := c.chains[e.PostID]
	c.checkVersion(post, e)
	if post == nil {
		post = &chain{first: i}
		c.chains[e.PostID] = post
	} else {
		c.log[post.last].next = i
		for r := range post.runs {
			if post.runs[r].next == none {
				post.runs[r].next = i
			}
		}
	}
	post.last, post.version, post.data, post.deleted = i, e.Version, maphash.Bytes(c.seed, currentData(e)), e.Type == event.Deleted
}

// checkVersion reports versions without an event between the last event of a post (nil: none) and e,
// unless missing numbers of the log may be theirs.
func (c *check) checkVersion(post *chain, e event.Event) {
	last, since := int64(0), int64(0)
	switch {
	case post != nil:
		last, since = post.version, c.log[post.last].seq
	case c.report.oldest > 1:
		return
	}
	if e.Version == last+1 || c.lastMissing > since {
		return
	}
	if e.Version <= last {
		c.report.found(gap, "post %d: event %d has version %d, after version %d", e.PostID, e.Seq, e.Version, last)
		return
	}
	c.report.lost += e.Version - last - 1
	c.report.found(gap, "post %d: version %s has no event before event %d", e.PostID, span(last+1, e.Version-1), e.Seq)
}

// storeHash stores the hash of an event in its entry. It fails if the event cannot be encoded.
func (c *check) storeHash(in *entry, e event.Event) error {
	value, err := event.Form{}.EncodeCloud(e)
	in.hash, in.thinned = maphash.Bytes(c.seed, value), e.Thinned()
	return err
}

// find returns the index of the event with that number, or none. It first reads new events if the number
// is after c.read.
func (c *check) find(ctx context.Context, seq int64) (int32, error) {
	if seq > c.read {
		if err := c.readNew(ctx); err != nil {
			return none, err
		}
	}
	i, found := slices.BinarySearchFunc(c.log, seq, func(e entry, seq int64) int { return cmp.Compare(e.seq, seq) })
	if !found {
		return none, nil
	}
	return int32(i), nil
}
