package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Groups of external clients are counted, for every request that creates one.
func TestFilter_boundsGroups(t *testing.T) {
	requests := func(group string) (raw []byte) {
		for _, version := range []int16{2, 8} {
			join := kmsg.NewPtrJoinGroupRequest()
			join.Group, join.Protocols = group, []kmsg.JoinGroupRequestProtocol{{Name: "range"}}
			join.SetVersion(version)
			commit := kmsg.NewPtrOffsetCommitRequest()
			commit.Group = group
			commit.SetVersion(version)
			raw = append(append(raw, encode(join)...), encode(commit)...)
		}
		heartbeat := kmsg.NewPtrConsumerGroupHeartbeatRequest()
		heartbeat.Group = group
		return append(raw, encode(heartbeat)...)
	}
	var raw []byte
	for i := range maxGroups {
		raw = append(raw, requests(fmt.Sprint(i))...)
	}
	raw = append(raw, requests("0")...)
	if got := filtered(t, bytes.NewReader(append(bytes.Clone(raw), requests("one more")...))); !bytes.Equal(got, raw) {
		t.Errorf("of %d bytes came %d", len(raw), len(got))
	}
	if got := filtered(t, bytes.NewReader(requests(strings.Repeat("x", maxName+1)))); len(got) > 0 {
		t.Error("a group has a name without a bound")
	}
}

// Static members count as groups do, in both protocols; a known one may join again.
func TestFilter_boundsStaticMembers(t *testing.T) {
	join := func(instance string) []byte {
		r := kmsg.NewPtrJoinGroupRequest()
		r.SetVersion(5)
		r.Group, r.InstanceID, r.Protocols = "g", &instance, []kmsg.JoinGroupRequestProtocol{{Name: "range"}}
		return encode(r)
	}
	heartbeat := func(instance string) []byte {
		r := kmsg.NewPtrConsumerGroupHeartbeatRequest()
		r.Group, r.InstanceID = "g", &instance
		return encode(r)
	}
	var raw []byte
	for i := range maxGroups - 1 {
		raw = append(append(raw, join(fmt.Sprint(i))...), heartbeat(fmt.Sprint(i))...)
	}
	for _, more := range [][]byte{join("one more"), heartbeat("one more")} {
		if got := filtered(t, bytes.NewReader(append(bytes.Clone(raw), more...))); !bytes.Equal(got, raw) {
			t.Errorf("of %d bytes came %d", len(raw), len(got))
		}
	}
}

// Members of all groups are counted, for every request that keeps them alive, until memberTTL after their
// last request.
func TestBrokerState_boundsMembers(t *testing.T) {
	instance := "x"
	for name, requests := range map[string]func(id string) []kmsg.Request{
		"classic": func(id string) []kmsg.Request {
			return []kmsg.Request{
				&kmsg.JoinGroupRequest{Version: 9, Group: "g", MemberID: id, Protocols: []kmsg.JoinGroupRequestProtocol{{Name: "range"}}},
				&kmsg.JoinGroupRequest{Version: 5, Group: "g", MemberID: id, InstanceID: &instance, Protocols: []kmsg.JoinGroupRequestProtocol{{Name: "range"}}},
				&kmsg.SyncGroupRequest{Version: 3, Group: "g", MemberID: id}, &kmsg.SyncGroupRequest{Version: 5, Group: "g", MemberID: id},
				&kmsg.HeartbeatRequest{Version: 0, Group: "g", MemberID: id}, &kmsg.HeartbeatRequest{Version: 4, Group: "g", MemberID: id},
				&kmsg.OffsetCommitRequest{Version: 1, Group: "g", MemberID: id}, &kmsg.OffsetCommitRequest{Version: 8, Group: "g", MemberID: id},
			}
		},
		"consumer": func(id string) []kmsg.Request {
			return []kmsg.Request{&kmsg.ConsumerGroupHeartbeatRequest{Group: "g", MemberID: id}}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newExternalListener(nil, slog.New(slog.DiscardHandler))
			defer l.refusals.close()
			accepts := func(r kmsg.Request) bool {
				t.Helper()
				f := newRequestFilter(byteConn{}, l)
				_, _, err := f.accept(encode(r), accepted{})
				return err == nil
			}
			for i := range maxMembers {
				all := requests(fmt.Sprint(i))
				if !accepts(all[i%len(all)]) {
					t.Fatalf("%s: member %d is refused", name, i)
				}
			}
			for _, r := range requests("one more") {
				if accepts(r) {
					t.Errorf("%s: %T makes one member more", name, r)
				}
			}
			for _, r := range requests("0") {
				if !accepts(r) {
					t.Errorf("%s: %T of a known member is refused", name, r)
				}
			}
			if accepts(&kmsg.JoinGroupRequest{Version: 3, Group: "g", Protocols: []kmsg.JoinGroupRequestProtocol{{Name: "range"}}}) {
				t.Errorf("%s: a member without an id is not counted", name)
			}
			if !accepts(&kmsg.OffsetCommitRequest{Version: 8, Group: "g", Generation: -1}) {
				t.Errorf("%s: a commit without a member is refused", name)
			}
			time.Sleep(memberTTL)
			if !accepts(requests("0")[0]) || accepts(requests("one more")[0]) {
				t.Errorf("%s: a member is forgotten too early", name)
			}
			time.Sleep(time.Millisecond)
			if !accepts(requests("one more")[0]) || len(l.state.members) != 2 {
				t.Errorf("%s: %d members are kept after their end", name, len(l.state.members))
			}
		})
	}
}

