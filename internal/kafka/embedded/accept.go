package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds of a fetch by an external client. One batch is returned even if it is larger than maxFetchBytes.
const (
	maxFetchBytes = 1 << 20
	maxFetchWait  = 30 * time.Second
)

// accept checks a request and returns the bytes for the broker, which may differ from raw.
func (f *requestFilter) accept(raw []byte, request accepted) (accepted, []byte, error) {
	if version := binary.BigEndian.Uint16(raw[6:]); kmsg.Key(binary.BigEndian.Uint16(raw[4:])) == kmsg.ApiVersions &&
		version > uint16(layouts[kmsg.ApiVersions].max) {
		request.unsupported = true
		raw = withVersion0(raw)
	}
	h, body, err := checkRequest(raw[4:])
	request.header = h
	if err != nil {
		return request, nil, err
	}
	switch h.key {
	case kmsg.Produce:
		request.noAck, err = f.acceptProduce(h, body)
	case kmsg.Fetch:
		boundFetch(h, body)
	case kmsg.JoinGroup:
		err = f.owner.state.useJoin(h, body)
	case kmsg.ConsumerGroupHeartbeat:
		err = f.owner.state.useHeartbeat(h, body)
	case kmsg.SyncGroup:
		err = f.owner.state.useSync(h, body)
	case kmsg.Heartbeat:
		err = f.owner.state.useMemberRequest(h, body)
	case kmsg.OffsetCommit:
		err = f.owner.state.useCommit(h, body)
	case kmsg.InitProducerID:
		err = f.owner.state.useProducerRequest(h, body)
	}
	return request, raw, err
}

// withVersion0 returns an ApiVersions request in version 0, which has no fields, with the correlation id
// of raw. As in Kafka, a newer client gets its answer in this version.
func withVersion0(raw []byte) []byte {
	out := []byte{0, 0, 0, 10, 0, byte(kmsg.ApiVersions), 0, 0}
	out = append(out, raw[8:12]...)
	return append(out, 0xff, 0xff) // no client id
}

// acceptProduce checks the batches of a produce request. It replaces acks=0 in body by acks=1, so that the
// broker answers every request; noAck reports whether acks was 0.
func (f *requestFilter) acceptProduce(h header, body []byte) (noAck bool, err error) {
	produce := kmsg.NewPtrProduceRequest()
	produce.SetVersion(h.version)
	if err := produce.ReadFrom(body); err != nil {
		return false, err
	}
	if produce.TransactionID != nil {
		return false, errors.New("it is part of a transaction, of which there are none")
	}
	if len(produce.Topics) > 1 {
		return false, errors.New("there is only one topic to write to")
	}
	f.owner.validating.Lock() // one at a time, so that external clients use one core at most
	defer f.owner.validating.Unlock()
	check := newBatchCheck()
	for _, t := range produce.Topics {
		for _, p := range t.Partitions {
			if err := check.check(p.Records); err != nil {
				return false, err
			}
			if err := f.owner.state.useProducer(producerOf(p.Records)); err != nil {
				return false, err
			}
		}
	}
	if produce.Acks == 0 {
		acks := body[len(body)-len(afterNull(h, body)):]
		binary.BigEndian.PutUint16(acks, 1)
	}
	return produce.Acks == 0, nil
}

// producerOf returns the producer id of a batch that passed a batchCheck.
func producerOf(batch []byte) int64 { return int64(binary.BigEndian.Uint64(batch[43:])) }

// afterNull returns the bytes after the null transaction id at the start of body.
func afterNull(h header, body []byte) []byte {
	b := kbin.Reader{Src: body}
	if h.version >= layouts[h.key].flexible {
		b.CompactNullableString()
	} else {
		b.NullableString()
	}
	return b.Src
}

// boundFetch changes a fetch in place: it lowers its wait and its bytes to the bounds, and removes it from
// fetch sessions, which would hold memory of the broker until the client ends them.
func boundFetch(h header, body []byte) {
	if h.version <= 14 {
		body = body[4:] // replica id
	}
	lower := func(field []byte, bound int64) {
		if int64(int32(binary.BigEndian.Uint32(field))) > bound {
			binary.BigEndian.PutUint32(field, uint32(bound))
		}
	}
	lower(body[0:], maxFetchWait.Milliseconds())
	lower(body[4:], maxFetchBytes) // minimal bytes
	lower(body[8:], maxFetchBytes)
	if h.version < 7 {
		return
	}
	session, epoch := body[13:17], body[17:21]
	binary.BigEndian.PutUint32(session, 0)
	if int32(binary.BigEndian.Uint32(epoch)) <= 0 { // a later epoch is of an unknown session, which the broker answers with an error
		binary.BigEndian.PutUint32(epoch, 0xffffffff)
	}
}

// features are the advertised features. Without transaction.version clients check for
// AddPartitionsToTxn first, which is not advertised.
var features = []string{"group.version", "metadata.version"}

// advertise returns the response to ApiVersions without the requests that are not in layouts.
func advertise(response []byte, request accepted) ([]byte, error) {
	version := kmsg.NewPtrApiVersionsResponse()
	version.SetVersion(request.version)
	if err := version.ReadFrom(response[8:]); err != nil {
		return nil, fmt.Errorf("reading the versions that the broker serves: %w", err)
	}
	if request.unsupported {
		version.ErrorCode = kerr.UnsupportedVersion.Code
	}
	version.ApiKeys = slices.DeleteFunc(version.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool {
		_, served := layouts[kmsg.Key(k.ApiKey)]
		return !served || request.unsupported && k.ApiKey != int16(kmsg.ApiVersions)
	})
	for i := range version.ApiKeys {
		k := &version.ApiKeys[i]
		l := layouts[kmsg.Key(k.ApiKey)]
		k.MinVersion, k.MaxVersion = max(k.MinVersion, l.min), min(k.MaxVersion, l.max)
	}
	version.SupportedFeatures = slices.DeleteFunc(version.SupportedFeatures, func(f kmsg.ApiVersionsResponseSupportedFeature) bool {
		return !slices.Contains(features, f.Name)
	})
	version.FinalizedFeatures = slices.DeleteFunc(version.FinalizedFeatures, func(f kmsg.ApiVersionsResponseFinalizedFeature) bool {
		return !slices.Contains(features, f.Name)
	})
	out := version.AppendTo(append([]byte(nil), response[:8]...))
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	return out, nil
}
