package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/tracing/tracingtest"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

const (
	callerTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	callerSpan   = "00f067aa0ba902b7"
	callerParent = "00-" + callerTrace + "-" + callerSpan + "-01"
)

// headerOf returns the value of a record's header, "" without one.
func headerOf(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// only returns the one span with that name that has an attribute of that value.
func only(t *testing.T, spans []tracingtest.Span, name, attribute, value string) (found tracingtest.Span) {
	t.Helper()
	n := 0
	for _, s := range spans {
		if s.Name == name && s.TraceID == callerTrace && s.Attributes[attribute] == value {
			found, n = s, n+1
		}
	}
	if n != 1 {
		t.Fatalf("%d spans %q with %s=%s in\n%+v", n, name, attribute, value, spans)
	}
	return found
}

func wantAttributes(t *testing.T, s tracingtest.Span, kind string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if s.Attributes[name] != value {
			t.Errorf("span %s: %s is %q, want %q", s.Name, name, s.Attributes[name], value)
		}
	}
	if s.Kind != kind || s.Failed {
		t.Errorf("span %s: kind %s, want %s; failed: %v", s.Name, s.Kind, kind, s.Failed)
	}
}

// A change with a traceparent makes one tree of spans, and the record and the frames name the commit.
func TestServe_exportsTraces(t *testing.T) {
	receiver := tracingtest.NewReceiver(t)
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "WIREDESK_NODE": "node-7", "OTEL_SERVICE_NAME": "desk",
		"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.URL + "/", "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20s3cret, x-team = a"})
	token := p.signIn("admin@localhost", testWord)
	s, sse := p.connect(token, -1), p.stream(token, "")
	s.next()
	sse.want("event: welcome\n", "")
	p.want(201, token, "POST /api/posts", `{"title":"Hello"}`)
	created := s.next()
	p.want(200, token, "PATCH /api/posts/1", `{"title":"Hullo"}`, `If-Match: "1"`, "traceparent: "+callerParent)
	updated := s.next()
	sse.want("event: blog-created\n", `"trace":"`+created.Trace+`"`)
	sse.want("event: blog-updated\n", `"trace":"`+updated.Trace+`"`)
	replayed := p.connect(token, 1)
	replayed.next()
	if f := replayed.next(); f.Trace != updated.Trace {
		t.Errorf("the replayed frame has the trace %q, want %q", f.Trace, updated.Trace)
	}
	for _, r := range p.records(2) {
		if want := map[string]string{"blog-created": created.Trace, "blog-updated": updated.Trace}[headerOf(r, "ce_type")]; headerOf(r, "traceparent") != want {
			t.Errorf("a record has the traceparent %q, want %q", headerOf(r, "traceparent"), want)
		}
	}
	p.stop()

	if len(created.Trace) != len(callerParent) || strings.Contains(created.Trace, callerTrace) {
		t.Errorf("a request without traceparent has the trace %q", created.Trace)
	}
	spans := receiver.Spans()
	request := only(t, spans, "PATCH /api/posts/{id}", "http.response.status_code", "200")
	commit := only(t, spans, "COMMIT", "db.system.name", "sqlite")
	publish := only(t, spans, "publish blog-events", "messaging.message.id", updated.ID)
	deliver := only(t, spans, "deliver", "wiredesk.event.seq", "2")
	if request.Parent != callerSpan || commit.Parent != request.ID || publish.Parent != commit.ID || deliver.Parent != commit.ID || updated.Trace != commit.Traceparent() {
		t.Errorf("the frame has the trace %s; the spans are\n%+v\n%+v\n%+v\n%+v", updated.Trace, request, commit, publish, deliver)
	}
	wantAttributes(t, request, "server", map[string]string{"http.request.method": "PATCH", "http.route": "/api/posts/{id}", "url.path": "/api/posts/1", "url.scheme": "http",
		"service.name": "desk", "service.instance.id": "node-7"})
	wantAttributes(t, commit, "client", map[string]string{"db.operation.name": "COMMIT"})
	wantAttributes(t, publish, "producer", map[string]string{"messaging.system": "kafka", "messaging.destination.name": "blog-events", "messaging.operation.type": "send"})
	wantAttributes(t, deliver, "internal", map[string]string{"wiredesk.event.source": "commit", "wiredesk.event.type": "blog-updated"})
	if h := receiver.Header(); h.Get("Authorization") != "Bearer s3cret" || h.Get("X-Team") != "a" {
		t.Errorf("the receiver got the header %v", h)
	}
}

