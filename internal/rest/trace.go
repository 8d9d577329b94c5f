package rest

import (
	"net/http"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
)

// withTrace returns r with the trace that its writes store with their events: that of the span that
// it begins, or without spans that of the request's header. end ends the span.
func (s *server) withTrace(r *http.Request) (traced *http.Request, end func(route string, status int)) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return r, noSpan
	}
	parent := parentOf(r)
	if s.cfg.StartSpan != nil {
		ctx, end := s.cfg.StartSpan(r, parent)
		return r.WithContext(ctx), func(route string, status int) {
			if route == routeNone {
				route = ""
			}
			end(route, status)
		}
	}
	if parent == "" {
		return r, noSpan
	}
	return r.WithContext(event.WithTrace(r.Context(), parent)), noSpan
}

func noSpan(string, int) {}

// parentOf returns the request's traceparent, "" when it has none, several, or an invalid one.
func parentOf(r *http.Request) string {
	if values := r.Header["Traceparent"]; len(values) == 1 {
		return event.ParseTrace(values[0])
	}
	return ""
}
