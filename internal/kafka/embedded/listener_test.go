package embedded_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

func openTCP(t testing.TB, log *kafkatest.LogBuffer) (*embedded.Broker, kafka.Config) {
	t.Helper()
	broker := kafkatest.Open(t, embedded.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Logger: log.Logger()})
	outside := kafka.Config{Brokers: []string{broker.Addr().String()}, Topic: kafkatest.TopicName, Partitions: 3, ReplicationFactor: 1}
	t.Cleanup(func() { kafkatest.Close(t, broker) })
	return broker, outside
}

func TestExternal_onlyLoopback(t *testing.T) {
	for _, address := range []string{":9092", "0.0.0.0:9092", "192.0.2.1:9092", "[::]:9092", "example.com:9092", "9092"} {
		_, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Listen: address})
		if err == nil || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
	}
	dir := t.TempDir()
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		kafkatest.Close(t, kafkatest.Open(t, embedded.Config{Dir: dir, Listen: address}))
	}
}

func TestExternal_portInUse(t *testing.T) {
	broker, _ := openTCP(t, new(kafkatest.LogBuffer))
	dir := t.TempDir()
	if _, err := embedded.Open(embedded.Config{Dir: dir, Listen: broker.Addr().String()}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
	kafkatest.Close(t, kafkatest.Open(t, embedded.Config{Dir: dir})) // the lock was released
}

func TestExternal_insideAndOutsideShareOneBroker(t *testing.T) {
	broker, outside := openTCP(t, new(kafkatest.LogBuffer))
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer p.Close()
	fromInside, fromOutside := kafkatest.Consume(t, kafkatest.Config(broker)), kafkatest.Consume(t, outside)
	defer fromInside.Close(t)
	defer fromOutside.Close(t)
	kafkatest.Publish(t, p, kafkatest.Events(1, 50))
	kafkatest.Want(t, fromInside.Next(t, 50), kafkatest.Span(1, 50))
	kafkatest.Want(t, fromOutside.Next(t, 50), kafkatest.Span(1, 50))
	external, err := kafka.NewProducer(outside)
	if err != nil {
		t.Fatal(err)
	}
	defer external.Close()
	kafkatest.Publish(t, external, kafkatest.Events(51, 60))
	kafkatest.Want(t, fromInside.Next(t, 10), kafkatest.Span(51, 60))
}

func TestExternal_groupsWork(t *testing.T) {
	t.Parallel()
	broker, outside := openTCP(t, new(kafkatest.LogBuffer))
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 20))
	for _, want := range []int{20, 5} {
		member := kafkatest.NewClient(t, outside, kgo.ConsumerGroup("newsletter"), kgo.ConsumeTopics(kafkatest.TopicName))
		for n := 0; n < want; {
			n += len(member.PollFetches(t.Context()).Records())
		}
		if err := member.CommitUncommittedOffsets(t.Context()); err != nil {
			t.Fatal(err)
		}
		member.Close()
		kafkatest.Publish(t, p, kafkatest.Events(21, 25))
	}
}

// Requests that change topics are not advertised, so that clients do not send them.
func TestExternal_administrationIsUnsupported(t *testing.T) {
	log := new(kafkatest.LogBuffer)
	_, outside := openTCP(t, log)
	other := kafkatest.NewClient(t, outside, kgo.RequestRetries(0))
	defer other.Close()
	admin := kadm.NewClient(other)
	for name, ask := range map[string]func() error{
		"creating a topic": func() error {
			_, err := admin.CreateTopic(t.Context(), 1, -1, map[string]*string{"cleanup.policy": new("compact")}, "mine")
			return err
		},
		"deleting a topic": func() error { _, err := admin.DeleteTopics(t.Context(), kafkatest.TopicName); return err },
		"changing a topic": func() error {
			_, err := admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: "retention.ms", Value: new("1")}}, kafkatest.TopicName)
			return err
		},
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), "broker is too old") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if log.String() != "" {
		t.Errorf("logged: %s", log)
	}
}

// send writes raw bytes and returns the bytes received until the connection ends.
func send(t testing.TB, address string, raw []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(raw); err != nil {
		return nil // the connection was closed during the write
	}
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection was left open after %q", raw)
	}
	return answer
}

// frame is a request with the body after its length, API key and version.
func frame(size uint32, key, version uint16, body ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	b = binary.BigEndian.AppendUint16(b, key)
	b = binary.BigEndian.AppendUint16(b, version)
	return append(b, body...)
}

func TestExternal_disconnectsHarmfulRequests(t *testing.T) {
	log := new(kafkatest.LogBuffer)
	broker, outside := openTCP(t, log)
	twoTopics := kmsg.NewPtrProduceRequest() // each by an id that does not exist
	twoTopics.Topics = []kmsg.ProduceRequestTopic{{TopicID: [16]byte{1}}, {TopicID: [16]byte{2}}}
	for i := range twoTopics.Topics {
		record := kmsg.Record{Length: 8, Key: []byte("k"), Value: []byte("v")}
		twoTopics.Topics[i].Partitions = []kmsg.ProduceRequestTopicPartition{{Records: kafkatest.RawBatch(0, 1, record.AppendTo(nil))}}
	}
	twoTopics.SetVersion(13)
	sameProtocol := kmsg.NewPtrJoinGroupRequest()
	sameProtocol.Group, sameProtocol.ProtocolType = "g", "consumer"
	sameProtocol.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range"}, {Name: "range"}}
	noProtocol := kmsg.NewPtrJoinGroupRequest()
	noProtocol.Group, noProtocol.ProtocolType = "g", "consumer"
	for name, raw := range map[string][]byte{
		"two topics":       kmsg.NewRequestFormatter().AppendRequest(nil, twoTopics, 1),
		"protocol twice":   kmsg.NewRequestFormatter().AppendRequest(nil, sameProtocol, 1),
		"no protocol":      kmsg.NewRequestFormatter().AppendRequest(nil, noProtocol, 1),
		"unknown key":      frame(12, 9999, 0, 0, 0, 0, 1, 0, 0, 0, 0),
		"negative key":     frame(12, 0xffff, 0, 0, 0, 0, 1, 0, 0, 0, 0),
		"controller's key": frame(12, uint16(kmsg.Vote), 0, 0, 0, 0, 1, 0, 0, 0, 0),
		"4 GiB":            frame(0xffffffff, uint16(kmsg.Metadata), 0),
		"HTTP":             []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"too short":        frame(3, uint16(kmsg.Metadata), 0),
	} {
		if answer := send(t, outside.Brokers[0], raw); len(answer) > 0 {
			t.Errorf("%s was answered: %q", name, answer)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, not one a minute:\n%s", n, log)
	}
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 3))
}
