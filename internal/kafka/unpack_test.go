package kafka_test

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// A large batch of another program does not exhaust the memory of readers.
func TestConsumer_skipsLargeBatches(t *testing.T) {
	s := kafkatest.Open(t, embedded.Config{Dir: t.TempDir()})
	defer kafkatest.Close(t, s)
	cfg := kafkatest.Config(s)
	p := kafkatest.NewProducer(t, cfg)
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 3))
	r := kafkatest.Consume(t, cfg)
	defer r.Close(t)
	bomb := kafkatest.Bombs()[1]
	foreign := kafkatest.NewClient(t, cfg) // in this process, without the request filter
	defer foreign.Close()
	highest := kafkatest.HighestHeap(func() {
		for partition := range int32(3) {
			kafkatest.WriteBatch(t, foreign, partition, kafkatest.RawBatch(1, 1, bomb))
		}
		kafkatest.Publish(t, p, kafkatest.Events(4, 9))
		for seen := map[int64]bool{}; len(seen) < 6; { // records before the bombs may be delivered again
			select {
			case e := <-r.Delivered:
				seen[e.Seq] = true
			case <-time.After(20 * time.Second):
				t.Fatalf("delivered events after the large batches: %v", seen)
			}
		}
		if _, err := kafka.ReadTopic(t.Context(), cfg, func(kafka.Record) error { return nil }); err == nil || !strings.Contains(err.Error(), "decompress") {
			t.Errorf("reading all: %v", err)
		}
	})
	if highest > 250<<20 {
		t.Errorf("the readers took %d MiB", highest>>20)
	}
}

// Many batches within the bound are not unpacked at once.
func TestConsumer_readsManyPackedBatches(t *testing.T) {
	s := kafkatest.Open(t, embedded.Config{Dir: t.TempDir()})
	defer kafkatest.Close(t, s)
	cfg := kafkatest.Config(s)
	p := kafkatest.NewProducer(t, cfg)
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 1))
	foreign := kafkatest.NewClient(t, cfg)
	defer foreign.Close()
	record := kmsg.Record{Value: make([]byte, 3<<20)}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(record.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for range 80 {
		kafkatest.WriteBatch(t, foreign, 0, kafkatest.RawBatch(1, 1, packed.Bytes()))
	}
	runtime.GC()
	seen := 0
	highest := kafkatest.HighestHeap(func() {
		_, err := kafka.ReadTopic(t.Context(), cfg, func(r kafka.Record) error {
			if len(r.Value) == len(record.Value) {
				seen++
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	if seen != 80 || highest > 200<<20 {
		t.Errorf("%d of 80 records in %d MiB", seen, highest>>20)
	}
}
