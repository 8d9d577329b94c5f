package embedded

import (
	"errors"
	"fmt"
	"maps"
	"regexp/syntax"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds of the state that the broker keeps for external clients, in memory and in its log. The counts
// start at 0 with the process. Only the count of members decreases.
const (
	maxGroups       = 2000     // consumer groups and their static members; the broker keeps each for a year
	maxGroupMembers = "100"    // of one group at once, external or not
	maxMemberBytes  = 16 << 10 // of a request to join or sync a group; the broker keeps all of it
	maxMembers      = 10_000   // of all groups at once
	maxPattern      = 1000     // instructions and character ranges of a compiled topic pattern
	maxProducers    = 10_000   // requests for a producer id, and producer ids of batches
)

// brokerState counts the state that the broker keeps for external clients. Its methods may be called from
// any goroutine.
type brokerState struct {
	mu        sync.Mutex
	groups    map[groupKey]struct{}
	producers map[int64]struct{}      // ids in batches; the broker accepts ids that it did not assign
	requested int                     // requests for a producer id; the broker logs each
	joined    int                     // join requests without a member id
	members   map[memberKey]time.Time // time of the last request; removed after memberTTL
}

// memberTTL exceeds the time for which the broker keeps a member without requests: 5 minutes, the longest
// session timeout.
const memberTTL = 6 * time.Minute

// memberKey is a member of a group.
type memberKey struct {
	group, id string
	new       int // distinguishes members without an id; 0 for others
}

// groupKey is a group, or one static member of it.
type groupKey struct {
	name     string
	instance string // "" for the group
}

func newBrokerState() brokerState {
	return brokerState{groups: map[groupKey]struct{}{}, producers: map[int64]struct{}{}, members: map[memberKey]time.Time{}}
}

// useGroup counts a group. It fails if the broker would have to keep one too many.
func (s *brokerState) useGroup(name string) error {
	return s.use("group", name, groupKey{name: name})
}

// useMember counts a group, a member id, "" before the broker has assigned it, and a static member
// instance, nil for a dynamic member.
func (s *brokerState) useMember(group, id string, instance *string) error {
	err := s.useGroup(group)
	if err == nil && instance != nil {
		err = s.use("static member", *instance, groupKey{name: group, instance: *instance})
	}
	if err == nil {
		err = s.touchMember(group, id, time.Now())
	}
	return err
}

// touchMember records a request of a member. It fails if the broker would have to keep one member too
// many.
func (s *brokerState) touchMember(group, id string, now time.Time) error {
	if len(id) > maxName {
		return fmt.Errorf("the id of its member has %d bytes, more than %d", len(id), maxName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := memberKey{group: group, id: id}
	if id == "" {
		s.joined++
		key.new = s.joined
	}
	if _, known := s.members[key]; !known && len(s.members) >= maxMembers {
		maps.DeleteFunc(s.members, func(_ memberKey, last time.Time) bool { return now.Sub(last) > memberTTL })
		if len(s.members) >= maxMembers {
			return fmt.Errorf("more than %d members of all groups within %v", maxMembers, memberTTL)
		}
	}
	s.members[key] = now
	return nil
}

// use counts a group or a static member.
func (s *brokerState) use(kind, name string, key groupKey) error {
	if len(name) > maxName {
		return fmt.Errorf("the name of its %s has %d bytes, more than %d", kind, len(name), maxName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.groups[key]; !known && len(s.groups) >= maxGroups {
		return fmt.Errorf("more than %d consumer groups and static members since the start", maxGroups)
	}
	s.groups[key] = struct{}{}
	return nil
}

// useJoin checks a JoinGroup request. It refuses lists of protocols on which kfake panics.
func (s *brokerState) useJoin(h header, body []byte) error {
	if err := checkMemberBytes(body); err != nil {
		return err
	}
	join := kmsg.NewPtrJoinGroupRequest()
	join.SetVersion(h.version)
	if err := join.ReadFrom(body); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, p := range join.Protocols {
		names[p.Name] = true
	}
	if len(names) == 0 || len(names) < len(join.Protocols) {
		return errors.New("it has no protocol, or one twice")
	}
	return s.useMember(join.Group, join.MemberID, join.InstanceID)
}

// useHeartbeat checks a ConsumerGroupHeartbeat request, which may join a group.
func (s *brokerState) useHeartbeat(h header, body []byte) error {
	if err := checkMemberBytes(body); err != nil {
		return err
	}
	heartbeat := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	heartbeat.SetVersion(h.version)
	if err := heartbeat.ReadFrom(body); err != nil {
		return err
	}
	if pattern := heartbeat.SubscribedTopicRegex; pattern != nil {
		if err := checkPattern(*pattern); err != nil {
			return err
		}
	}
	return s.useMember(heartbeat.Group, heartbeat.MemberID, heartbeat.InstanceID)
}

// useSync checks a SyncGroup request.
func (s *brokerState) useSync(h header, body []byte) error {
	if err := checkMemberBytes(body); err != nil {
		return err
	}
	return s.useMemberRequest(h, body)
}

// useCommit checks an OffsetCommit request, which may be of a member.
func (s *brokerState) useCommit(h header, body []byte) error {
	if err := s.useGroup(groupOf(h, body)); err != nil || h.version < 1 {
		return err
	}
	return s.useMemberRequest(h, body)
}

// useMemberRequest checks a request of a member. It begins with the group, the generation and the member id.
func (s *brokerState) useMemberRequest(h header, body []byte) error {
	b := kbin.Reader{Src: body}
	read := b.String
	if h.version >= layouts[h.key].flexible {
		read = b.CompactString
	}
	group := read()
	b.Int32()
	id := read()
	if id == "" { // the broker answers with an error
		return nil
	}
	return s.touchMember(group, id, time.Now())
}

func checkMemberBytes(body []byte) error {
	if len(body) > maxMemberBytes {
		return fmt.Errorf("it has %d bytes, more than %d", len(body), maxMemberBytes)
	}
	return nil
}

// checkPattern bounds the compiled size of a topic pattern, which the broker keeps: x{1000} has 1000
// instructions. It accepts an invalid pattern, which the broker answers with an error.
func checkPattern(pattern string) error {
	if len(pattern) > maxName {
		return fmt.Errorf("its topic pattern has %d bytes, more than %d", len(pattern), maxName)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	compiled, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil
	}
	size := 0
	for _, inst := range compiled.Inst {
		size += 1 + len(inst.Rune)/2
	}
	if size > maxPattern {
		return fmt.Errorf("its topic pattern has %d instructions and character ranges, more than %d", size, maxPattern)
	}
	return nil
}

// useProducerRequest checks an InitProducerID request.
func (s *brokerState) useProducerRequest(h header, body []byte) error {
	b := kbin.Reader{Src: body}
	read := b.NullableString
	if h.version >= layouts[h.key].flexible {
		read = b.CompactNullableString
	}
	if id := read(); id != nil && len(*id) > maxName {
		return fmt.Errorf("its transactional id has %d bytes, more than %d", len(*id), maxName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requested >= maxProducers {
		return fmt.Errorf("more than %d producer ids since the start", maxProducers)
	}
	s.requested++
	return nil
}

// useProducer counts a producer id. It fails if the broker would have to keep one too many. Producers
// without idempotence have a negative id.
func (s *brokerState) useProducer(id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.producers[id]; id < 0 || known {
		return nil
	}
	if len(s.producers) >= maxProducers {
		return fmt.Errorf("more than %d producer ids in batches since the start", maxProducers)
	}
	s.producers[id] = struct{}{}
	return nil
}

// groupOf returns the group in the first field of body.
func groupOf(h header, body []byte) string {
	b := kbin.Reader{Src: body}
	if h.version >= layouts[h.key].flexible {
		return b.CompactString()
	}
	return b.String()
}
