package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// ContentType is the media type of EncodeCloud's bytes.
const ContentType = "application/cloudevents+json; charset=UTF-8"

// Form has the attributes that all CloudEvents of one installation share.
type Form struct {
	Installation string // the id of the installation; not empty
	Schemas      string // the URL under which the JSON Schemas of the data are, with a slash at its end
}

// Source returns the source attribute of the installation's events.
func (f Form) Source() string { return "/wiredesk/" + f.Installation }

// Names of the JSON Schemas of an event's data, below Form.Schemas.
const (
	PostSchema    = "post-v1.json"
	DeletedSchema = "post-deleted-v1.json"
)

// cloudEvent has the attributes in the order of their encoding. Every attribute is a string, as
// SDKs of CloudEvents refuse other extension attributes.
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            Type            `json:"type"`
	Subject         string          `json:"subject"`
	Time            string          `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	DataSchema      string          `json:"dataschema"`
	Sequence        string          `json:"sequence"`
	Epoch           string          `json:"epoch"`
	PartitionKey    string          `json:"partitionkey"`
	ActorID         string          `json:"actorid,omitempty"`
	ActorName       string          `json:"actorname,omitempty"`
	Changed         string          `json:"changed,omitempty"`  // separated by commas
	Autosave        string          `json:"autosave,omitempty"` // "true"
	Restored        string          `json:"restored,omitempty"` // a version
	Redacted        string          `json:"redacted,omitempty"` // "true"
	Data            json.RawMessage `json:"data,omitempty"`     // see withData
}

// Sequence returns the sequence attribute of an event: seq with 19 digits, so that its order as text
// is its numeric order.
func Sequence(seq int64) string { return fmt.Sprintf("%019d", seq) }

// ParseSequence reverses Sequence. It refuses any other spelling.
func ParseSequence(s string) (int64, error) {
	seq, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seq < 1 || len(s) != 19 || s[0] == '+' {
		return 0, fmt.Errorf("sequence %q is not a positive integer of 19 digits", s)
	}
	return seq, nil
}

// Subject returns the subject attribute of e.
func (e Event) Subject() string { return "posts/" + strconv.FormatInt(e.PostID, 10) }

// EncodeCloud returns e as a CloudEvents 1.0 JSON event: the value of its Kafka record.
func (f Form) EncodeCloud(e Event) ([]byte, error) {
	c := cloudEvent{
		SpecVersion: "1.0", ID: e.ID, Source: f.Source(), Type: e.Type,
		Subject: e.Subject(), Time: e.Time.UTC().Format(TimeFormat),
		DataContentType: "application/json", DataSchema: f.Schemas + PostSchema,
		Sequence: Sequence(e.Seq), Epoch: e.Epoch, PartitionKey: strconv.FormatInt(e.PostID, 10),
		ActorName: e.Actor.Name, Changed: strings.Join(e.Changed, ","),
	}
	if e.Type == Deleted {
		c.DataSchema = f.Schemas + DeletedSchema
	}
	if e.Actor.ID != 0 {
		c.ActorID = strconv.FormatInt(e.Actor.ID, 10)
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

// DecodeCloud reverses EncodeCloud, for events of any installation, and returns the source
// attribute beside the event. Its error names the first invalid attribute.
func DecodeCloud(b []byte) (source string, e Event, err error) {
	var c cloudEvent
	if err := json.Unmarshal(b, &c); err != nil {
		return "", Event{}, fmt.Errorf("decoding CloudEvent: %w", err)
	}
	if e, err = c.event(); err != nil {
		return "", Event{}, fmt.Errorf("decoding CloudEvent: %w", err)
	}
	return c.Source, e, nil
}

// event returns c with its attributes parsed and validated.
func (c cloudEvent) event() (e Event, err error) {
	e = Event{ID: c.ID, Type: c.Type, Epoch: c.Epoch, Actor: Actor{Name: c.ActorName}, Changed: []string{}, Data: c.Data}
	switch {
	case c.SpecVersion != "1.0":
		return e, fmt.Errorf("specversion %q is not 1.0", c.SpecVersion)
	case c.ID == "":
		return e, errors.New("id is missing")
	case c.Source == "":
		return e, errors.New("source is missing")
	case !c.Type.Valid():
		return e, fmt.Errorf("unknown type %q", c.Type)
	case c.Epoch == "":
		return e, errors.New("epoch is missing")
	}
	if e.Seq, err = ParseSequence(c.Sequence); err != nil {
		return e, err
	}
	if e.Time, err = time.Parse(TimeFormat, c.Time); err != nil {
		return e, fmt.Errorf("time: %w", err)
	}
	post, ok := strings.CutPrefix(c.Subject, "posts/")
	if e.PostID, err = positive(post); !ok || err != nil {
		return e, fmt.Errorf("subject %q is not posts/<id>", c.Subject)
	}
	if c.PartitionKey != post {
		return e, fmt.Errorf("partitionkey %q is not the id of the post", c.PartitionKey)
	}
	if c.Changed != "" {
		e.Changed = strings.Split(c.Changed, ",")
	}
	if err = c.setOptional(&e); err != nil {
		return e, err
	}
	version, found, err := jsonobj.Find(c.Data, "version")
	if err != nil {
		return e, fmt.Errorf("data: %w", err)
	}
	if found {
		e.Version, err = positive(string(c.Data[version.Value:version.End]))
	}
	if err != nil || !found {
		return e, errors.New("data has no version")
	}
	return e, nil
}

// setOptional parses the attributes that events may lack into e.
func (c cloudEvent) setOptional(e *Event) (err error) {
	for _, n := range []struct {
		name, text string
		to         *int64
	}{{"actorid", c.ActorID, &e.Actor.ID}, {"restored", c.Restored, &e.Restored}} {
		if n.text == "" {
			continue
		}
		if *n.to, err = positive(n.text); err != nil {
			return fmt.Errorf("%s %q is not a positive integer", n.name, n.text)
		}
	}
	for _, mark := range []struct {
		name, text string
		to         *bool
	}{{"autosave", c.Autosave, &e.Autosave}, {"redacted", c.Redacted, &e.Redacted}} {
		if *mark.to = mark.text == "true"; !*mark.to && mark.text != "" {
			return fmt.Errorf("%s %q is not true", mark.name, mark.text)
		}
	}
	return nil
}

// positive parses a positive decimal integer without sign and leading zeros.
func positive(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil && (n < 1 || strconv.FormatInt(n, 10) != s) {
		err = errors.New("not a positive integer")
	}
	return n, err
}
