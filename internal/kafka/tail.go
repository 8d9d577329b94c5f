package kafka

import (
	"context"
	"maps"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

// A tail is read in steps, each tailGrowth times as far back as the one before,
// as long as the next is likely to stay within tailBytes: the largest posts are
// a thousand times as large as most, and a new leader must not read for long.
const (
	tailFirst  = 30
	tailGrowth = 10
	tailBytes  = 8 << 20
)

// tailOnCluster bounds how far back the tail of a cluster's topic is read. What
// its replicas acknowledged they still have, so that this only saves repeats of
// what was published after the watermark was stored; and that takes no longer.
const tailOnCluster = 1000

// Tail reads about the last newest records of the topic, fewer on a cluster or when they are
// large, evenly from all partitions. Records that this installation did not make are left out:
// where a partition's end has no others, more of it is read, tailBytes of records in all. Where
// records cannot be read, From is beyond every number.
func (p *Producer) Tail(ctx context.Context, epoch string, last int) (outbox.Tail, error) {
	if err := p.EnsureTopic(ctx); err != nil {
		return outbox.Tail{}, err
	}
	reader, err := newReader(p.opts)
	if err != nil {
		return outbox.Tail{}, err
	}
	defer reader.Close()
	bounds, err := topicBounds(ctx, reader.Client, p.cfg.Topic)
	if err != nil {
		return outbox.Tail{}, p.cfg.describeError(p.dials, "looking for the newest events", "DESCRIBE", err)
	}
	if p.cfg.Local == nil {
		last = min(last, tailOnCluster)
	}
	for back := min(tailFirst, last); ; back = stepBack(back, last) {
		t := newTail(bounds, int64(back))
		t.epoch = epoch
		t.decode = func(r *kgo.Record) (e event.Event, ours bool) {
			if !p.macs.valid(r) {
				return e, false
			}
			e, err := p.cfg.decode(r)
			return e, err == nil
		}
		err := reader.readSpan(ctx, p.cfg.Topic, t.start, bounds.End, t.add)
		if ctx.Err() != nil {
			return outbox.Tail{}, ctx.Err()
		}
		if err != nil { // must not stand in the way of what is to be published
			if !p.loggedTailError {
				p.cfg.log().Warn("reading the end of the Kafka topic failed; not compared with the event log",
					"error", p.cfg.describeError(p.dials, "reading", "READ", err))
			}
			p.loggedTailError = true
			return outbox.Tail{From: math.MaxInt64}, nil
		}
		enough := back >= last && t.from() < math.MaxInt64
		if enough || maps.Equal(t.start, bounds.Start) || tailGrowth*t.bytes > tailBytes {
			p.loggedTailError = false
			return outbox.Tail{From: t.from(), IDs: t.ids, Newest: t.newest}, nil
		}
	}
}

// stepBack returns how many records the step after one of back records reads: at most last, unless
// that many were not enough.
func stepBack(back, last int) int {
	if back < last {
		return min(tailGrowth*back, last)
	}
	return tailGrowth * back
}

// tail is what is known of the newest records.
type tail struct {
	start map[int32]int64
	ids   map[int64]string
	first map[int32]int64 // the first number seen, for partitions that are not read from their very first record
	bytes int

	epoch    string // of ids
	newest   string // the epoch of the newest record
	newestAt time.Time

	decode func(*kgo.Record) (e event.Event, ours bool)
}

// newTail plans to read an even share of the last records from each partition.
func newTail(b Bounds, last int64) *tail {
	t := &tail{start: map[int32]int64{}, ids: map[int64]string{}, first: map[int32]int64{}}
	share := (last + int64(len(b.End)) - 1) / int64(len(b.End))
	for p, end := range b.End {
		t.start[p] = max(b.Start[p], end-share)
		if t.start[p] > 0 {
			t.first[p] = math.MaxInt64 // nothing is known about what was here, until a record is seen
		}
	}
	return t
}

func (t *tail) add(r *kgo.Record) error {
	t.bytes += len(r.Value)
	e, ours := t.decode(r)
	if ours && !r.Timestamp.Before(t.newestAt) {
		t.newest, t.newestAt = e.Epoch, r.Timestamp
	}
	if !ours || e.Epoch != t.epoch {
		return nil
	}
	t.ids[e.Seq] = e.ID
	if first, cut := t.first[r.Partition]; cut && first == math.MaxInt64 {
		t.first[r.Partition] = e.Seq
	}
	return nil
}

// from returns the number from which on t is complete.
func (t *tail) from() int64 {
	from := int64(1)
	for _, first := range t.first {
		from = max(from, first)
	}
	return from
}
