package tracing_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/tracing"
	"github.com/wiredesk/wiredesk/internal/tracing/tracingtest"
)

const (
	callerIDs = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
	sampled   = "00-" + callerIDs + "-01"
	unsampled = "00-" + callerIDs + "-00"
)

func open(t *testing.T, endpoint string, change func(*tracing.Config)) (*tracing.Tracer, *testkit.LogBuffer) {
	t.Helper()
	log := new(testkit.LogBuffer)
	cfg := tracing.Config{Endpoint: endpoint, Database: "sqlite", Topic: "blog-events", Logger: slog.New(slog.NewTextHandler(log, nil))}
	if change != nil {
		change(&cfg)
	}
	tracer, err := tracing.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tracer, log
}

// write records the spans of one request with a write, and returns the stored trace.
func write(tracer *tracing.Tracer, parent string, err error) (stored string) {
	ctx, end := tracer.StartRequest(httptest.NewRequest("PATCH", "/api/posts/1", nil), parent)
	ctx, committed := tracer.StartCommit(ctx)
	committed(err)
	end("/api/posts/{id}", 200)
	return event.TraceOf(ctx)
}

func TestTracer_samplers(t *testing.T) {
	for _, c := range []struct {
		sampler                   tracing.Sampler
		alone, sampled, unsampled bool // whether spans are sent without and with such a parent
	}{
		{tracing.Sampler{}, true, true, false},
		{tracing.Sampler{Name: "parentbased_always_on"}, true, true, false},
		{tracing.Sampler{Name: "parentbased_always_off"}, false, true, false},
		{tracing.Sampler{Name: "parentbased_traceidratio", Ratio: 0}, false, true, false},
		{tracing.Sampler{Name: "always_on"}, true, true, true},
		{tracing.Sampler{Name: "always_off"}, false, false, false},
		{tracing.Sampler{Name: "traceidratio", Ratio: 1}, true, true, true},
	} {
		for parent, want := range map[string]bool{"": c.alone, sampled: c.sampled, unsampled: c.unsampled} {
			receiver := tracingtest.NewReceiver(t)
			tracer, _ := open(t, receiver.URL+"/v1/traces", func(cfg *tracing.Config) { cfg.Sampler = c.sampler })
			stored := write(tracer, parent, nil)
			tracer.Close()
			if n := len(receiver.Spans()); (n == 2) != want || n != 0 && n != 2 {
				t.Errorf("%+v, parent %q: %d spans", c.sampler, parent, n)
			}
			if event.ParseTrace(stored) != stored || stored == "" || strings.HasSuffix(stored, "-01") != want || parent != "" && stored[:36] != parent[:36] {
				t.Errorf("%+v, parent %q: stored %q", c.sampler, parent, stored)
			}
		}
	}
}

// Only the sampled flag of a parent has an effect.
func TestTracer_parentFlags(t *testing.T) {
	for flags, want := range map[string]bool{"00": false, "01": true, "02": false, "03": true, "0a": false, "0b": true, "fe": false, "ff": true} {
		receiver := tracingtest.NewReceiver(t)
		tracer, _ := open(t, receiver.URL+"/v1/traces", nil)
		write(tracer, "00-"+callerIDs+"-"+flags, nil)
		tracer.Close()
		if sent := len(receiver.Spans()) > 0; sent != want {
			t.Errorf("flags %s: sent %v", flags, sent)
		}
	}
}

// A long path is truncated, so that queued spans stay small.
func TestTracer_longPath(t *testing.T) {
	receiver := tracingtest.NewReceiver(t)
	tracer, _ := open(t, receiver.URL+"/v1/traces", nil)
	_, end := tracer.StartRequest(httptest.NewRequest("GET", "/api/"+strings.Repeat("x", 30_000), nil), "")
	end("", 404)
	tracer.Close()
	spans := receiver.Spans()
	if len(spans) != 1 || len(spans[0].Attributes["url.path"]) != 1024 {
		t.Errorf("spans %+.200v", spans)
	}
}

func TestTracer_failures(t *testing.T) {
	receiver := tracingtest.NewReceiver(t)
	tracer, _ := open(t, receiver.URL+"/v1/traces", nil)
	write(tracer, "", fault.New(fault.Stale, "a conflict"))
	write(tracer, "", fault.New(fault.Unavailable, "the database is unavailable"))
	_, end := tracer.StartRequest(httptest.NewRequest("BREW", "/api/posts", nil), "")
	end("", 500)
	e := event.Event{ID: "id-1", PostID: 1, Seq: 1, Type: event.Updated, Trace: sampled}
	tracer.StartPublish([]event.Event{e, {ID: "id-2"}})(errors.New("Kafka is unavailable"))
	if ctx, end := tracer.StartCommit(t.Context()); ctx != t.Context() || event.TraceOf(ctx) != "" {
		t.Error("a write outside of requests has a trace")
	} else {
		end(nil)
	}
	tracer.Close()
	var got []string
	for _, s := range receiver.Spans() {
		failed := ""
		if s.Failed {
			failed = " failed " + s.Attributes["error.type"]
		}
		got = append(got, s.Name+failed)
	}
	want := "COMMIT|PATCH /api/posts/{id}|COMMIT failed _OTHER|PATCH /api/posts/{id}|HTTP failed 500|publish blog-events failed _OTHER"
	if strings.Join(got, "|") != want {
		t.Errorf("spans %s", strings.Join(got, "|"))
	}
}

// A receiver that refuses, is unavailable or hangs delays only Close, for flushTime at most, and is logged once
// without secrets.
func TestTracer_receiverFails(t *testing.T) {
	release := make(chan struct{})
	handlers := map[string]http.HandlerFunc{
		"refuses": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			w.Write([]byte("no access for " + r.Header.Get("Authorization")))
		},
		"is overloaded":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"hangs":          func(_ http.ResponseWriter, r *http.Request) { <-release },
		"is unavailable": nil,
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			if handler == nil {
				server.Close()
			}
			if name == "hangs" {
				defer close(release)
			}
			tracer, log := open(t, server.URL+"/path-s3cret/v1/traces", func(cfg *tracing.Config) { cfg.Headers = map[string]string{"Authorization": "Bearer s3cret"} })
			began := time.Now()
			for range 5000 { // more than fit the queue
				write(tracer, "", nil)
			}
			tracer.Close()
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if text := log.String(); strings.Count(text, "exporting traces failed") != 1 || strings.Contains(text, "s3cret") {
				t.Errorf("the log:\n%s", text)
			}
		})
	}
}

func BenchmarkTracer(b *testing.B) {
	tracer, err := tracing.New(tracing.Config{Endpoint: "http://127.0.0.1:1/v1/traces", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer tracer.Close()
	b.ReportAllocs()
	r := httptest.NewRequest("PATCH", "/api/posts/1", nil)
	for b.Loop() {
		ctx, end := tracer.StartRequest(r, "")
		ctx, committed := tracer.StartCommit(ctx)
		committed(nil)
		end("/api/posts/{id}", 200)
		stored := event.TraceOf(ctx)
		tracer.StartPublish([]event.Event{{Trace: stored}})(nil)
		tracer.StartDelivery(event.Event{Trace: stored}, "commit")(1)
	}
}
