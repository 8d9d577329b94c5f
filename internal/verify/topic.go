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

// start is the start of a partition whose oldest records were removed.
type start struct {
	seq  int64 // of the first event
	time int64 // of the first record, in Unix milliseconds
}

// readTopic compares each record with the log, and then checks the events of each post for missing and
// late ones.
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
			if first > 0 && !begun[p] { // all its records were removed
				c.starts[p] = start{seq: math.MaxInt64, time: math.MaxInt64}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(c.chains)) {
			c.checkChain(c.chains[id], len(bounds.End))
		}
		return nil
	}
}

// visit compares one record with the log.
func (c *check) visit(ctx context.Context, r kafka.Record) error {
	foreignRecord := func(format string, args ...any) error {
		c.report.found(foreign, "partition %d, offset %d: "+format, append([]any{r.Partition, r.Offset}, args...)...)
		return nil
	}
	if r.Err != nil {
		return foreignRecord("%v", r.Err)
	}
	e := r.Event
	if e.Epoch != c.epoch {
		c.report.earlier++
		return nil
	}
	if string(r.Key) != strconv.FormatInt(e.PostID, 10) {
		return foreignRecord("event %d, post %d, has the key %q", e.Seq, e.PostID, r.Key)
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
		return foreignRecord("event %d, post %d, is not in the log", e.Seq, e.PostID)
	}
	same, err := c.equal(ctx, e, &c.log[i])
	if err != nil {
		return err
	}
	if !same {
		return foreignRecord("event %d is not the one of the log: its id is %q", e.Seq, e.ID)
	}
	c.markSeen(r.Partition, i)
	return nil
}

// equal reports whether the event of a record equals its entry of the log. If the content was removed from
// the log, the record is thinned first, so that the hash of its content is compared.
func (c *check) equal(ctx context.Context, e event.Event, of *entry) (bool, error) {
	if !of.thinned && e.Thinned() { // the log was thinned after it was read
		now, err := c.store.After(ctx, e.Seq-1, 1)
		if err != nil {
			return false, err
		}
		if len(now) > 0 && now[0].Seq == e.Seq && now[0].Thinned() {
			if err := c.storeHash(of, now[0]); err != nil {
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

// markSeen records that a partition has an event. Order is that of a consumer that accepts an event after
// all earlier ones of the post and ignores others: repeats change nothing, and events published late are in
// order if all later ones follow them again.
func (c *check) markSeen(partition int32, i int32) {
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

// removed reports whether the topic's retention may have removed an event from a partition: it was committed
// before the oldest remaining record was written, or has a lower number.
func (c *check) removed(i int32, partition int32) bool {
	s, cut := c.starts[partition]
	return cut && (c.log[i].seq < s.seq || c.log[i].time <= s.time)
}

// checkChain reports the missing and late events of a post, after the whole topic was read.
func (c *check) checkChain(post *chain, partitions int) {
	if len(post.runs) > 1 {
		c.report.split++
	}
	late, before := none, none // the first event out of order; the event before i
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
			c.report.found(disorder, "event %d, post %d: published only before event %d", e.seq, e.post, c.log[before].seq)
		default: // it follows a missing event: its order shows after a repair
			continue
		}
		c.report.publish[e.post] = c.log[late].seq
	}
}

// holds reports whether some partition has the event in order.
func (post *chain) holds(i int32) bool {
	for _, r := range post.runs {
		if r.holds(i) {
			return true
		}
	}
	return false
}

// mayBeRemoved reports whether retention may have removed an event from its partition.
func (c *check) mayBeRemoved(post *chain, i int32, partitions int) bool {
	for _, r := range post.runs {
		if c.removed(i, r.partition) {
			return true
		}
	}
	return len(post.runs) == 0 && c.removed(i, kafka.PartitionOf(c.log[i].post, partitions))
}
