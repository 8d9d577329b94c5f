package kafkatest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// RawBatch returns a batch with a correct checksum that claims to have n records. Attributes 1 to 4
// name the compression of records.
func RawBatch(attributes int16, n int32, records []byte) []byte {
	batch := kmsg.RecordBatch{PartitionLeaderEpoch: -1, Magic: 2, Attributes: attributes, NumRecords: n, LastOffsetDelta: n - 1,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, Records: records}
	raw := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}

// WriteBatch stores a batch unchanged.
func WriteBatch(t testing.TB, c *kgo.Client, partition int32, batch []byte) {
	t.Helper()
	request := kmsg.NewPtrProduceRequest()
	request.Acks, request.Topics = -1, []kmsg.ProduceRequestTopic{{Topic: TopicName, TopicID: TopicID(t, c),
		Partitions: []kmsg.ProduceRequestTopicPartition{{Partition: partition, Records: batch}}}}
	response, err := request.RequestWith(t.Context(), c)
	if err != nil || response.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", response, err)
	}
}

// TopicID returns the id of the topic TopicName.
func TopicID(t testing.TB, c *kgo.Client) [16]byte {
	t.Helper()
	topics, err := kadm.NewClient(c).ListTopics(t.Context(), TopicName)
	if err != nil {
		t.Fatal(err)
	}
	return topics[TopicName].ID
}

// Bombs returns, by compression, small compressed records that unpack to 64 MiB of zeros (snappy: 30 MiB).
var Bombs = sync.OnceValue(func() map[int16][]byte {
	const size = 64 << 20
	record := kmsg.Record{Value: make([]byte, size)}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	plain := record.AppendTo(nil)
	packed := map[int16][]byte{}
	for codec, writer := range map[int16]func(io.Writer) io.WriteCloser{
		1: func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		3: func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) },
		4: func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	} {
		var out bytes.Buffer
		w := writer(&out)
		if _, err := w.Write(plain); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		packed[codec] = out.Bytes()
	}
	packed[2] = s2.EncodeSnappy(nil, plain[:30<<20]) // the ratio of snappy is 20 to 1 at most
	plain, record.Value = nil, nil
	runtime.GC() // so that tests measure only their own memory
	return packed
})

// HighestHeap returns the largest heap in bytes while f runs, measured every 5 ms.
func HighestHeap(f func()) (highest uint64) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapAlloc)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	f()
	close(done)
	watching.Wait()
	return highest
}
