package event

import (
	"encoding/json"
	"errors"
	"fmt"
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
	Data            json.RawMessage `json:"data"`
}

// EncodeCloud returns e as a CloudEvents 1.0 JSON event: the value of its Kafka record.
func EncodeCloud(e Event) ([]byte, error) {
	b, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: e.ID, Source: "/wiredesk", Type: e.Type,
		Subject: "posts/" + strconv.FormatInt(e.PostID, 10), Time: e.Time.UTC().Format(TimeFormat),
		DataContentType: "application/json", Sequence: strconv.FormatInt(e.Seq, 10),
		Actor: e.Actor, Changed: notNil(e.Changed), Data: e.Data,
	})
	if err != nil {
		return nil, fmt.Errorf("encoding event %d: %w", e.Seq, err)
	}
	return b, nil
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
	var data struct {
		Version int64 `json:"version"`
	}
	if err := json.Unmarshal(c.Data, &data); err != nil {
		return Event{}, fmt.Errorf("decoding CloudEvent: data: %w", err)
	}
	if data.Version < 1 {
		return Event{}, errors.New("decoding CloudEvent: data has no version")
	}
	return Event{Seq: seq, ID: c.ID, Type: c.Type, PostID: postID, Version: data.Version,
		Time: at, Actor: c.Actor, Changed: notNil(c.Changed), Data: c.Data}, nil
}

type frame struct {
	Type    Type            `json:"type"`
	Seq     int64           `json:"seq"`
	ID      string          `json:"id"`
	Time    string          `json:"time"`
	Actor   Actor           `json:"actor"`
	Changed []string        `json:"changed"`
	Data    json.RawMessage `json:"data"`
}

// EncodeFrame returns e as it stands in REST answers and, for those who follow
// its post, on sockets: with the whole post.
func EncodeFrame(e Event) ([]byte, error) {
	b, err := json.Marshal(frame{Type: e.Type, Seq: e.Seq, ID: e.ID,
		Time: e.Time.UTC().Format(TimeFormat), Actor: e.Actor, Changed: notNil(e.Changed), Data: e.Data})
	if err != nil {
		return nil, fmt.Errorf("encoding event %d: %w", e.Seq, err)
	}
	return b, nil
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

// WithoutField returns the JSON object with one top-level member cut out and
// every other byte kept. It returns object itself when the member is not there.
func WithoutField(object json.RawMessage, name string) (json.RawMessage, error) {
	dec := json.NewDecoder(strings.NewReader(string(object)))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	end := dec.InputOffset() // where the member before ends
	for first := true; dec.More(); first = false {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("reading JSON object: %w", err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("reading JSON object: %w", err)
		}
		if tok == name {
			rest := object[dec.InputOffset():]
			if first { // the comma that follows goes too
				rest = trimComma(rest)
			}
			return append(append(json.RawMessage{}, object[:end]...), rest...), nil
		}
		end = dec.InputOffset()
	}
	return object, nil
}

func trimComma(b []byte) []byte {
	s := strings.TrimLeft(string(b), " \t\r\n")
	return []byte(strings.TrimPrefix(s, ","))
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