// Producer ids are counted, assigned ones and those that clients invent.
func TestFilter_boundsProducers(t *testing.T) {
	initiate := kmsg.NewPtrInitProducerIDRequest()
	write := func(id int64) []byte {
		batch := packed(t, 0, someRecords(1), 1)
		binary.BigEndian.PutUint64(batch[43:], uint64(id))
		binary.BigEndian.PutUint32(batch[17:], crc32.Checksum(batch[21:], castagnoli))
		return encode(produce(batch))
	}
	var requestKeys, written []byte
	for i := range maxProducers {
		requestKeys = append(requestKeys, encode(initiate)...)
		written = append(written, write(int64(i))...)
	}
	written = append(append(written, write(0)...), write(-1)...)
	for name, test := range map[string]struct{ within, more []byte }{
		"requested": {requestKeys, encode(initiate)},
		"invented":  {written, write(maxProducers)},
	} {
		if got := filtered(t, bytes.NewReader(append(bytes.Clone(test.within), test.more...))); !bytes.Equal(got, test.within) {
			t.Errorf("%s: of %d bytes came %d", name, len(test.within), len(got))
		}
	}
}

// The longest texts are accepted in every version, and none that is a byte longer.
func TestFilter_boundsTexts(t *testing.T) {
	text := func(n int) string { return strings.Repeat("x", n) }
	for version := range layouts[kmsg.OffsetCommit].max + 1 {
		commit := func(n int) []byte {
			r := kmsg.NewPtrOffsetCommitRequest()
			r.SetVersion(version)
			r.Topics = []kmsg.OffsetCommitRequestTopic{{Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Metadata: new(text(n))}}}}
			return encode(r)
		}
		if got := filtered(t, bytes.NewReader(append(commit(maxMetadata), commit(maxMetadata+1)...))); !bytes.Equal(got, commit(maxMetadata)) {
			t.Errorf("OffsetCommit %d: %d bytes were accepted", version, len(got))
		}
	}
	for version := range layouts[kmsg.InitProducerID].max + 1 {
		transactional := func(n int) []byte {
			r := kmsg.NewPtrInitProducerIDRequest()
			r.SetVersion(version)
			r.TransactionalID = new(text(n))
			return encode(r)
		}
		if got := filtered(t, bytes.NewReader(append(transactional(maxName), transactional(maxName+1)...))); !bytes.Equal(got, transactional(maxName)) {
			t.Errorf("InitProducerID %d: %d bytes were accepted", version, len(got))
		}
	}
	client := kmsg.NewRequestFormatter(kmsg.FormatterClientID(text(maxName+1))).AppendRequest(nil, kmsg.NewPtrMetadataRequest(), 1)
	if got := filtered(t, bytes.NewReader(client)); len(got) > 0 {
		t.Error("a client id has no bound")
	}
}

// Patterns that clients use are small; repetitions and large character classes are not.
func TestCheckPattern(t *testing.T) {
	for pattern, want := range map[string]bool{
		"blog-events": true, "blog-.*": true, `(?i)^(blog|news)-[\w.-]{1,40}$`: true, "(": true,
		"x{1000}": false, "(a{30}){30}b{200}": false, strings.Repeat(`\pL`, 80): false,
	} {
		if err := checkPattern(pattern); (err == nil) != want {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
