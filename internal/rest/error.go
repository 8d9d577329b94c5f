package rest

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// statuses is the one table from kinds of failure to HTTP statuses.
var statuses = map[fault.Kind]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Malformed:    http.StatusBadRequest,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.Forbidden:    http.StatusForbidden,
	fault.NotFound:     http.StatusNotFound,
	fault.Stale:        http.StatusPreconditionFailed,
	fault.Precondition: http.StatusPreconditionRequired,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.TooMany:      http.StatusTooManyRequests,
	fault.Unavailable:  http.StatusServiceUnavailable,
	fault.Full:         http.StatusInsufficientStorage,
}

// problem is an RFC 9457 problem document.
type problem struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail"`
	Code      string          `json:"code,omitempty"`
	RequestID string          `json:"requestId"`
	Errors    []fault.Field   `json:"errors,omitempty"`
	Current   json.RawMessage `json:"current,omitempty"`
	Conflicts *[]string       `json:"conflicts,omitempty"`
	Base      map[string]any  `json:"base,omitempty"`
}

// fail answers with err's problem document, and logs errors of the server.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statuses[fault.KindOf(err)]
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: "Something went wrong on the server. The request id helps to find it in the log.", RequestID: requestID(r.Context())}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Internal {
		f = withHTTPNames(f)
		p.Detail, p.Code, p.Errors = f.Text, f.Code, f.Fields
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests || f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(f.RetryAfter, time.Second).Seconds()))))
		}
	}
	var stale *post.Stale
	if errors.As(err, &stale) {
		p.Current, p.Conflicts, p.Base = stale.Current.JSON, &stale.Conflicts, stale.Base
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="wiredesk"`)
	}
	w.Header().Set("Cache-Control", "no-store")
	s.logFailure(r, status, err)
	writeJSONAs(w, status, "application/problem+json", p)
}

// withHTTPNames returns f with the names of HTTP in place of those of package post.
func withHTTPNames(f *fault.Error) *fault.Error {
	if errors.Is(f, post.ErrKeyReused) {
		return fault.InvalidFields(fault.Field{Name: "Idempotency-Key", Message: f.Text})
	}
	i := slices.IndexFunc(f.Fields, func(field fault.Field) bool { return field.Message == post.UsePublish })
	if i < 0 {
		return f
	}
	fields := slices.Clone(f.Fields)
	fields[i].Message = "Not a field that PATCH can set; use PUT /api/posts/{id}/publish."
	return fault.InvalidFields(fields...)
}

// logFailure logs an error of the server. Refusals for lack of the database, of room or of time (503, 507) have one
// common cause and may be thousands: they are counted and logged together.
func (s *server) logFailure(r *http.Request, status int, err error) {
	switch {
	case r.Context().Err() != nil: // the client has disconnected
	case status == http.StatusServiceUnavailable || status == http.StatusInsufficientStorage:
		s.cfg.Logger.DebugContext(r.Context(), "request refused", "request", requestID(r.Context()), "method", r.Method, "path", r.URL.Path, "status", status, "error", err)
		s.unavailable.add(r.Context(), s.cfg.Logger, time.Now(), status, err)
	case status >= 500:
		s.cfg.Logger.ErrorContext(r.Context(), "request failed", "request", requestID(r.Context()), "method", r.Method, "path", r.URL.Path, "status", status, "error", err)
	}
}

// writeJSON answers with v. The error is always nil, so that a handler can end with it.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	writeJSONAs(w, status, "application/json", v)
	return nil
}

func writeJSONAs(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only a type that cannot be JSON, which tests would show
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
