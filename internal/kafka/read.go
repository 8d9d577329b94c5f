package kafka

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Record is one that is on the topic, whoever wrote it.
type Record struct {
	Partition int32
	Offset    int64
	Time      time.Time // when it was written
	Key       []byte
	Value     []byte
	Event     event.Event // unless Err is set
	Err       error       // why it has no event of this installation
}

// Bounds are the offsets at which each partition of the topic begins, and those
// that its next record will get. A Start above 0 tells that the oldest records
// were removed.
type Bounds struct{ Start, End map[int32]int64 }

// ReadTopic visits every record that is on the topic when it begins, each
// partition's in order and one record at a time, and returns the partitions'
// bounds. It holds some 8 MiB of records for each broker at most. A visit that
// fails ends it with that error; so do 10 s in which no record can be read.
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
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.KeepControlRecords(), // they may be the last
		kgo.FetchMaxWait(fetchWait), kgo.FetchMaxBytes(4<<20), kgo.FetchMaxPartitionBytes(1<<20))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("setting up a Kafka reader: %w", err)
	}
	return &reader{client, unpacker}, nil
}

// readTimeout is how long readSpan waits for the next records before it gives up.
const readTimeout = 10 * time.Second

// readSpan visits the records of topic from start up to end, of each partition.
// The reader reads nothing else at the time.
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

// PartitionOf returns where a post's records are in a topic of n partitions, unless
// there were fewer when they were written.
func PartitionOf(post int64, n int) int32 {
	key := strconv.AppendInt(nil, post, 10)
	return int32(kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(&kgo.Record{Key: key}, n))
}
