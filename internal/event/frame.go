package event

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// TimeFormat is RFC 3339 in UTC with milliseconds, the precision that is stored.
const TimeFormat = "2006-01-02T15:04:05.000Z"

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

	Trace string `json:"trace,omitempty"`
}

// EncodeFrame returns e as it stands in REST answers and, for those who follow
// its post, on sockets: with the whole post.
func EncodeFrame(e Event) ([]byte, error) {
	b, err := json.Marshal(frame{Type: e.Type, Seq: e.Seq, ID: e.ID,
		Time: e.Time.UTC().Format(TimeFormat), Actor: e.Actor, Changed: notNil(e.Changed), Autosave: e.Autosave, Restored: e.Restored, Redacted: e.Redacted, Trace: e.Trace})
	return withData(b, e, err)
}

// EncodeSummaryFrame is EncodeFrame with the post's content left out.
func EncodeSummaryFrame(e Event) ([]byte, error) {
	data, err := jsonobj.Without(e.Data, "content")
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

// withData puts the event's data, which is JSON already, behind the envelope's other
// members. Encoding it with them would read it all again.
func withData(envelope []byte, e Event, err error) ([]byte, error) {
	if err == nil && !jsonobj.IsValue(e.Data) {
		err = jsonobj.ErrNotObject
	}
	data := e.Data
	if err == nil {
		data, err = WithLiveVersion(e)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding event %d: %w", e.Seq, err)
	}
	return jsonobj.Append(envelope, "data", data), nil
}

// WithLiveVersion returns the event's data with the member liveVersion. Events of releases
// that did not have it lack it: each version of a published post was live then. The member
// follows published, as in a post's own encoding.
func WithLiveVersion(e Event) (json.RawMessage, error) {
	if e.Type == Deleted {
		return e.Data, nil
	}
	if _, found, err := jsonobj.Find(e.Data, "liveVersion"); found || err != nil {
		return e.Data, err
	}
	published, found, err := jsonobj.Find(e.Data, "published")
	if !found || err != nil {
		return e.Data, err
	}
	live := "null"
	if string(e.Data[published.Value:published.End]) == "true" {
		live = strconv.FormatInt(e.Version, 10)
	}
	return jsonobj.InsertAfter(e.Data, published, "liveVersion", live), nil
}
