// Package tracingtest has an OTLP receiver for tests of traces: an HTTP server on a free port of this machine.
// It keeps all received spans in memory until the end of the test, and never sends them anywhere.
package tracingtest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// maxRequest bounds a request of spans, in bytes.
const maxRequest = 4 << 20

// Span is a received span, with its ids in hexadecimal.
type Span struct {
	TraceID, ID, Parent string
	Name, Kind          string            // Kind is server, client, producer, consumer or internal
	Failed              bool              // its status is an error
	Attributes          map[string]string // its own and those of its resource
}

// Traceparent returns the traceparent of a sampled span.
func (s Span) Traceparent() string { return "00-" + s.TraceID + "-" + s.ID + "-01" }

// Receiver is an HTTP server that receives spans at the path /v1/traces of URL.
type Receiver struct {
	URL string

	mu     sync.Mutex
	spans  []Span
	header http.Header
}

// NewReceiver returns a receiver, which is closed at the end of the test.
func NewReceiver(t testing.TB) *Receiver {
	r := &Receiver{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxRequest))
		var export collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil || req.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("a request of spans with the type %q: %v", req.Header.Get("Content-Type"), err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.add(&export, req.Header)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

func (r *Receiver) add(export *collector.ExportTraceServiceRequest, header http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.header = header.Clone()
	for _, resource := range export.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				r.spans = append(r.spans, newSpan(s, resource.Resource.GetAttributes()))
			}
		}
	}
}

func newSpan(s *trace.Span, resource []*common.KeyValue) Span {
	span := Span{TraceID: hex.EncodeToString(s.TraceId), ID: hex.EncodeToString(s.SpanId), Parent: hex.EncodeToString(s.ParentSpanId), Name: s.Name,
		Kind: strings.ToLower(strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_")), Failed: s.GetStatus().GetCode() == trace.Status_STATUS_CODE_ERROR, Attributes: map[string]string{}}
	for _, a := range slices.Concat(resource, s.Attributes) {
		switch v := a.Value.GetValue().(type) {
		case *common.AnyValue_StringValue:
			span.Attributes[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			span.Attributes[a.Key] = strconv.FormatInt(v.IntValue, 10)
		}
	}
	return span
}

// Spans returns all received spans.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Header returns the header of the last request, nil before the first.
func (r *Receiver) Header() http.Header {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.header
}
