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

// EncodeFrame returns e with the whole post: the form of the REST API, and of WebSocket clients
// that follow the post.
func EncodeFrame(e Event) ([]byte, error) {
	b, err := json.Marshal(frame{Type: e.Type, Seq: e.Seq, ID: e.ID,
		Time: e.Time.UTC().Format(TimeFormat), Actor: e.Actor, Changed: notNil(e.Changed), Autosave: e.Autosave, Restored: e.Restored, Redacted: e.Redacted, Trace: e.Trace})
	return withData(b, e, err)
}

// EncodeSummaryFrame returns EncodeFrame of e without the content of the post: the form of all other
// WebSocket clients.
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

// withData appends the member data to an encoded envelope. The data is JSON already; encoding it
// together with the envelope would scan and copy it several times. err is the error of the
// envelope's encoding.
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

// WithLiveVersion returns the event's data with the member liveVersion. Events of releases before
// live versions lack it: every version of a published post was live then. The member follows the
// member published, as in the encoding of posts.
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
