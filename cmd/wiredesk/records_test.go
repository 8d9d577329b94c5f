package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// sdkEvent decodes the value of a record with the official SDK of CloudEvents.
func sdkEvent(t testing.TB, value []byte) cloudevents.Event {
	t.Helper()
	var e cloudevents.Event
	if err := json.Unmarshal(value, &e); err != nil {
		t.Fatalf("%v in %s", err, value)
	}
	if err := e.Validate(); err != nil {
		t.Errorf("%v in %s", err, value)
	}
	for name, extension := range e.Extensions() {
		if _, ok := extension.(string); !ok {
			t.Errorf("%s is a %T in %s", name, extension, value)
		}
	}
	return e
}

// cloudEvent returns a record of post 1 as the API gives its event.
func (p *process) cloudEvent(r *kgo.Record) frame {
	p.Helper()
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	e := sdkEvent(p, r.Value)
	extensions := e.Extensions()
	if string(r.Key) != "1" || e.Subject() != "posts/1" || extensions["partitionkey"] != "1" || !strings.HasPrefix(e.Source(), "/wiredesk/") || e.DataContentType() != "application/json" {
		p.Errorf("record with key %s: %s", r.Key, r.Value)
	}
	for name, want := range map[string]any{"content-type": "application/cloudevents+json; charset=UTF-8", "ce_type": e.Type(), "ce_id": e.ID(), "ce_source": e.Source(),
		"ce_subject": e.Subject(), "ce_time": e.Time().Format("2006-01-02T15:04:05.000Z"), "ce_sequence": extensions["sequence"], "ce_epoch": extensions["epoch"]} {
		if headers[name] != want {
			p.Errorf("the header %s is %q, want %q", name, headers[name], want)
		}
	}
	f := frame{Type: e.Type(), ID: e.ID(), Time: headers["ce_time"], Changed: []string{}}
	if changed, ok := extensions["changed"].(string); ok {
		f.Changed = strings.Split(changed, ",")
	}
	f.Actor = json.RawMessage(fmt.Sprintf(`{"id":%s,"name":%q}`, extensions["actorid"], extensions["actorname"]))
	_, err := fmt.Sscanf(extensions["sequence"].(string), "%019d", &f.Seq)
	testkit.Must(p, err)
	testkit.Must(p, json.Unmarshal(e.Data(), &f.Data))
	return f
}

// goldenRecords returns the values of records that the tests of package event keep.
func goldenRecords(t *testing.T) (values [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../../internal/event/testdata/*.cloud.json")
	testkit.Must(t, err)
	for _, file := range files {
		value, err := os.ReadFile(file)
		testkit.Must(t, err)
		values = append(values, value)
	}
	if len(values) < 7 {
		t.Fatalf("%d golden files", len(values))
	}
	return values
}

func TestRecords_sdkReadsTheGoldenFiles(t *testing.T) {
	for _, value := range goldenRecords(t) {
		sdkEvent(t, value)
	}
}

// schemaLoader gets the schemas of any installation from this one.
type schemaLoader struct{ *process }

// Load implements jsonschema.URLLoader.
func (l schemaLoader) Load(address string) (any, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	r := l.call("GET "+u.Path, "")
	if r.status != 200 {
		return nil, fmt.Errorf("status %d: %s", r.status, r.body)
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(r.body))
}

// fitsSchema validates the data of a record by the schema that it names.
func fitsSchema(t testing.TB, schemas *jsonschema.Compiler, value []byte) error {
	t.Helper()
	e := sdkEvent(t, value)
	schema, err := schemas.Compile(e.DataSchema())
	testkit.Must(t, err)
	data, err := jsonschema.UnmarshalJSON(strings.NewReader(string(e.Data())))
	testkit.Must(t, err)
	return schema.Validate(data)
}

// Records of all types are CloudEvents, and their data is as the schemas that the node serves describe it.
func TestRecords_fitTheServedSchemas(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	p.want(201, token, "POST /api/posts", `{"title":"Grüße 🌊","content":"Some *words*.","tags":["a"],"blogImage":"/a.png"}`)
	p.want(200, token, "PATCH /api/posts/1?autosave=true", `{"description":"D"}`, `If-Match: "1"`)
	p.want(200, token, "PUT /api/posts/1/publish", `{"published":true}`)
	p.want(200, token, "POST /api/posts/1/restore", `{"version":1}`, `If-Match: "3"`)
	p.want(200, token, "PUT /api/posts/1/publish", `{"published":false}`)
	p.want(204, token, "DELETE /api/posts/1", "")
	schemas := jsonschema.NewCompiler()
	schemas.AssertFormat()
	schemas.UseLoader(schemaLoader{p})

	values := goldenRecords(t)
	var types []string
	for _, r := range p.records(6) {
		values = append(values, r.Value)
		e := sdkEvent(t, r.Value)
		types = append(types, e.Type())
		if !strings.HasPrefix(e.DataSchema(), testOrigin+"/api/schemas/post-") || p.call("GET "+strings.TrimPrefix(e.DataSchema(), testOrigin), "").status != 200 {
			t.Errorf("dataschema is %s", e.DataSchema())
		}
		for _, damage := range []struct{ old, new string }{{`"version":`, `"version":-`}, {`"slug":"`, `"slug":"/`}, {`"id":`, `"extra":1,"id":`}, {`"slug":`, `"slog":`}} {
			at := strings.Index(string(r.Value), `"data":`)
			damaged := string(r.Value[:at]) + strings.Replace(string(r.Value[at:]), damage.old, damage.new, 1)
			if fitsSchema(t, schemas, []byte(damaged)) == nil {
				t.Errorf("the schema accepts %s", damaged)
			}
		}
	}
	for _, value := range values {
		if err := fitsSchema(t, schemas, value); err != nil {
			t.Errorf("%v in %s", err, value)
		}
	}
	slices.Sort(types)
	if got := slices.Compact(types); len(got) != 4 {
		t.Errorf("there are records of the types %v", got)
	}
}
