package rest_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/rest"
)

func TestOperators_getMetricsProfilesAndDetails(t *testing.T) {
	d := newDesk(t)
	d.system.checks = []rest.Check{{Name: "database"}, {Name: "kafka", Err: errors.New("x"), Detail: "user wiredesk at kafka-1:9092 is refused", Optional: true}}
	for _, c := range []struct {
		name, remote, header string
		operator             bool
	}{
		{"allowed", "192.0.2.1:1234", "", true},
		{"allowed, as IPv4 in IPv6", "[::ffff:192.0.2.1]:1234", "", true},
		{"loopback", "127.0.0.1:1234", "", true},
		{"another address", "198.51.100.1:1234", "", false},
		{"another IPv6 address", "[2001:db8::1%eth0]:1234", "", false},
		{"no address", "pipe", "", false},
		{"forwarded", "127.0.0.1:1234", "X-Forwarded-For: 127.0.0.1", false},
		{"forwarded without addresses", "127.0.0.1:1234", "X-Forwarded-Proto: https", false},
		{"forwarded by the standard header", "127.0.0.1:1234", "Forwarded: for=127.0.0.1", false},
		{"forwarded by nginx", "127.0.0.1:1234", "X-Real-IP: 127.0.0.1", false},
	} {
		get := func(path string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr = c.remote
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, r)
			return w
		}
		status := 404
		if c.operator {
			status = 200
		}
		for _, path := range []string{"/metrics", "/%6Detrics", "/metrics?x=1", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap"} {
			if w := get(path); w.Code != status {
				t.Errorf("%s: %s is answered with %d, want %d", c.name, path, w.Code, status)
			}
		}
		want := "database ok\nkafka degraded\n"
		if c.operator {
			want = "database ok\nkafka degraded user wiredesk at kafka-1:9092 is refused\n"
		}
		if w := get("/readyz"); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: /readyz is answered with %d %q", c.name, w.Code, w.Body)
		}
	}
}

func TestHeaders_ofEveryAnswer(t *testing.T) {
	d := newDesk(t)
	secure := newDesk(t, func(cfg *rest.Config) { cfg.Origin = "https://desk.test" })
	for _, call := range []string{"GET /", "GET /nothing", "GET /favicon.svg", "GET /api/posts", "GET /api/none", "GET /api/public/posts", "GET /healthz", "GET /readyz", "GET /metrics", "GET /ws", "GET /api/stream", "PUT /", "OPTIONS /api/posts"} {
		h := d.do(nobody, call, "").Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": "frame-ancestors 'none'",
			"Permissions-Policy": "camera=()", "Cross-Origin-Resource-Policy": "origin", "Strict-Transport-Security": "",
		} {
			if got := h.Get(name); !strings.Contains(got, want) || (want == "") != (got == "") {
				t.Errorf("%s: %s is %q", call, name, got)
			}
		}
		if isPage := call == "GET /" || call == "GET /nothing"; strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") == isPage {
			t.Errorf("%s: the policy is %q", call, h.Get("Content-Security-Policy"))
		}
		if got := secure.do(nobody, call, "").Header().Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") {
			t.Errorf("%s over https: Strict-Transport-Security is %q", call, got)
		}
	}
}
