package rest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/rest"
)

func TestEdge_unknownPathsAndMethods(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "path", call: "GET /api/nothing", status: 404, has: []string{"There is nothing at /api/nothing", "Cache-Control: no-store"}},
		{name: "root", call: "GET /api/", status: 404},
		{name: "slash at the end", call: "GET /api/posts/", status: 404},
		{name: "deeper", call: "GET /api/posts/1/2/3", status: 404},
		{name: "HTML is not echoed as such", call: "GET /api/%3Cscript%3E", status: 404, hasNot: []string{"<script>"}},
		{name: "method", call: "PUT /api/posts", body: "{}", status: 405, has: []string{"Allow: GET, POST\n", "/api/posts can be called with GET, POST."}},
		{name: "method of one post", call: "POST /api/posts/1", body: "{}", status: 405, has: []string{"Allow: GET, PATCH, DELETE\n"}},
		{name: "method of login", call: "GET /api/auth/login", status: 405, has: []string{"Allow: POST\n"}},
		{name: "unheard-of method", call: "BREW /api/posts", status: 405, has: []string{"Allow: GET, POST\n"}},
		{name: "OPTIONS without CORS", call: "OPTIONS /api/posts", status: 405, has: []string{"Allow: GET, POST\n"}},
		{name: "HEAD", as: viewer, call: "HEAD /api/posts", status: 200},
	})
}

func TestEdge_failures(t *testing.T) {
	cause := errors.New(`SELECT * FROM posts: no such table in /tmp/desk.db (SQLite)`)
	slow := fault.Wrap(fault.Unavailable, "The database does not answer.", cause)
	slow.RetryAfter = 1500 * time.Millisecond
	failing := func(err error) func(*desk, int64) {
		return func(d *desk, _ int64) { d.store.spring = func() error { return err } }
	}
	panicking := func(d *desk, _ int64) { d.store.spring = func() error { panic(cause) } }
	patch := func(name string, given func(*desk, int64), status int, has ...string) scenario {
		return scenario{name: name, given: given, as: editor, call: "PATCH /api/posts/1", header: []string{`If-Match: "1"`, "X-Request-Id: known-id-1"},
			body: `{"title":"T"}`, status: status, has: append(has, `"requestId":"known-id-1"`, "X-Request-Id: known-id-1", "Cache-Control: no-store")}
	}
	for _, s := range []scenario{
		patch("unknown error", failing(cause), 500, "Something went wrong"),
		patch("internal fault", failing(fault.Wrap(fault.Internal, "SELECT went wrong", cause)), 500, "Something went wrong"),
		patch("panic", panicking, 500, "Something went wrong"),
		patch("database away", failing(slow), 503, "The database does not answer.", "Retry-After: 2\n"),
		patch("overloaded without a hint", failing(fault.New(fault.Unavailable, "Later.")), 503, "Retry-After: 1\n"),
		patch("disk full", failing(fault.Wrap(fault.Full, "The disk is full; nothing was saved.", cause)), 507, "The disk is full"),
		{name: "panic of a read", given: panicking, as: viewer, call: "GET /api/posts/1", status: 500},
	} {
		t.Run(s.name, func(t *testing.T) {
			d := newDesk(t)
			s.play(t, d)
			if !strings.Contains(d.log.String(), "no such table") && s.name != "overloaded without a hint" {
				t.Errorf("the log does not tell the cause:\n%s", d.log)
			}
		})
	}
}

func TestEdge_stoppedDatabaseIs503(t *testing.T) {
	d := newDesk(t)
	id := d.fresh()
	d.do(editor, "GET /api/auth/me", "") // the session is known from here on
	d.stop()
	if a := d.do(editor, "POST /api/posts", `{"title":"Too late"}`); a.Code != 503 || a.Header().Get("Retry-After") != "2" {
		t.Errorf("post %d: status %d, Retry-After %q", id, a.Code, a.Header().Get("Retry-After"))
	}
}

// A panic after the first byte must cut the connection: half an answer is no answer.
func TestEdge_panicAfterTheFirstByteCutsTheConnection(t *testing.T) {
	d := newDesk(t, func(cfg *rest.Config) {
		cfg.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			panic("the other half")
		})
	})
	server := httptest.NewUnstartedServer(d.handler)
	server.Config.ErrorLog = nil
	server.Start()
	defer server.Close()
	res, err := server.Client().Get(server.URL + "/metrics")
	if err != nil {
		return // cut before the header left
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("status %d with the whole body %q", res.StatusCode, body)
	}
}

