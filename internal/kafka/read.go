package kafka

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Record is a record of the topic, of any writer.
type Record struct {
	Partition int32
	Offset    int64
	Time      time.Time // when it was written
	Key       []byte
	Value     []byte
	Event     event.Event // zero if Err is set
	Err       error       // the reason if it is not an event of this installation; nil: Event is set
}

// Bounds has, for each partition of the topic, the offset of the first record and of the next one. A
// Start above 0 means that the oldest records were removed.
type Bounds struct{ Start, End map[int32]int64 }

// ReadTopic calls visit for every record that the topic has when it begins, in the order of each
// partition and one at a time, and returns the bounds of the partitions. It buffers up to 8 MiB of
// records per broker. An error of visit ends it, and so do 10 s without a readable record.
func ReadTopic(ctx context.Context, cfg Config, visit func(Record) error) (Bounds, error) {
	opts, err := cfg.options(new(dialErrors))
	if err != nil {
		return Bounds{}, err
	}
	macs, err := newMACs(cfg.Secret, cfg.PreviousSecret)
	if err != nil {
		return Bounds{}, err
	}
	reader, err := newReader(opts)
	if err != nil {
		return Bounds{}, err
	}
	defer reader.Close()
	bounds, err := topicBounds(ctx, reader.Client, cfg.Topic)
	if err != nil {
		return Bounds{}, err
	}
	return bounds, reader.readSpan(ctx, cfg.Topic, bounds.Start, bounds.End, func(r *kgo.Record) error {
		record := Record{Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp, Key: r.Key, Value: r.Value, Err: errMAC}
		if macs.valid(r) {
			record.Event, record.Err = cfg.decode(r)
		}
		return visit(record)
	})
}

// reader is a client that reads with readSpan.
type reader struct {
	*kgo.Client
	unpacker *Unpacker
}

func newReader(opts []kgo.Opt) (*reader, error) {
	unpacker := newFetchUnpacker()
	opts = append(opts[:len(opts):len(opts)], kgo.WithDecompressor(unpacker),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.KeepControlRecords(), // as the last record may be one
		kgo.FetchMaxWait(fetchWait), kgo.FetchMaxBytes(4<<20), kgo.FetchMaxPartitionBytes(1<<20))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("setting up a Kafka reader: %w", err)
	}
	return &reader{client, unpacker}, nil
}

// readTimeout is how long readSpan waits for the next records.
const readTimeout = 10 * time.Second

// readSpan calls visit for the records of topic from start to before end, of each partition. The reader
// consumes nothing else meanwhile.
func (r *reader) readSpan(ctx context.Context, topic string, start, end map[int32]int64, visit func(*kgo.Record) error) error {
	open := map[int32]kgo.Offset{}
	for p, from := range start {
		if from < end[p] {
			open[p] = kgo.NewOffset().At(from)
		}
	}
	r.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: open})
	defer r.PurgeTopicsFromConsuming(topic)
	for len(open) > 0 {
		pollCtx, cancel := context.WithTimeout(ctx, readTimeout)
		fetches := r.unpacker.poll(pollCtx, r.Client)
		cancel()
		err := fetches.Err()
		for records := fetches.RecordIter(); err == nil && !records.Done(); {
			record := records.Next()
			if record.Offset < end[record.Partition] && !record.Attrs.IsControl() {
				err = visit(record)
			}
			if record.Offset >= end[record.Partition]-1 {
				delete(open, record.Partition)
			}
		}
		if err != nil {
			return fmt.Errorf("reading the Kafka topic %s: %w", topic, err)
		}
	}
	return nil
}

// PartitionOf returns the partition of a post's records in a topic of n partitions. Records that were
// written when the topic had fewer partitions may be in another one.
func PartitionOf(post int64, n int) int32 {
	key := strconv.AppendInt(nil, post, 10)
	return int32(kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(&kgo.Record{Key: key}, n))
}
