package rest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	traceIDs    = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
	traceparent = "00-" + traceIDs + "-01"
)

func TestParentOf(t *testing.T) {
	for _, c := range []struct {
		header []string
		want   string
	}{
		{nil, ""},
		{[]string{traceparent}, traceparent},
		{[]string{"00-" + traceIDs + "-00"}, "00-" + traceIDs + "-00"},
		{[]string{traceparent, traceparent}, ""},
		{[]string{traceparent + "," + traceparent}, ""},
		{[]string{strings.ToUpper(traceparent)}, ""},
		{[]string{"ff" + traceparent[2:]}, ""},
		{[]string{traceparent + "-x"}, ""},
		{[]string{`"`}, ""},
	} {
		r := httptest.NewRequest("PATCH", "/api/posts/1", nil)
		r.Header["Traceparent"] = c.header
		if got := parentOf(r); got != c.want {
			t.Errorf("%q: got %q, want %q", c.header, got, c.want)
		}
		traced, end := new(server).withTrace(r)
		end("", 200)
		if got := event.TraceOf(traced.Context()); got != c.want {
			t.Errorf("%q: the context has %q, want %q", c.header, got, c.want)
		}
	}
}

// Without spans a request that has no traceparent costs nothing.
func TestWithTrace_allocations(t *testing.T) {
	s, r := new(server), httptest.NewRequest("PATCH", "/api/posts/1", nil)
	n := testing.AllocsPerRun(1000, func() {
		traced, end := s.withTrace(r)
		end("/api/posts/{id}", 200)
		if traced != r {
			t.Fatal("the request was copied")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Each request of the API has one span with its route, also one that fails; other paths have none.
func TestWithTrace_spans(t *testing.T) {
	var ended []string
	var parents []string
	s := &server{cfg: Config{StartSpan: func(r *http.Request, parent string) (context.Context, func(string, int)) {
		parents = append(parents, parent)
		return r.Context(), func(route string, status int) { ended = append(ended, http.StatusText(status)+" "+route) }
	}}}
	for path, route := range map[string]string{"/api/posts/1": "/api/posts/{id}", "/api/x": routeNone, "/healthz": "/healthz", "/": routeDashboard} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Traceparent", traceparent)
		before := len(ended)
		_, end := s.withTrace(r)
		end(route, 200)
		want := map[string]string{"/api/posts/1": "OK /api/posts/{id}", "/api/x": "OK "}[path]
		if got := strings.Join(ended[before:], "|"); got != want {
			t.Errorf("%s: spans %q, want %q", path, got, want)
		}
	}
	if len(parents) != 2 || parents[0] != traceparent || parents[1] != traceparent {
		t.Errorf("the parents are %q", parents)
	}
}
