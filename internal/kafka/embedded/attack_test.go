package embedded_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// produceFrame returns a produce request with a batch for each of the partitions.
func produceFrame(batches ...[]byte) []byte {
	request := kmsg.NewPtrProduceRequest()
	request.SetVersion(9)
	request.Acks, request.Topics = -1, []kmsg.ProduceRequestTopic{{Topic: kafkatest.TopicName}}
	for i, b := range batches {
		request.Topics[0].Partitions = append(request.Topics[0].Partitions, kmsg.ProduceRequestTopicPartition{Partition: int32(i), Records: b})
	}
	return kmsg.NewRequestFormatter().AppendRequest(nil, request, 1)
}

// cpuTime returns the CPU time of this process.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Each attack is refused within little time and memory, and the broker stores nothing of it.
func TestExternal_cheapAttacksStayCheap(t *testing.T) {
	packed := kafkatest.Bombs()
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
		"three bombs": produceFrame(kafkatest.RawBatch(1, 1, packed[1][:len(packed[1])/2]),
			kafkatest.RawBatch(4, 1, packed[4]), kafkatest.RawBatch(1, 1, packed[1][:len(packed[1])/2])),
	}
	for name, request := range storedRequests() {
		attacks[name] = kmsg.NewRequestFormatter().AppendRequest(nil, request, 1)
	}
	for codec, bomb := range packed {
		attacks[fmt.Sprintf("bomb of codec %d", codec)] = produceFrame(kafkatest.RawBatch(codec, 1, bomb))
	}
	log := new(kafkatest.LogBuffer)
	broker, outside := openTCP(t, log)
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 1))
	packed = nil
	for name, raw := range attacks {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpuTime(t)
		highest := kafkatest.HighestHeap(func() {
			if answer := send(t, outside.Brokers[0], raw); len(answer) > 0 {
				t.Errorf("%s: answered with %x", name, answer)
			}
		})
		if took := cpuTime(t) - start; took > 2*time.Second {
			t.Errorf("%s: %d bytes took %s of CPU time", name, len(raw), took)
		}
		if highest > before.HeapAlloc+100<<20 {
			t.Errorf("%s: %d bytes took %d MiB", name, len(raw), (highest-before.HeapAlloc)>>20)
		}
	}
	other := kafkatest.NewClient(t, kafkatest.Config(broker))
	defer other.Close()
	_, end := kafkatest.Offsets(t, other, kafkatest.TopicName)
	if end[0]+end[1]+end[2] != 1 {
		t.Errorf("the topic has the offsets %v, not one record", end)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, not one a minute:\n%s", n, log)
	}
}

// Connections without requests do not block new clients, and the used ones stay open.
func TestExternal_idleConnectionsGiveWay(t *testing.T) {
	log := new(kafkatest.LogBuffer)
	broker, outside := openTCP(t, log)
	inside := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer inside.Close()
	reader := kafkatest.Consume(t, outside)
	defer reader.Close(t)
	kafkatest.Publish(t, inside, kafkatest.Events(1, 1))
	kafkatest.Want(t, reader.Next(t, 1), []int64{1})
	for round := range int64(3) {
		for range 128 {
			conn, err := net.Dial("tcp", outside.Brokers[0])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		external, err := kafka.NewProducer(outside)
		if err != nil {
			t.Fatal(err)
		}
		first := 10*round + 2
		kafkatest.Publish(t, external, []event.Event{kafkatest.Events(first, first)[0]})
		external.Close()
		kafkatest.Want(t, reader.Next(t, 1), []int64{first})
	}
	if _, err := reader.Health(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, not one a minute:\n%s", n, log)
	}
}

// A request that does not arrive in time is refused.
func TestExternal_slowRequests(t *testing.T) {
	t.Parallel()
	_, outside := openTCP(t, new(kafkatest.LogBuffer))
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

// Clients that request large answers and do not read them use a bounded amount of memory.
func TestExternal_fetchesThatAreNotRead(t *testing.T) {
	broker, outside := openTCP(t, new(kafkatest.LogBuffer))
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 1))
	own := kafkatest.NewClient(t, kafkatest.Config(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(4<<20))
	defer own.Close()
	var offset int64
	for range 3 {
		record, err := own.ProduceSync(t.Context(), &kgo.Record{Topic: kafkatest.TopicName, Value: make([]byte, 2<<20)}).First()
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
		fetch.Topics = append(fetch.Topics, kmsg.FetchRequestTopic{Topic: kafkatest.TopicName, Partitions: []kmsg.FetchRequestTopicPartition{partition}})
	}
	raw := kmsg.NewRequestFormatter().AppendRequest(nil, fetch, 1)
	highest := kafkatest.HighestHeap(func() {
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
		kafkatest.Publish(t, p, kafkatest.Events(2, 3)) // after all of them
		external := kafkatest.NewClient(t, outside)
		defer external.Close()
		if err := external.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if highest > 350<<20 {
		t.Errorf("the answers took %d MiB", highest>>20)
	}
	t.Logf("%d MiB", highest>>20)
}
