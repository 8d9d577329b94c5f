package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ContentType is the media type of EncodeCloud's bytes.
const ContentType = "application/cloudevents+json"

// TimeFormat is RFC 3339 in UTC with milliseconds, the precision that is stored.
const TimeFormat = "2006-01-02T15:04:05.000Z"

type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            Type            `json:"type"`
	Subject         string          `json:"subject"`
	Time            string          `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Sequence        string          `json:"sequence"`
	Actor           Actor           `json:"actor"`
	Changed         []string        `json:"changed"`
	Autosave        string          `json:"autosave,omitempty"` // "true"
	Restored        string          `json:"restored,omitempty"` // a version
	Redacted        string          `json:"redacted,omitempty"` // "true"
	Data            json.RawMessage `json:"data,omitempty"`     // see withData
}

// EncodeCloud returns e as a CloudEvents 1.0 JSON event: the value of its Kafka record.
func EncodeCloud(e Event) ([]byte, error) {
	c := cloudEvent{
		SpecVersion: "1.0", ID: e.ID, Source: "/wiredesk", Type: e.Type,
		Subject: "posts/" + strconv.FormatInt(e.PostID, 10), Time: e.Time.UTC().Format(TimeFormat),
		DataContentType: "application/json", Sequence: strconv.FormatInt(e.Seq, 10),
		Actor: e.Actor, Changed: notNil(e.Changed),
	}
	if e.Autosave {
		c.Autosave = "true"
	}
	if e.Restored > 0 {
		c.Restored = strconv.FormatInt(e.Restored, 10)
	}
	if e.Redacted {
		c.Redacted = "true"
	}
	b, err := json.Marshal(c)
	return withData(b, e, err)
}

// withData puts the event's data, which is JSON already, behind the envelope's other
// members. Encoding it with them would read it all again.
func withData(envelope []byte, e Event, err error) ([]byte, error) {
	if err == nil && skipValue(e.Data, 0) != len(e.Data) {
		err = errDamaged
	}
	data := e.Data
	if err == nil {
		data, err = WithLiveVersion(e)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding event %d: %w", e.Seq, err)
	}
	b := make([]byte, 0, len(envelope)+len(data)+len(`,"data":`))
	b = append(b, envelope[:len(envelope)-1]...)
	b = append(b, `,"data":`...)
	b = append(b, data...)
	return append(b, '}'), nil
}

// WithLiveVersion returns the event's data with the member liveVersion. Events of releases
// that did not have it lack it: each version of a published post was live then. The member
// follows published, as in a post's own encoding.
func WithLiveVersion(e Event) (json.RawMessage, error) {
	if e.Type == Deleted {
		return e.Data, nil
	}
	if _, found, err := findMember(e.Data, "liveVersion"); found || err != nil {
		return e.Data, err
	}
	published, found, err := findMember(e.Data, "published")
	if !found || err != nil {
		return e.Data, err
	}
	live := "null"
	if string(e.Data[published.value:published.end]) == "true" {
		live = strconv.FormatInt(e.Version, 10)
	}
	return slices.Concat(e.Data[:published.end], json.RawMessage(`,"liveVersion":`+live), e.Data[published.end:]), nil
}

// DecodeCloud reads what EncodeCloud wrote and refuses anything else with an
// error that names the offending attribute.
func DecodeCloud(b []byte) (Event, error) {
	var c cloudEvent
	if err := json.Unmarshal(b, &c); err != nil {
		return Event{}, fmt.Errorf("decoding CloudEvent: %w", err)
	}
	if c.SpecVersion != "1.0" {
		return Event{}, fmt.Errorf("decoding CloudEvent: specversion %q is not 1.0", c.SpecVersion)
	}
	if c.ID == "" {
		return Event{}, errors.New("decoding CloudEvent: id is missing")
	}
	seq, err := strconv.ParseInt(c.Sequence, 10, 64)
	if err != nil || seq < 1 {
		return Event{}, fmt.Errorf("decoding CloudEvent: sequence %q is not a positive integer", c.Sequence)
	}
	id, ok := strings.CutPrefix(c.Subject, "posts/")
	postID, err := strconv.ParseInt(id, 10, 64)
	if !ok || err != nil || postID < 1 {
		return Event{}, fmt.Errorf("decoding CloudEvent: subject %q is not posts/<id>", c.Subject)
	}
	if !c.Type.Valid() {
		return Event{}, fmt.Errorf("decoding CloudEvent: unknown type %q", c.Type)
	}
	at, err := time.Parse(TimeFormat, c.Time)
	if err != nil {
		return Event{}, fmt.Errorf("decoding CloudEvent: time: %w", err)
	}
	if c.Autosave != "" && c.Autosave != "true" {
		return Event{}, fmt.Errorf("decoding CloudEvent: autosave %q is not true", c.Autosave)
	}
	if c.Redacted != "" && c.Redacted != "true" {
		return Event{}, fmt.Errorf("decoding CloudEvent: redacted %q is not true", c.Redacted)
	}
	var restored int64
	if c.Restored != "" {
		if restored, err = strconv.ParseInt(c.Restored, 10, 64); err != nil || restored < 1 {
			return Event{}, fmt.Errorf("decoding CloudEvent: restored %q is not a positive integer", c.Restored)
		}
	}
	version, found, err := findMember(c.Data, "version")
	if err != nil {
		return Event{}, fmt.Errorf("decoding CloudEvent: data: %w", err)
	}
	var number int64
	if found {
		number, err = strconv.ParseInt(string(c.Data[version.value:version.end]), 10, 64)
	}
	if err != nil || number < 1 {
		return Event{}, errors.New("decoding CloudEvent: data has no version")
	}
	return Event{Seq: seq, ID: c.ID, Type: c.Type, PostID: postID, Version: number,
		Time: at, Actor: c.Actor, Changed: notNil(c.Changed), Autosave: c.Autosave != "", Restored: restored,
		Redacted: c.Redacted != "", Data: c.Data}, nil
}

type frame struct {
	Type    Type     `json:"type"`
	Seq     int64    `json:"seq"`
	ID      string   `json:"id"`
	Time    string   `json:"time"`
	Actor   Actor    `json:"actor"`
	Changed []string `json:"changed"`

	Autosave bool  `json:"autosave,omitempty"`
	Restored int64 `json:"restored,omitempty"`
	Redacted bool  `json:"redacted,omitempty"`
}

// EncodeFrame returns e as it stands in REST answers and, for those who follow
// its post, on sockets: with the whole post.
func EncodeFrame(e Event) ([]byte, error) {
	b, err := json.Marshal(frame{Type: e.Type, Seq: e.Seq, ID: e.ID,
		Time: e.Time.UTC().Format(TimeFormat), Actor: e.Actor, Changed: notNil(e.Changed), Autosave: e.Autosave, Restored: e.Restored, Redacted: e.Redacted})
	return withData(b, e, err)
}

// EncodeSummaryFrame is EncodeFrame with the post's content left out.
func EncodeSummaryFrame(e Event) ([]byte, error) {
	data, err := WithoutField(e.Data, "content")
	if err != nil {
		return nil, fmt.Errorf("encoding event %d: %w", e.Seq, err)
	}
	e.Data = data
	return EncodeFrame(e)
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
