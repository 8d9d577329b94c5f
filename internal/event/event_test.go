package event_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
)

var form = event.Form{Installation: "4zq6k2lw7nhd3vtp", Schemas: "https://desk.example.org/api/schemas/"}

var update = flag.Bool("update", false, "write the golden files anew")

// author has the members of a post before its content.
const author = `,"createdAt":"2026-11-20T08:00:00.000Z","updatedAt":"2026-11-23T10:00:00.000Z","createdBy":{"id":3,"name":"Ana"},"updatedBy":{"id":3,"name":"Ana"}`

const post42 = `{"id":42,"slug":"tide-tables","title":"Tide \"tables\" \u003cnew\u003e","description":"","category":"","tags":["quay","Häfen"],"readTime":1,` +
	`"authorName":"","authorPosition":"","authorImage":"","blogImage":"","published":false,"liveVersion":null,"publishedAt":null,"version":7` + author +
	`,"content":"# Tides\n\nहिन्दी 🌊"}`

// post43 returns a published post.
func post43(version, live int, content string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":43,"slug":"buoys","title":"Buoys","description":"","category":"","tags":[],"readTime":1,`+
		`"authorName":"","authorPosition":"","authorImage":"","blogImage":"","published":true,"liveVersion":%d,"publishedAt":"2026-11-23T10:00:01.007Z","version":%d`+author+
		`,"content":%q}`, live, version, content))
}

