package embedded_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// storedRequests are requests with texts and bytes that the broker would keep for each
// partition, member, producer or static member.
func storedRequests() map[string]kmsg.Request {
	long := strings.Repeat("x", 240<<10)
	commit := kmsg.NewPtrOffsetCommitRequest()
	commit.SetVersion(9)
	commit.Group, commit.Generation = "g", -1
	commit.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: kafkatest.TopicName, Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Metadata: new(long[:4097])}}}}
	producer := kmsg.NewPtrInitProducerIDRequest()
	producer.SetVersion(4)
	producer.TransactionalID, producer.TransactionTimeoutMillis = new(long[:250]), 1000
	join := kmsg.NewPtrJoinGroupRequest()
	join.SetVersion(9)
	join.Group, join.ProtocolType, join.SessionTimeoutMillis = "g", "consumer", 6000
	protocol, instance := *join, *join
	protocol.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: []byte(long[:4097])}}
	instance.Protocols, instance.InstanceID = []kmsg.JoinGroupRequestProtocol{{Name: "range"}}, new(long[:250])
	protocols := *join
	for i := range 20 {
		protocols.Protocols = append(protocols.Protocols, kmsg.JoinGroupRequestProtocol{Name: fmt.Sprint(i), Metadata: []byte(long[:1000])})
	}
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.SetVersion(5)
	sync.Group, sync.GroupAssignment = "g", []kmsg.SyncGroupRequestGroupAssignment{{MemberAssignment: []byte(long[:4097])}}
	heartbeat := func(change func(*kmsg.ConsumerGroupHeartbeatRequest)) kmsg.Request {
		r := kmsg.NewPtrConsumerGroupHeartbeatRequest()
		r.SetVersion(1)
		r.Group, r.Topics = "g", []kmsg.ConsumerGroupHeartbeatRequestTopic{}
		change(r)
		return r
	}
	return map[string]kmsg.Request{"offset metadata": commit, "transactional id": producer,
		"protocol metadata": &protocol, "protocols": &protocols, "assignment": sync, "instance id": &instance,
		"rack":   heartbeat(func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.RackID = new(long[:1025]) }),
		"member": heartbeat(func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.MemberID = long[:1025] }),
		"static": heartbeat(func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.InstanceID = new(long[:250]) }),
		"topics": heartbeat(func(r *kmsg.ConsumerGroupHeartbeatRequest) {
			r.SubscribedTopicNames = slices.Repeat([]string{long[:200]}, 100)
		}),
		"pattern":      heartbeat(func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.SubscribedTopicRegex = new("x{1000}y{1000}") }),
		"long pattern": heartbeat(func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.SubscribedTopicRegex = new(long[:250]) }),
	}
}

// A group has at most a hundred members; one more gets an error and stays connected.
func TestExternal_boundsMembers(t *testing.T) {
	log := new(kafkatest.LogBuffer)
	_, outside := openTCP(t, log)
	member := kafkatest.NewClient(t, outside)
	defer member.Close()
	for i := range 101 {
		join := kmsg.NewPtrJoinGroupRequest()
		join.Group, join.ProtocolType, join.SessionTimeoutMillis = "g", "consumer", 60_000
		join.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range"}}
		response, err := join.RequestWith(t.Context(), member)
		if err != nil {
			t.Fatal(err)
		}
		want := kerr.MemberIDRequired.Code
		if i == 100 {
			want = kerr.GroupMaxSizeReached.Code
		}
		if response.ErrorCode != want {
			t.Fatalf("member %d: error %d, not %d", i+1, response.ErrorCode, want)
		}
	}
	if log.String() != "" {
		t.Errorf("logged: %s", log)
	}
}

// The largest offset metadata of many groups does not make each commit rewrite the log of all.
func TestExternal_manyOffsetsStayCheap(t *testing.T) {
	broker, outside := openTCP(t, new(kafkatest.LogBuffer))
	p := kafkatest.NewProducer(t, kafkatest.Config(broker))
	defer p.Close()
	kafkatest.Publish(t, p, kafkatest.Events(1, 1))
	c := kafkatest.NewClient(t, outside)
	defer c.Close()
	id, metadata, start := kafkatest.TopicID(t, c), strings.Repeat("x", 4096), cpuTime(t)
	for i := range 1000 {
		commit := kmsg.NewPtrOffsetCommitRequest()
		commit.Group, commit.Generation = fmt.Sprint(i), -1
		commit.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: kafkatest.TopicName, TopicID: id}}
		for partition := range int32(3) {
			commit.Topics[0].Partitions = append(commit.Topics[0].Partitions,
				kmsg.OffsetCommitRequestTopicPartition{Partition: partition, Metadata: &metadata})
		}
		response, err := commit.RequestWith(t.Context(), c)
		if err != nil || response.Topics[0].Partitions[2].ErrorCode != 0 {
			t.Fatalf("%+v, %v", response, err)
		}
		if took := cpuTime(t) - start; took > 8*time.Second {
			t.Fatalf("%d commits took %s of processor time", i+1, took)
		}
	}
	t.Logf("%s of processor time", cpuTime(t)-start)
}