// Both nodes make the spans of one change; the node that did not commit it gets the trace with the event.
func TestNodes_traceAChange(t *testing.T) {
	if !testservices.Running() { // make test reports it
		return
	}
	receiver := tracingtest.NewReceiver(t)
	topic := testservices.Topic(t)
	a, b := bootTwo(t, testservices.MySQL(t), map[string]string{"KAFKA_BROKER": strings.Join(testservices.Cluster().Plain, ","), "KAFKA_TOPIC": topic, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.URL})
	token := a.signIn("admin@localhost", testWord)
	s := b.connect(token, -1)
	s.next()
	a.want(201, token, "POST /api/posts", `{"title":"Hello"}`, "traceparent: "+callerParent)
	f := s.next()
	b.want(200, token, "PATCH /api/posts/1", `{"title":"Hullo"}`, `If-Match: "1"`, "traceparent: "+callerParent)
	fromLog := s.next() // a leads and reads it from the log
	testkit.Eventually(t, "the record", func() bool {
		return strings.Contains(b.want(200, token, "GET /api/status", "").body, `"waiting":0`)
	})
	a.stop()
	b.stop()
	spans := receiver.Spans()
	commit, other := only(t, spans, "COMMIT", "service.instance.id", "a"), only(t, spans, "COMMIT", "service.instance.id", "b")
	publishOther := only(t, spans, "publish "+topic, "messaging.message.id", fromLog.ID)
	if fromLog.Trace != other.Traceparent() || publishOther.Parent != other.ID || publishOther.Attributes["service.instance.id"] != "a" {
		t.Errorf("the frame has the trace %s; the spans are\n%+v\n%+v", fromLog.Trace, other, publishOther)
	}
	wantAttributes(t, commit, "client", map[string]string{"db.system.name": "mysql"})
	publish := only(t, spans, "publish "+topic, "messaging.message.id", f.ID)
	if f.Trace != commit.Traceparent() || publish.Parent != commit.ID {
		t.Errorf("the frame has the trace %s; the spans are\n%+v\n%+v", f.Trace, commit, publish)
	}
	created := slices.DeleteFunc(spans, func(s tracingtest.Span) bool { return s.Attributes["wiredesk.event.seq"] != "1" })
	for node, sources := range map[string]string{"a": "commit", "b": "kafka log"} { // from the log if Kafka was late
		deliver := only(t, created, "deliver", "service.instance.id", node)
		if deliver.Parent != commit.ID || !strings.Contains(sources, deliver.Attributes["wiredesk.event.source"]) {
			t.Errorf("node %s: %+v", node, deliver)
		}
	}
}

// Without an endpoint a valid traceparent passes through unchanged, and nothing of the SDK runs.
func TestServe_passesTracesThrough(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "OTEL_SERVICE_NAME": "desk"})
	token := p.signIn("admin@localhost", testWord)
	s := p.connect(token, -1)
	s.next()
	traces := []string{callerParent, "", "00-" + callerTrace + "-" + callerSpan + "-00", "00-" + callerTrace + "-" + callerSpan + "-01-x", "ff-" + callerTrace + "-" + callerSpan + "-01",
		"00-" + strings.Repeat("0", 32) + "-" + callerSpan + "-01", "00-" + callerTrace + "-" + strings.Repeat("0", 16) + "-01", strings.ToUpper(callerParent), `"}`}
	want := map[string]string{}
	for i, trace := range traces {
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":"Post %d"}`, i), "traceparent: "+trace)
		f := s.next()
		if i != 0 && i != 2 {
			trace = ""
		}
		if want[f.ID] = trace; f.Trace != trace {
			t.Errorf("%q: the frame has the trace %q", traces[i], f.Trace)
		}
	}
	for _, r := range p.records(len(traces)) {
		if got := headerOf(r, "traceparent"); got != want[headerOf(r, "ce_id")] {
			t.Errorf("the record %s has the traceparent %q", headerOf(r, "ce_id"), got)
		}
	}
	stacks := make([]byte, 4<<20)
	if stacks = stacks[:runtime.Stack(stacks, true)]; strings.Contains(string(stacks), "opentelemetry") {
		t.Errorf("the SDK runs:\n%s", stacks)
	}
}
