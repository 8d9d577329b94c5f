package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Tail reads about the last newest records of the topic, evenly from all
// partitions, and returns the id of each event in them by its sequence number.
// The answer is complete from the number from on: an event with that or a higher
// number which is not in ids is not on the topic. On a topic that never held a
// record, from is 1; where records cannot be read, nothing is known and from is
// beyond every number.
func (p *Producer) Tail(ctx context.Context, last int) (from int64, ids map[int64]string, err error) {
	if err := p.EnsureTopic(ctx); err != nil {
		return 0, nil, err
	}
	client, err := p.connect()
	if err != nil {
		return 0, nil, err
	}
	t := tail{topic: p.cfg.Topic, from: 1, ids: map[int64]string{}, first: map[int32]int64{}}
	if t.bounds, err = topicBounds(ctx, client, p.cfg.Topic); err != nil {
		return 0, nil, err
	}
	start := t.plan(int64(last))
	if len(start) > 0 {
		reader, err := kgo.NewClient(append(p.opts,
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{t.topic: start}),
			kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.KeepControlRecords())...)
		if err != nil {
			return 0, nil, fmt.Errorf("setting up a Kafka reader: %w", err)
		}
		defer reader.Close()
		err = t.read(ctx, reader, len(start))
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		if err != nil { // must not stand in the way of what is to be published
			p.cfg.log().Warn("the end of the Kafka topic cannot be read; it is not compared with the log", "error", err)
			return math.MaxInt64, nil, nil
		}
	}
	for _, first := range t.first {
		t.from = max(t.from, first)
	}
	return t.from, t.ids, nil
}

// tailPatience is how long Tail waits for the next records before it gives up.
const tailPatience = 10 * time.Second

type tail struct {
	topic  string
	bounds bounds
	from   int64
	ids    map[int64]string
	first  map[int32]int64 // the first number seen, for partitions that are not read from their very first record
}

// plan returns where to begin in each partition that holds something.
func (t *tail) plan(last int64) map[int32]kgo.Offset {
	start := map[int32]kgo.Offset{}
	share := (last + int64(len(t.bounds.end)) - 1) / int64(len(t.bounds.end))
	for p, end := range t.bounds.end {
		at := max(t.bounds.start[p], end-share)
		if at > 0 {
			t.first[p] = math.MaxInt64 // nothing is known about what was here, until a record is seen
		}
		if at < end {
			start[p] = kgo.NewOffset().At(at)
		}
	}
	return start
}

func (t *tail) read(ctx context.Context, reader *kgo.Client, partitions int) error {
	for partitions > 0 {
		pollCtx, cancel := context.WithTimeout(ctx, tailPatience)
		fetches := reader.PollFetches(pollCtx)
		cancel()
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("reading the end of the Kafka topic %s: %w", t.topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset >= t.bounds.end[r.Partition] {
				return
			}
			if r.Offset == t.bounds.end[r.Partition]-1 {
				partitions--
			}
			t.add(r)
		})
	}
	return nil
}

func (t *tail) add(r *kgo.Record) {
	var e struct{ ID, Sequence string }
	if json.Unmarshal(r.Value, &e) != nil {
		return
	}
	seq, err := strconv.ParseInt(e.Sequence, 10, 64)
	if err != nil {
		return
	}
	t.ids[seq] = e.ID
	if first, cut := t.first[r.Partition]; cut && first == math.MaxInt64 {
		t.first[r.Partition] = seq
	}
}
