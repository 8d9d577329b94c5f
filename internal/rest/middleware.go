package rest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

type contextKey int

const requestKey contextKey = iota

// requestInfo names a request in the server log.
type requestInfo struct {
	id      string
	server  *server
	request *http.Request
}

func requestID(ctx context.Context) string {
	info, _ := ctx.Value(requestKey).(requestInfo)
	return info.id
}

// RequestAttrs returns the attributes of the server log that name the request of ctx: its id and the client's address.
// Outside of requests there are none.
func RequestAttrs(ctx context.Context) []slog.Attr {
	info, ok := ctx.Value(requestKey).(requestInfo)
	if !ok {
		return nil
	}
	return []slog.Attr{slog.String("address", info.server.clientAddress(info.request).String()), slog.String("request", info.id)}
}

// withRequest returns r with its id, for the server log.
func (s *server) withRequest(r *http.Request, id string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestKey, requestInfo{id, s, r}))
}

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// identify returns the request's id, which the answer carries too: the caller's, or a new one.
func identify(w http.ResponseWriter, r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if !goodRequestID.MatchString(id) {
		id = rand.Text()
	}
	w.Header().Set("X-Request-Id", id)
	return id
}

// statusClientGone is the status in metrics of a request whose client disconnected before the answer.
const statusClientGone = 499

// slow is the duration from which a request is logged as a warning.
const slow = 2 * time.Second

// wrap gives each request an id, security headers and CORS, counts it, and turns a panic into a 500.
func (s *server) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := identify(w, r)
		r, end := s.withTrace(s.withRequest(r, id))
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		s.setSecurityHeaders(w, r)
		if strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, publicPaths) {
			w.Header()["Cache-Control"] = noStore
		}
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				s.fail(rec, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			took := time.Since(began)
			if r.Context().Err() != nil {
				rec.status = statusClientGone
			}
			route := routeOf(r)
			s.metrics.observe(r, route, rec.status, took)
			end(route, rec.status)
			s.logRequest(r, rec.status, took)
			if p == http.ErrAbortHandler || rec.broken {
				panic(http.ErrAbortHandler) // cuts the connection, so that half an answer does not look complete
			}
		}()
		if s.cors(rec, r) {
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// logRequest writes the access log: at info if Config.AccessLog, else at debug. Successful probes are at debug only.
func (s *server) logRequest(r *http.Request, status int, took time.Duration) {
	level, message := slog.LevelDebug, "request"
	probe := status == http.StatusOK && (r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics")
	switch {
	case took > slow && r.Context().Err() == nil:
		level, message = slog.LevelWarn, "slow request"
	case s.cfg.AccessLog && !probe:
		level = slog.LevelInfo
	}
	if s.cfg.Logger.Enabled(r.Context(), level) {
		s.cfg.Logger.Log(r.Context(), level, message, "request", requestID(r.Context()), "method", r.Method, "path", r.URL.Path, "status", status, "took", took)
	}
	s.unavailable.flush(s.cfg.Logger, time.Now())
}

// handOver is wrap for a socket or an event stream: the gateway takes the connection over, so w stays as it is.
func (s *server) handOver(gateway http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r = s.withRequest(r, identify(w, r))
		s.setSecurityHeaders(w, r)
		s.cors(w, r)
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.cfg.Logger.ErrorContext(r.Context(), "handshake failed", "request", requestID(r.Context()), "error", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
				panic(http.ErrAbortHandler) // cuts the connection
			}
		}()
		gateway.ServeHTTP(w, r)
	}
}

// recorder keeps the status for metrics and the log.
type recorder struct {
	http.ResponseWriter
	status int
	begun  bool // the header has left
	broken bool // a second answer followed the first
}

func (r *recorder) WriteHeader(status int) {
	if r.begun {
		r.broken = true
		return
	}
	r.status, r.begun = status, true
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.begun = true
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// allowsOrigin reports whether pages of an origin may sign in and read answers.
func (s *server) allowsOrigin(origin string) bool {
	return origin == s.cfg.Origin || slices.Contains(s.cfg.OtherOrigins, origin)
}

// cors lets pages of the configured origins read all answers, and pages of every origin the public ones. It reports whether the request was a preflight, which it has then answered.
func (s *server) cors(w http.ResponseWriter, r *http.Request) (done bool) {
	h, origin := w.Header(), r.Header.Get("Origin")
	h["Vary"] = varyOrigin // the first that w has
	switch {
	case anyOrigin(r.URL.Path):
		h["Access-Control-Allow-Origin"] = everyOrigin
	case origin != "" && s.allowsOrigin(origin):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, X-Request-Id, Idempotency-Replayed, Wiredesk-Merged")
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, Last-Event-ID, Traceparent")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// handler answers a request, or returns the error that fail answers with; then it has written nothing.
type handler func(http.ResponseWriter, *http.Request) error

// actorHandler is a handler for a signed-in user.
type actorHandler func(w http.ResponseWriter, r *http.Request, by auth.Actor) error

// answer makes h an http.HandlerFunc.
func (s *server) answer(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// fromOrigin refuses browsers on other sites: these calls set or use the cookie.
func (s *server) fromOrigin(h handler) http.HandlerFunc {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		if origin := r.Header.Get("Origin"); origin != "" && !s.allowsOrigin(origin) {
			return fault.New(fault.Forbidden, "Pages of this origin may not sign in: open "+s.cfg.Origin+", or add the origin to FRONTEND_URL.")
		}
		return h(w, r)
	})
}

// signedIn verifies the access token.
func (s *server) signedIn(h actorHandler) http.HandlerFunc {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		grant, err := s.auth.Verify(r.Context(), bearer(r))
		if err != nil {
			return err
		}
		return h(w, r, grant.Actor)
	})
}

// identified is signedIn for the calls that a user with a temporary password may make.
func (s *server) identified(h actorHandler) http.HandlerFunc {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		grant, _, err := s.auth.Identify(r.Context(), bearer(r))
		if err != nil {
			return err
		}
		return h(w, r, grant.Actor)
	})
}

// bearer returns the request's access token, empty when it has none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// noRoute answers for paths under /api/ that do not exist, or not with that method.
func (s *server) noRoute(mux *http.ServeMux) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var allowed []string
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(probe); strings.HasPrefix(pattern, method+" /api/") {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			return fault.New(fault.NotFound, "There is nothing at "+r.URL.Path+"; GET /api/openapi.json lists the paths.")
		}
		list := strings.Join(allowed, ", ")
		w.Header().Set("Allow", list)
		writeJSONAs(w, http.StatusMethodNotAllowed, "application/problem+json", problem{Type: "about:blank", Title: "Method Not Allowed",
			Status: http.StatusMethodNotAllowed, Detail: r.URL.Path + " can be called with " + list + ".", RequestID: requestID(r.Context())})
		return nil
	}
}
