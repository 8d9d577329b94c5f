package verify

import (
	"context"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
)

// start is where a partition begins that has lost its oldest records.
type start struct {
	seq  int64 // of the first event
	time int64 // when the first record was written, in Unix milliseconds
}

// readTopic compares each record with the log, and then looks for what has not come.
func (c *check) readTopic(topic kafka.Config) func(context.Context) error {
	return func(ctx context.Context) error {
		c.starts = map[int32]start{}
		begun := map[int32]bool{}
		bounds, err := kafka.ReadTopic(ctx, topic, func(r kafka.Record) error {
			if !begun[r.Partition] && r.Offset > 0 {
				c.starts[r.Partition] = start{seq: math.MaxInt64, time: r.Time.UnixMilli()}
			}
			begun[r.Partition] = true
			c.report.records++
			return c.visit(ctx, r)
		})
		if err != nil {
			return err
		}
		for p, first := range bounds.Start {
			if first > 0 && !begun[p] { // all that was there is gone
				c.starts[p] = start{seq: math.MaxInt64, time: math.MaxInt64}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(c.chains)) {
			c.settle(c.chains[id], len(bounds.End))
		}
		return nil
	}
}

// visit looks at one record.
func (c *check) visit(ctx context.Context, r kafka.Record) error {
	stray := func(format string, args ...any) error {
		c.report.found(foreign, "partition %d, offset %d: "+format, append([]any{r.Partition, r.Offset}, args...)...)
		return nil
	}
	if r.Err != nil {
		return stray("%v", r.Err)
	}
	e := r.Event
	if e.Epoch != c.epoch {
		c.report.earlier++
		return nil
	}
	if string(r.Key) != strconv.FormatInt(e.PostID, 10) {
		return stray("event %d, post %d, has the key %q", e.Seq, e.PostID, r.Key)
	}
	i, err := c.find(ctx, e.Seq)
	if err != nil {
		return err
	}
	if s, cut := c.starts[r.Partition]; cut && s.seq == math.MaxInt64 {
		c.starts[r.Partition] = start{e.Seq, s.time}
	}
	if i == none && e.Seq < c.report.oldest {
		c.report.forgotten++
		return nil
	}
	if i == none {
		return stray("event %d, post %d, is not in the log", e.Seq, e.PostID)
	}
	same, err := c.equal(ctx, e, &c.log[i])
	if err != nil {
		return err
	}
	if !same {
		return stray("event %d is not the one of the log: its id is %q", e.Seq, e.ID)
	}
	c.see(r.Partition, i)
	return nil
}

// equal reports whether the event of a record is that of the log. A record that has the content
// which was removed from the log is thinned first, so the hash of its content is compared.
func (c *check) equal(ctx context.Context, e event.Event, of *entry) (bool, error) {
	if !of.thinned && e.Thinned() { // the log was thinned after it was read
		now, err := c.store.After(ctx, e.Seq-1, 1)
		if err != nil {
			return false, err
		}
		if len(now) > 0 && now[0].Seq == e.Seq && now[0].Thinned() {
			if err := c.keep(of, now[0]); err != nil {
				return false, nil
			}
		}
	}
	if of.thinned {
		thin, err := event.Thin(e)
		if err != nil {
			return false, nil
		}
		e = thin
	}
	value, err := event.Form{}.EncodeCloud(e)
	return err == nil && maphash.Bytes(c.seed, value) == of.hash, nil
}

// see notes that an event stands on a partition. In order is what a reader makes of it
// who takes an event when it has those before: a repeat then changes nothing, and when
// some are published late, with all that follow them, order is there again.
func (c *check) see(partition int32, i int32) {
	e := &c.log[i]
	if e.seen {
		c.report.repeats++
	}
	e.seen = true
	post := c.chains[e.post]
	var r *run
	for n := range post.runs {
		if post.runs[n].partition == partition {
			r = &post.runs[n]
		}
	}
	if r == nil {
		post.runs = append(post.runs, run{partition: partition, first: i, next: i})
		r = &post.runs[len(post.runs)-1]
	}
	if i < r.first && !post.holds(i) && !c.removed(i, partition) {
		r.first, r.next = i, i
	}
	for r.next != none && r.next < i && c.removed(r.next, partition) {
		r.next = c.log[r.next].next
	}
	if r.next == i {
		r.next = e.next
	}
}

// removed reports whether an event may have been among the records that a partition
// has lost to the topic's retention: it was committed before the oldest that is left
// was written, or its number is lower.
func (c *check) removed(i int32, partition int32) bool {
	s, cut := c.starts[partition]
	return cut && (c.log[i].seq < s.seq || c.log[i].time <= s.time)
}

// settle judges a post's events when the whole topic has been read.
func (c *check) settle(post *chain, partitions int) {
	if len(post.runs) > 1 {
		c.report.split++
	}
	late, before := none, none // the first event that is not in order; the one that was settled last
	for i := post.first; i != none; before, i = i, c.log[i].next {
		e := c.log[i]
		inOrder := post.holds(i)
		if e.seen {
			c.report.there++
		}
		if e.seen && inOrder {
			continue
		}
		if c.mayBeRemoved(post, i, partitions) {
			if !e.seen {
				c.report.removed++
			}
			continue
		}
		first := late == none
		if first {
			late = i
		}
		switch {
		case !e.seen && e.seq > c.watermark:
			c.report.waiting++
			continue
		case !e.seen:
			c.report.found(missing, "event %d, post %d", e.seq, e.post)
		case first && before != none:
			c.report.found(disorder, "event %d, post %d: it stands before event %d only", e.seq, e.post, c.log[before].seq)
		default: // it follows something that is missing: to be seen when that is back
			continue
		}
		c.report.publish[e.post] = c.log[late].seq
	}
}

func (post *chain) holds(i int32) bool {
	for _, r := range post.runs {
		if r.holds(i) {
			return true
		}
	}
	return false
}

// mayBeRemoved reports whether an event may have been on a partition that has lost it.
func (c *check) mayBeRemoved(post *chain, i int32, partitions int) bool {
	for _, r := range post.runs {
		if c.removed(i, r.partition) {
			return true
		}
	}
	return len(post.runs) == 0 && c.removed(i, kafka.PartitionOf(c.log[i].post, partitions))
}
