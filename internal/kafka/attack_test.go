package kafka_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
)

// bombs are compressed records of 64 MiB of zeros, by codec.
var bombs = sync.OnceValue(func() map[int16][]byte {
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
	packed[2] = s2.EncodeSnappy(nil, plain[:30<<20]) // snappy packs 20 to 1 at most
	plain, record.Value = nil, nil
	runtime.GC() // of what the tests measure later
	return packed
})

// produceFrame returns a produce request with a batch for each of the partitions.
func produceFrame(batches ...[]byte) []byte {
	request := kmsg.NewPtrProduceRequest()
	request.SetVersion(9)
	request.Acks, request.Topics = -1, []kmsg.ProduceRequestTopic{{Topic: topic}}
	for i, b := range batches {
		request.Topics[0].Partitions = append(request.Topics[0].Partitions, kmsg.ProduceRequestTopicPartition{Partition: int32(i), Records: b})
	}
	return kmsg.NewRequestFormatter().AppendRequest(nil, request, 1)
}

// cpu returns the processor time that this process took.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// highestHeap returns the largest heap that it saw while attack ran.
func highestHeap(attack func()) (highest uint64) {
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
	attack()
	close(done)
	watching.Wait()
	return highest
}

// Each attack is refused within little time and memory, and the broker stores nothing of it.
func TestExternal_cheapAttacksStayCheap(t *testing.T) {
	packed := bombs()
	headers := func(key kmsg.Key, version uint16, rest ...byte) []byte {
		body := append([]byte{0, 0, 0, 1, 0xff, 0xff}, rest...)
		return frame(uint32(4+len(body)), uint16(key), version, body...)
	}
	million := bytes.Repeat([]byte{1, 1, 1}, 1_000_000) // topics without name and partitions
	manyTopics := append([]byte{0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc1, 0x84, 0x3d}, million...)
	attacks := map[string][]byte{
		"body tags":           headers(kmsg.ApiVersions, 3, 0, 2, 'a', 2, 'b', 0xff, 0xff, 0xff, 0xff, 0x0f),
		"header tags":         headers(kmsg.ApiVersions, 3, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"element tags":        headers(kmsg.Metadata, 9, 0, 2, 2, 'a', 0xff, 0xff, 0xff, 0xff, 0x0f),
		"array without bytes": headers(kmsg.Metadata, 1, 0x7f, 0xff, 0xff, 0xff),
		"array of a million":  frame(uint32(4+len(manyTopics)), uint16(kmsg.Fetch), 12, manyTopics...),
		"three bombs": produceFrame(rawBatch(1, 1, packed[1][:len(packed[1])/2]),
			rawBatch(4, 1, packed[4]), rawBatch(1, 1, packed[1][:len(packed[1])/2])),
	}
	for name, request := range keptForever() {
		attacks[name] = kmsg.NewRequestFormatter().AppendRequest(nil, request, 1)
	}
	for codec, bomb := range packed {
		attacks[fmt.Sprintf("bomb of codec %d", codec)] = produceFrame(rawBatch(codec, 1, bomb))
	}
	log := new(logbook)
	broker, outside := openTCP(t, log)
	p := producer(t, config(broker))
	defer p.Close()
	publish(t, p, events(1, 1))
	packed = nil
	for name, raw := range attacks {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu(t)
		highest := highestHeap(func() {
			if answer := send(t, outside.Brokers[0], raw); len(answer) > 0 {
				t.Errorf("%s: answered with %x", name, answer)
			}
		})
		if took := cpu(t) - start; took > 2*time.Second {
			t.Errorf("%s: %d bytes took %s of processor time", name, len(raw), took)
		}
		if highest > before.HeapAlloc+100<<20 {
			t.Errorf("%s: %d bytes took %d MiB", name, len(raw), (highest-before.HeapAlloc)>>20)
		}
	}
	other := client(t, config(broker))
	defer other.Close()
	_, end := offsets(t, other, topic)
	if end[0]+end[1]+end[2] != 1 {
		t.Errorf("the topic has the offsets %v, not one record", end)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, not one a minute:\n%s", n, log)
	}
}

// A batch that another program wrote to a cluster does not take the memory of its readers.
func TestConsumer_skipsLargeBatches(t *testing.T) {
	s := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
	defer closeBroker(t, s)
	cfg := config(s)
	p := producer(t, cfg)
	defer p.Close()
	publish(t, p, events(1, 3))
	r := read(t, cfg)
	defer r.close(t)
	bomb := bombs()[1]
	foreign := client(t, cfg) // in this process, so that nothing checks what it writes
	defer foreign.Close()
	highest := highestHeap(func() {
		for partition := range int32(3) {
			write(t, foreign, partition, rawBatch(1, 1, bomb))
		}
		publish(t, p, events(4, 9))
		for seen := map[int64]bool{}; len(seen) < 6; { // the process' records before the bombs may come again
			select {
			case e := <-r.got:
				seen[e.Seq] = true
			case <-time.After(20 * time.Second):
				t.Fatalf("of the events after the large batches came %v", seen)
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

// Many batches, each within the bound, do not add up in one fetch.
func TestConsumer_readsManyPackedBatches(t *testing.T) {
	s := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
	defer closeBroker(t, s)
	cfg := config(s)
	p := producer(t, cfg)
	defer p.Close()
	publish(t, p, events(1, 1))
	foreign := client(t, cfg)
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
		write(t, foreign, 0, rawBatch(1, 1, packed.Bytes()))
	}
	runtime.GC()
	seen := 0
	highest := highestHeap(func() {
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

// write stores a batch as it is.
func write(t *testing.T, c *kgo.Client, partition int32, batch []byte) {
	t.Helper()
	request := kmsg.NewPtrProduceRequest()
	request.Acks, request.Topics = -1, []kmsg.ProduceRequestTopic{{Topic: topic, TopicID: topicID(t, c),
		Partitions: []kmsg.ProduceRequestTopicPartition{{Partition: partition, Records: batch}}}}
	response, err := request.RequestWith(t.Context(), c)
	if err != nil || response.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", response, err)
	}
}

func topicID(t *testing.T, c *kgo.Client) [16]byte {
	t.Helper()
	topics, err := kadm.NewClient(c).ListTopics(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return topics[topic].ID
}

// Connections without requests do not keep others out, and the ones in use stay.
func TestExternal_idleConnectionsGiveWay(t *testing.T) {
	log := new(logbook)
	broker, outside := openTCP(t, log)
	inside := producer(t, config(broker))
	defer inside.Close()
	reader := read(t, outside)
	defer reader.close(t)
	publish(t, inside, events(1, 1))
	want(t, reader.next(t, 1), []int64{1})
	for round := range int64(3) {
		for range 128 {
			conn, err := net.Dial("tcp", outside.Brokers[0])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		outsider, err := kafka.NewProducer(outside)
		if err != nil {
			t.Fatal(err)
		}
		first := 10*round + 2
		publish(t, outsider, []event.Event{events(first, first)[0]})
		outsider.Close()
		want(t, reader.next(t, 1), []int64{first})
	}
	if _, err := reader.Health(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, not one a minute:\n%s", n, log)
	}
}

// A request that does not arrive is given up.
func TestExternal_slowRequests(t *testing.T) {
	t.Parallel()
	_, outside := openTCP(t, new(logbook))
	conn, err := net.Dial("tcp", outside.Brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(frame(100, uint16(kmsg.Metadata), 1, 0, 0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := conn.SetReadDeadline(start.Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil || time.Since(start) < 5*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

// Clients that ask for much and read nothing take a bounded amount of memory.
func TestExternal_fetchesThatAreNotRead(t *testing.T) {
	broker, outside := openTCP(t, new(logbook))
	p := producer(t, config(broker))
	defer p.Close()
	publish(t, p, events(1, 1))
	own := client(t, config(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(4<<20))
	defer own.Close()
	var offset int64
	for range 3 {
		record, err := own.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: make([]byte, 2<<20)}).First()
		if err != nil {
			t.Fatal(err)
		}
		offset = record.Offset
	}
	fetch := kmsg.NewPtrFetchRequest()
	fetch.SetVersion(4)
	fetch.MaxBytes, fetch.MaxWaitMillis = 1<<30, 1<<30
	partition := kmsg.NewFetchRequestTopicPartition()
	partition.FetchOffset, partition.PartitionMaxBytes = offset-2, 1<<30
	for range 300 {
		fetch.Topics = append(fetch.Topics, kmsg.FetchRequestTopic{Topic: topic, Partitions: []kmsg.FetchRequestTopicPartition{partition}})
	}
	raw := kmsg.NewRequestFormatter().AppendRequest(nil, fetch, 1)
	highest := highestHeap(func() {
		for range 200 {
			conn, err := net.Dial("tcp", outside.Brokers[0])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write(raw); err != nil {
				t.Fatal(err)
			}
		}
		publish(t, p, events(2, 3)) // behind all of them
		outsider := client(t, outside)
		defer outsider.Close()
		if err := outsider.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if highest > 350<<20 {
		t.Errorf("the answers took %d MiB", highest>>20)
	}
	t.Logf("%d MiB", highest>>20)
}