// events has one event of each kind. Their encodings are in testdata.
var events = map[string]event.Event{
	"created": {Epoch: "k3v9q2mdxa", Seq: 1, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a0001", Type: event.Created, PostID: 42, Version: 1,
		Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"},
		Changed: []string{"content", "title"}, Data: json.RawMessage(strings.Replace(post42, `"version":7`, `"version":1`, 1))},
	"updated": {Epoch: "k3v9q2mdxa", Seq: 1071, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1071", Type: event.Updated, PostID: 42, Version: 7,
		Time: time.Date(2026, 11, 23, 10, 0, 0, 123_000_000, time.UTC), Actor: event.Actor{ID: 3, Name: `Ana "Ö"`},
		Changed: []string{"title"}, Data: json.RawMessage(post42)},
	"published": {Epoch: "k3v9q2mdxa", Seq: 1072, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1072", Type: event.Published, PostID: 43, Version: 2,
		Time: time.Date(2026, 11, 23, 10, 0, 1, 7_000_000, time.UTC), Actor: event.Actor{},
		Changed: []string{"published"}, Data: post43(2, 2, "")},
	"autosaved": {Epoch: "k3v9q2mdxa", Seq: 1073, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1073", Type: event.Updated, PostID: 43, Version: 3,
		Time: time.Date(2026, 11, 23, 10, 0, 3, 0, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"}, Autosave: true,
		Changed: []string{"content"}, Data: post43(3, 2, "x")},
	"restored": {Epoch: "k3v9q2mdxa", Seq: 1074, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1074", Type: event.Updated, PostID: 43, Version: 4,
		Time: time.Date(2026, 11, 23, 10, 0, 4, 0, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"}, Restored: 2,
		Changed: []string{"content"}, Data: post43(4, 4, "")},
	"traced": {Epoch: "k3v9q2mdxa", Seq: 1076, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1076", Type: event.Updated, PostID: 43, Version: 6,
		Time: time.Date(2026, 11, 23, 10, 0, 6, 0, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"}, Trace: trace,
		Changed: []string{"title"}, Data: post43(6, 6, "")},
	"redacted": {Epoch: "k3v9q2mdxa", Seq: 1075, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1075", Type: event.Updated, PostID: 43, Version: 5,
		Time: time.Date(2026, 11, 23, 10, 0, 5, 0, time.UTC), Actor: event.Actor{Name: "command line"}, Redacted: true,
		Changed: []string{}, Data: post43(5, 5, "")},
	"deleted": {Epoch: "k3v9q2mdxa", Seq: 9007199254740993, ID: "6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a9999", Type: event.Deleted, PostID: 42, Version: 8,
		Time: time.Date(2026, 12, 31, 23, 59, 59, 999_000_000, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"},
		Data: json.RawMessage(`{"id":42,"slug":"tide-tables","version":8}`)},
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s differs from the wire format (-want +got):\n%s", path, diff)
	}
}

func TestWireFormat(t *testing.T) {
	encodings := map[string]func(event.Event) ([]byte, error){
		"cloud": form.EncodeCloud, "frame": event.EncodeFrame, "summary": event.EncodeSummaryFrame}
	for name, e := range events {
		for encoding, encode := range encodings {
			t.Run(name+"/"+encoding, func(t *testing.T) {
				got, err := encode(e)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, name+"."+encoding, got)
			})
		}
	}
}

func TestEncode_doesNotChangeTheEvent(t *testing.T) {
	e := events["updated"]
	before := string(e.Data)
	if _, err := event.EncodeSummaryFrame(e); err != nil {
		t.Fatal(err)
	}
	if string(e.Data) != before {
		t.Errorf("data is now %s", e.Data)
	}
}

func TestEncode_refusesDamagedData(t *testing.T) {
	e := events["updated"]
	e.Data = json.RawMessage(`{"id":`)
	for name, encode := range map[string]func(event.Event) ([]byte, error){
		"cloud": form.EncodeCloud, "frame": event.EncodeFrame, "summary": event.EncodeSummaryFrame} {
		if b, err := encode(e); err == nil {
			t.Errorf("%s: got %s", name, b)
		}
	}
}

func TestDecodeCloud_reversesEncodeCloud(t *testing.T) {
	for name, e := range events {
		b, err := form.EncodeCloud(e)
		if err != nil {
			t.Fatal(err)
		}
		source, got, err := event.DecodeCloud(b)
		if err != nil {
			t.Fatal(err)
		}
		if source != "/wiredesk/4zq6k2lw7nhd3vtp" {
			t.Errorf("%s: source is %q", name, source)
		}
		if e.Changed == nil {
			e.Changed = []string{}
		}
		e.Trace = "" // it is a header of the record
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestEncode_addsLiveVersionToOldEvents checks that an event of a release without liveVersion gets
// the value of that time, in every encoding and after the member published.
func TestEncode_addsLiveVersionToOldEvents(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{`{"version":7,"published":true,"publishedAt":"x","content":"c"}`, `{"version":7,"published":true,"liveVersion":7,"publishedAt":"x","content":"c"}`},
		{`{"version":7,"published":false,"content":"c"}`, `{"version":7,"published":false,"liveVersion":null,"content":"c"}`},
		{`{"version":7,"published":true,"liveVersion":3,"content":"c"}`, `{"version":7,"published":true,"liveVersion":3,"content":"c"}`},
		{`{"version":7,"published":false,"liveVersion":null,"content":"c"}`, `{"version":7,"published":false,"liveVersion":null,"content":"c"}`},
	} {
		e := events["updated"]
		e.Data = json.RawMessage(c.data)
		for name, encode := range map[string]func(event.Event) ([]byte, error){"cloud": form.EncodeCloud, "frame": event.EncodeFrame} {
			if got, err := encode(e); err != nil || !strings.HasSuffix(string(got), `"data":`+c.want+"}") {
				t.Errorf("%s of %s: %s, %v", name, c.data, got, err)
			}
		}
	}
}

func TestDecodeCloud_refusesInvalidAttributes(t *testing.T) {
	good, err := form.EncodeCloud(events["updated"])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, names string }{
		"not JSON":           {`{"specversion"`, `<"specversion"`, "CloudEvent"},
		"another spec":       {`"specversion":"1.0"`, `"specversion":"0.3"`, "specversion"},
		"no id":              {`"id":"6c1f0a3e-0c8f-4c57-9d57-0a1a4f1a1071"`, `"id":""`, "id"},
		"no sequence":        {`"sequence":"0000000000000001071",`, ``, "sequence"},
		"sequence zero":      {`"sequence":"0000000000000001071"`, `"sequence":"0000000000000000000"`, "sequence"},
		"negative sequence":  {`"sequence":"0000000000000001071"`, `"sequence":"-000000000000000001"`, "sequence"},
		"sequence a number":  {`"sequence":"0000000000000001071"`, `"sequence":1071`, "sequence"},
		"sequence too large": {`"sequence":"0000000000000001071"`, `"sequence":"9223372036854775808"`, "sequence"},
		"sequence short":     {`"sequence":"0000000000000001071"`, `"sequence":"1071"`, "sequence"},
		"no source":          {`"source":"/wiredesk/4zq6k2lw7nhd3vtp"`, `"source":""`, "source"},
		"no epoch":           {`"epoch":"k3v9q2mdxa",`, ``, "epoch"},
		"another partition":  {`"partitionkey":"42"`, `"partitionkey":"43"`, "partitionkey"},
		"actor zero":         {`"actorid":"3"`, `"actorid":"0"`, "actorid"},
		"actor a number":     {`"actorid":"3"`, `"actorid":3`, "actorid"},
		"another subject":    {`"subject":"posts/42"`, `"subject":"users/42"`, "subject"},
		"subject no number":  {`"subject":"posts/42"`, `"subject":"posts/x"`, "subject"},
		"subject zero":       {`"subject":"posts/42"`, `"subject":"posts/0"`, "subject"},
		"unknown type":       {`"type":"blog-updated"`, `"type":"blog-burnt"`, "type"},
		"time no time":       {`"time":"2026-11-23T10:00:00.123Z"`, `"time":"yesterday"`, "time"},
		"time not in UTC":    {`"time":"2026-11-23T10:00:00.123Z"`, `"time":"2026-11-23T10:00:00.123+02:00"`, "time"},
		"data a list":        {`"data":{`, `"data":[],"x":{`, "data"},
		"data null":          {`"data":{`, `"data":null,"x":{`, "data"},
		"data without":       {`"data":{`, `"x":{`, "data"},
		"autosave a word":    {`"changed"`, `"autosave":"yes","changed"`, "autosave"},
		"redacted a word":    {`"changed"`, `"redacted":"yes","changed"`, "redacted"},
		"autosave a boolean": {`"changed"`, `"autosave":true,"changed"`, "autosave"},
		"restored zero":      {`"changed"`, `"restored":"0","changed"`, "restored"},
		"restored a number":  {`"changed"`, `"restored":3,"changed"`, "restored"},
		"no version in data": {`"version":7`, `"v":7`, "version"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(string(good), c.old, c.new, 1)
			if bad == string(good) {
				t.Fatalf("%q does not occur in %s", c.old, good)
			}
			_, e, err := event.DecodeCloud([]byte(bad))
			if err == nil {
				t.Fatalf("decoded to %+v", e)
			}
			if !strings.Contains(err.Error(), c.names) {
				t.Errorf("error %q does not name %q", err, c.names)
			}
		})
	}
}

func FuzzDecodeCloud(f *testing.F) {
	for _, e := range events {
		b, err := form.EncodeCloud(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"sequence":"1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		source, e, err := event.DecodeCloud(b)
		if err != nil {
			return
		}
		if e.Seq < 1 || e.PostID < 1 || e.Version < 1 || e.ID == "" || !e.Type.Valid() || e.Changed == nil {
			t.Fatalf("%s was accepted as %+v", b, e)
		}
		again, err := event.Form{Installation: strings.TrimPrefix(source, "/wiredesk/")}.EncodeCloud(e)
		if err != nil {
			t.Fatal(err)
		}
		_, e2, err := event.DecodeCloud(again)
		if err != nil {
			t.Fatalf("%s cannot be read back: %v", again, err)
		}
		e.Data, e2.Data = nil, nil // space between tokens is not kept
		if diff := cmp.Diff(e, e2); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}
