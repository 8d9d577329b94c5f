package kafka

import (
	"errors"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Headers of a record. Those with the prefix ce_ repeat attributes of the CloudEvent, so that readers
// can select records without decoding them. The MAC does not cover them.
const (
	headerType     = "content-type"
	headerID       = "ce_id"
	headerSequence = "ce_sequence"
	headerEpoch    = "ce_epoch"
	headerTrace    = "traceparent" // only if the event has a trace
	headerMAC      = "wiredesk-mac"
)

// Reasons to refuse a record.
var (
	errSource = errors.New("its source is another installation")
	errMAC    = errors.New("its MAC is missing or wrong")
)

// newRecord returns the record of e.
func (c Config) newRecord(m macs, e event.Event) (*kgo.Record, error) {
	value, err := c.Form.EncodeCloud(e)
	if err != nil {
		return nil, err
	}
	header := func(key, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: key, Value: []byte(value)} }
	r := &kgo.Record{Topic: c.Topic, Key: strconv.AppendInt(nil, e.PostID, 10), Value: value, Headers: []kgo.RecordHeader{
		header(headerType, event.ContentType),
		header("ce_type", string(e.Type)),
		header(headerID, e.ID),
		header("ce_source", c.Form.Source()),
		header("ce_subject", e.Subject()),
		header("ce_time", e.Time.UTC().Format(event.TimeFormat)),
		header(headerSequence, event.Sequence(e.Seq)),
		header(headerEpoch, e.Epoch),
		{Key: headerMAC, Value: m.sign(value)},
	}}
	if e.Trace != "" {
		r.Headers = append(r.Headers, header(headerTrace, e.Trace))
	}
	return r, nil
}

// valid reports whether the record has a MAC under a secret of this installation.
func (m macs) valid(r *kgo.Record) bool { return m.match(headerOf(r, headerMAC), r.Value) }

// decode returns the event of a record with a valid MAC. Its error is errSource if the record is of
// another installation with the same secret.
func (c Config) decode(r *kgo.Record) (event.Event, error) {
	source, e, err := event.DecodeCloud(r.Value)
	if err == nil && source != c.Form.Source() {
		err = errSource
	}
	e.Trace = event.ParseTrace(string(headerOf(r, headerTrace)))
	return e, err
}

// headerOf returns the value of the first header with that key, nil without one.
func headerOf(r *kgo.Record, key string) []byte {
	for _, h := range r.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return nil
}

// headerPosition returns the position and the id of the record's event from its headers. Missing or
// damaged headers give zero values.
func headerPosition(r *kgo.Record) (at event.Position, id string) {
	if seq, err := event.ParseSequence(string(headerOf(r, headerSequence))); err == nil {
		at.Seq = seq
	}
	at.Epoch = string(headerOf(r, headerEpoch))
	return at, string(headerOf(r, headerID))
}
