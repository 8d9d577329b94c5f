package embedded_test

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// requestKeys are the keys of the requests that external clients may send; those that keep state occur more than once.
var requestKeys = []kmsg.Key{kmsg.Produce, kmsg.Produce, kmsg.Fetch, kmsg.ListOffsets, kmsg.Metadata, kmsg.OffsetCommit, kmsg.OffsetCommit,
	kmsg.OffsetFetch, kmsg.FindCoordinator, kmsg.JoinGroup, kmsg.JoinGroup, kmsg.JoinGroup, kmsg.Heartbeat, kmsg.LeaveGroup, kmsg.SyncGroup,
	kmsg.SyncGroup, kmsg.DescribeGroups, kmsg.ListGroups, kmsg.ApiVersions, kmsg.InitProducerID, kmsg.OffsetForLeaderEpoch,
	kmsg.DescribeConfigs, kmsg.DeleteGroups, kmsg.OffsetDelete, kmsg.DescribeCluster, kmsg.ConsumerGroupHeartbeat,
	kmsg.ConsumerGroupHeartbeat, kmsg.ConsumerGroupDescribe}

// randomClient makes well-formed requests with absurd contents.
type randomClient struct {
	*rand.Rand
	topicID [16]byte
	words   []string
}

// fill sets v to random values.
func (s *randomClient) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Type().Field(i).Name != "Version" && s.IntN(6) > 0 {
				s.fill(v.Field(i))
			}
		}
	case reflect.Pointer:
		v.SetZero()
		if s.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			s.fill(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(s.batch())
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), s.IntN(4), 4))
		for i := range v.Len() {
			s.fill(v.Index(i))
		}
	case reflect.Array:
		v.Set(reflect.ValueOf(s.topicID))
	case reflect.String:
		v.SetString(s.words[s.IntN(len(s.words))])
	case reflect.Bool:
		v.SetBool(s.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		numbers := []int64{0, 1, 2, 3, -1, -2, 5, 100, 1000, 1<<15 - 1, 1<<31 - 1, -1 << 31, 1 << 62}
		v.SetInt(numbers[s.IntN(len(numbers))] << (64 - v.Type().Bits()) >> (64 - v.Type().Bits()))
	}
}

// batch returns a valid batch of records, or one with false claims about its records.
func (s *randomClient) batch() []byte {
	record := kmsg.Record{Length: 7, Key: []byte("k"), Value: []byte("v")}
	switch s.IntN(3) {
	case 0:
		return kafkatest.RawBatch(0, 1, record.AppendTo(nil))
	case 1:
		return kafkatest.RawBatch(0, int32(s.Uint32()), record.AppendTo(nil))
	default:
		return kafkatest.RawBatch(int16(s.IntN(64)), int32(s.IntN(5)), make([]byte, s.IntN(80)))
	}
}

func (s *randomClient) request() kmsg.Request {
	request := kmsg.RequestForKey(int16(requestKeys[s.IntN(len(requestKeys))]))
	s.fill(reflect.ValueOf(request).Elem())
	request.SetVersion(int16(s.IntN(int(request.MaxVersion()) + 1)))
	switch r := request.(type) {
	case *kmsg.ProduceRequest: // otherwise most would be refused
		r.Acks, r.TransactionID = -1, nil
		r.Topics = append(r.Topics, kmsg.NewProduceRequestTopic())[:1]
		r.Topics[0].Topic, r.Topics[0].TopicID = kafkatest.TopicName, s.topicID
	case *kmsg.JoinGroupRequest:
		r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = 6000, 100
		r.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: s.words[s.IntN(3)]}, {Name: "other"}}
	}
	return request
}

// ask sends some requests and collects the ids of group members from the answers.
func (s *randomClient) ask(conn net.Conn) {
	for range 20 {
		request := s.request()
		if conn.SetDeadline(time.Now().Add(30*time.Millisecond)) != nil {
			return
		}
		if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, request, 1)); err != nil {
			return
		}
		size := make([]byte, 4)
		if _, err := io.ReadFull(conn, size); err != nil {
			return
		}
		answer := make([]byte, binary.BigEndian.Uint32(size))
		if _, err := io.ReadFull(conn, answer); err != nil {
			return
		}
		if joined, ok := request.ResponseKind().(*kmsg.JoinGroupResponse); ok {
			if joined.IsFlexible() {
				answer = answer[1:]
			}
			if joined.ReadFrom(answer[4:]) == nil && joined.MemberID != "" {
				s.words = append(s.words, joined.MemberID)
			}
		}
	}
}

// No client can crash the process, neither at once nor when the log is read again.
func TestExternal_brokerSurvivesAbsurdRequests(t *testing.T) {
	dir := t.TempDir()
	broker := kafkatest.Open(t, embedded.Config{Dir: dir, Listen: "127.0.0.1:0"})
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	kafkatest.Publish(t, p, kafkatest.Events(1, 30))
	other := kafkatest.NewClient(t, kafkatest.Config(broker))
	topics, err := kadm.NewClient(other).ListTopics(t.Context(), kafkatest.TopicName)
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	s := &randomClient{rand.New(rand.NewPCG(1, 2)), topics[kafkatest.TopicName].ID, []string{"", "g", "consumer", kafkatest.TopicName, "newsletter", "__consumer_offsets", "a b"}}
	for range 1000 {
		conn, err := net.Dial("tcp", broker.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		s.ask(conn)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	kafkatest.Publish(t, p, kafkatest.Events(31, 33))
	if _, seqs := kafkatest.Tail(t, p, 100_000); len(seqs) != 33 {
		t.Errorf("%d events are there, not 33", len(seqs))
	}
	for range 2 {
		p.Close()
		kafkatest.Close(t, broker)
		broker = kafkatest.Open(t, embedded.Config{Dir: dir})
		p = kafkatest.NewProducer(t, kafkatest.Config(broker))
	}
	kafkatest.Publish(t, p, kafkatest.Events(34, 36))
	p.Close()
	kafkatest.Close(t, broker)
}