func TestEdge_requestID(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		given string
		kept  bool
	}{{"trace-0123456789", true}, {"short", false}, {"with space in it", false}, {strings.Repeat("a", 65), false}, {"<script>alert", false}, {"", false}} {
		a := d.do(nobody, "GET /api/posts", "", "X-Request-Id: "+c.given)
		id := a.Header().Get("X-Request-Id")
		if (id == c.given) != c.kept || !regexp.MustCompile(`^[\w.-]{8,64}$`).MatchString(id) || !strings.Contains(a.body, `"requestId":"`+id+`"`) {
			t.Errorf("given %q: %q in the header, body %s", c.given, id, a.body)
		}
	}
	if a, b := d.do(nobody, "GET /healthz", ""), d.do(nobody, "GET /healthz", ""); a.Header().Get("X-Request-Id") == b.Header().Get("X-Request-Id") {
		t.Error("two requests have one id")
	}
}

func TestEdge_crossOrigin(t *testing.T) {
	allow := "Access-Control-Allow-Origin"
	preflight := []string{"Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,if-match"}
	play(t, newDesk(t), []scenario{
		{name: "preflight of the desk", call: "OPTIONS /api/posts/1", header: append(preflight, "Origin: "+origin), status: 204,
			has: []string{allow + ": " + origin + "\n", "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE", "Authorization", "If-Match", "Idempotency-Key", "Vary: Origin"}},
		{name: "preflight of another", call: "OPTIONS /api/posts/1", header: append(preflight, "Origin: https://evil.test"), status: 204, hasNot: []string{allow, "Access-Control-Allow-Credentials"}},
		{name: "preflight of login", call: "OPTIONS /api/auth/login", header: append(preflight, "Origin: https://evil.test"), status: 204, hasNot: []string{allow}},
		{name: "call of the desk", as: viewer, call: "GET /api/posts", header: []string{"Origin: " + origin}, status: 200,
			has: []string{allow + ": " + origin, "Access-Control-Expose-Headers: ETag, Location, Retry-After, X-Request-Id, Idempotency-Replayed, Wiredesk-Merged", "Vary: Origin"}},
		{name: "call of another", as: viewer, call: "GET /api/posts", header: []string{"Origin: https://evil.test"}, status: 200, has: []string{"Vary: Origin"}, hasNot: []string{allow}},
		{name: "a longer origin", as: viewer, call: "GET /api/posts", header: []string{"Origin: " + origin + ".evil.test"}, status: 200, hasNot: []string{allow}},
		{name: "another port", as: viewer, call: "GET /api/posts", header: []string{"Origin: " + origin + ":8080"}, status: 200, hasNot: []string{allow}},
		{name: "preflight of the event stream", call: "OPTIONS /api/stream", header: append(preflight, "Origin: "+origin), status: 204, has: []string{allow + ": " + origin, "Authorization", "Last-Event-ID"}},
		{name: "event stream", call: "GET /api/stream", header: []string{"Origin: " + origin}, status: 401, has: []string{allow + ": " + origin, "Access-Control-Allow-Credentials: true", "Vary: Origin"}},
		{name: "event stream of another", call: "GET /api/stream", header: []string{"Origin: https://evil.test"}, status: 401, hasNot: []string{allow}},
		{name: "event stream by another method", call: "POST /api/stream", status: 405, has: []string{"Allow: GET"}},
		{name: "errors are readable too", call: "GET /api/posts", header: []string{"Origin: " + origin}, status: 401, has: []string{allow + ": " + origin}},
		{name: "no origin", as: viewer, call: "GET /api/posts", status: 200, has: []string{"X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin"}, hasNot: []string{allow}},
	})
}

func TestEdge_documents(t *testing.T) {
	d := newDesk(t)
	for path, field := range map[string]string{"/api/openapi.json": `"openapi":"3.1.0"`, "/api/asyncapi.json": `"asyncapi":"3.`} {
		if a := d.do(nobody, "GET "+path, ""); a.Code != 200 || !strings.Contains(a.body, field) {
			t.Errorf("%s: status %d, %d bytes", path, a.Code, len(a.body))
		}
	}
}

// A body that ends early is the client's fault, and nothing is stored.
func TestEdge_bodyThatBreaksOff(t *testing.T) {
	d := newDesk(t)
	req := httptest.NewRequest("POST", "/api/posts", io.MultiReader(bytes.NewReader([]byte(`{"title":"Ha`)), broken{}))
	req.Header.Set("Authorization", "Bearer "+d.tokens[editor])
	if a := d.send(req, ""); a.Code != 400 || d.head() != 0 {
		t.Errorf("status %d, %d events", a.Code, d.head())
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
