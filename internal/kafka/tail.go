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

// A tail is read in steps: tailFirst records, and then tailGrowth times as many as before, while the
// next step is likely to stay within tailBytes. The largest posts are a thousand times as large as most,
// and a new leader must start within a second.
const (
	tailFirst  = 30
	tailGrowth = 10
	tailBytes  = 8 << 20
)

// tailOnCluster bounds the records of a cluster's tail. Replicas keep acknowledged records, so the tail
// only avoids repeats of events published after the last stored watermark, which are fewer.
const tailOnCluster = 1000

// Tail reads about the last newest records of the topic, evenly from all partitions; fewer on a cluster,
// and if they are large. Records of other writers are ignored: if a partition ends with them, more of it
// is read, up to tailBytes in total. If records cannot be read, From is larger than every number.
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
		if err != nil { // continue without a tail: repeats are better than a blocked relay
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

// stepBack returns the number of records of the step after a step of back records: at most last, or more
// after last was not enough.
func stepBack(back, last int) int {
	if back < last {
		return min(tailGrowth*back, last)
	}
	return tailGrowth * back
}

// tail collects the newest records.
type tail struct {
	start map[int32]int64
	ids   map[int64]string
	first map[int32]int64 // by partition, the first number seen; missing: the partition is read from its first record
	bytes int

	epoch    string // of ids
	newest   string // the epoch of the newest record
	newestAt time.Time

	decode func(*kgo.Record) (e event.Event, ours bool)
}

// newTail returns a tail that starts an even share of last records before the end of each partition.
func newTail(b Bounds, last int64) *tail {
	t := &tail{start: map[int32]int64{}, ids: map[int64]string{}, first: map[int32]int64{}}
	share := (last + int64(len(b.End)) - 1) / int64(len(b.End))
	for p, end := range b.End {
		t.start[p] = max(b.Start[p], end-share)
		if t.start[p] > 0 {
			t.first[p] = math.MaxInt64 // until a record is read
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

// from returns the number from which on ids is complete.
func (t *tail) from() int64 {
	from := int64(1)
	for _, first := range t.first {
		from = max(from, first)
	}
	return from
}
