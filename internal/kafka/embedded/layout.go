package embedded

import (
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka"
)

// layout describes one request: the versions that external clients may use, the first version with
// compact lengths and tags (flexible), and the fields in order.
type layout struct {
	min, max, flexible int16
	fields             []field
	brokerTags         uint32 // tags below this number, which only brokers send
}

// field is one field of a request, in the versions min to max.
type field struct {
	kind     kind
	size     int     // bytes of a fixed field, maximal bytes of a text or blob
	min, max int16   // versions that have the field
	items    []field // of an array element; a flexible structure ends with tags
}

type kind uint8

const (
	fixed   kind = iota // size bytes
	text                // string, or null
	blob                // bytes, or null
	values              // array of items[0]
	structs             // array of structures
)

var (
	int8Field  = field{kind: fixed, size: 1, max: math.MaxInt16} // and bool
	int16Field = field{kind: fixed, size: 2, max: math.MaxInt16}
	int32Field = field{kind: fixed, size: 4, max: math.MaxInt16}
	int64Field = field{kind: fixed, size: 8, max: math.MaxInt16}
	uuidField  = field{kind: fixed, size: 16, max: math.MaxInt16}
	textField  = field{kind: text, size: maxText, max: math.MaxInt16}
	blobField  = field{kind: blob, size: maxMetadata, max: math.MaxInt16}

	metadataField = field{kind: text, size: maxMetadata, max: math.MaxInt16} // of a committed offset
	recordsField  = field{kind: blob, size: kafka.MaxBatchBytes, max: math.MaxInt16}
)

func arrayOf(item field) field { return field{kind: values, items: []field{item}, max: math.MaxInt16} }

func structsOf(items ...field) field {
	return field{kind: structs, items: items, max: math.MaxInt16}
}

// since returns f limited to the versions from v on.
func (f field) since(v int16) field { f.min = v; return f }

// until returns f limited to the versions up to v.
func (f field) until(v int16) field { f.max = v; return f }

// layouts are the requests that external clients may send: to write, to read, and to use a consumer group.
// Others are not advertised. Requests that change topics, settings or rights are missing because the
// server manages the only topic. Two requests are missing because clients fail on kfake's answers: it
// subscribes to every metric (GetTelemetrySubscriptions), and its answer to DescribeTopicPartitions has a
// null list that the Java client does not expect.
var layouts = map[kmsg.Key]layout{
	kmsg.Produce: {min: 3, max: 13, flexible: 9, fields: []field{textField, int16Field, int32Field,
		structsOf(textField.until(12), uuidField.since(13), structsOf(int32Field, recordsField))}},
	kmsg.Fetch: {min: 4, max: 18, flexible: 12, brokerTags: 2, fields: []field{int32Field.until(14), int32Field, int32Field, int32Field, int8Field,
		int32Field.since(7), int32Field.since(7),
		structsOf(textField.until(12), uuidField.since(13), structsOf(int32Field, int32Field.since(9), int64Field, int32Field.since(12),
			int64Field.since(5), int32Field)),
		structsOf(textField.until(12), uuidField.since(13), arrayOf(int32Field)).since(7), textField.since(11)}},
	kmsg.ListOffsets: {max: 10, flexible: 6, fields: []field{int32Field, int8Field.since(2),
		structsOf(textField, structsOf(int32Field, int32Field.since(4), int64Field, int32Field.until(0))), int32Field.since(10)}},
	kmsg.Metadata: {max: 13, flexible: 9, fields: []field{structsOf(uuidField.since(10), textField), int8Field.since(4),
		int8Field.since(8).until(10), int8Field.since(8)}},
	kmsg.OffsetCommit: {max: 10, flexible: 8, fields: []field{textField, int32Field.since(1), textField.since(1), textField.since(7),
		int64Field.since(2).until(4), structsOf(textField.until(9), uuidField.since(10),
			structsOf(int32Field, int64Field, int64Field.since(1).until(1), int32Field.since(6), metadataField))}},
	kmsg.OffsetFetch: {max: 10, flexible: 6, fields: []field{textField.until(7), structsOf(textField, arrayOf(int32Field)).until(7),
		structsOf(textField, textField.since(9), int32Field.since(9), structsOf(textField.until(9), uuidField.since(10), arrayOf(int32Field))).since(8),
		int8Field.since(7)}},
	kmsg.FindCoordinator: {max: 6, flexible: 3, fields: []field{textField.until(3), int8Field.since(1), arrayOf(textField).since(4)}},
	kmsg.JoinGroup: {max: 9, flexible: 6, fields: []field{textField, int32Field, int32Field.since(1), textField, textField.since(5), textField,
		structsOf(textField, blobField), textField.since(8)}},
	kmsg.Heartbeat: {max: 4, flexible: 4, fields: []field{textField, int32Field, textField, textField.since(3)}},
	kmsg.LeaveGroup: {max: 5, flexible: 4, fields: []field{textField, textField.until(2),
		structsOf(textField, textField, textField.since(5)).since(3)}},
	kmsg.SyncGroup: {max: 5, flexible: 4, fields: []field{textField, int32Field, textField, textField.since(3), textField.since(5),
		textField.since(5), structsOf(textField, blobField)}},
	kmsg.DescribeGroups: {max: 6, flexible: 5, fields: []field{arrayOf(textField), int8Field.since(3)}},
	kmsg.ListGroups:     {max: 5, flexible: 3, fields: []field{arrayOf(textField).since(4), arrayOf(textField).since(5)}},
	kmsg.ApiVersions: {max: 5, flexible: 3, fields: []field{textField.since(3), textField.since(3), textField.since(5),
		int32Field.since(5)}},
	kmsg.InitProducerID:       {max: 5, flexible: 2, fields: []field{textField, int32Field, int64Field.since(3), int16Field.since(3)}},
	kmsg.OffsetForLeaderEpoch: {min: 3, max: 4, flexible: 4, fields: []field{int32Field, structsOf(textField, structsOf(int32Field, int32Field, int32Field))}},
	kmsg.DescribeConfigs: {max: 4, flexible: 4, fields: []field{structsOf(int8Field, textField, arrayOf(textField)), int8Field.since(1),
		int8Field.since(3)}},
	kmsg.DeleteGroups:    {max: 3, flexible: 2, fields: []field{arrayOf(textField)}},
	kmsg.OffsetDelete:    {max: 0, flexible: math.MaxInt16, fields: []field{textField, structsOf(textField, structsOf(int32Field))}},
	kmsg.DescribeCluster: {max: 2, flexible: 0, fields: []field{int8Field, int8Field.since(1), int8Field.since(2)}},
	kmsg.ConsumerGroupHeartbeat: {max: 1, flexible: 0, fields: []field{textField, textField, int32Field, textField, textField, int32Field,
		arrayOf(textField), textField.since(1), textField, structsOf(uuidField, arrayOf(int32Field))}},
	kmsg.ConsumerGroupDescribe: {max: 1, flexible: 0, fields: []field{arrayOf(textField), int8Field}},
}
