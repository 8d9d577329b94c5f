package rest_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wiredesk/wiredesk/internal/rest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestDashboard_nonceIsFresh(t *testing.T) {
	d := newDesk(t)
	policy := regexp.MustCompile(`style-src 'self' 'nonce-([A-Z2-7]{26})'`)
	seen := map[string]bool{}
	for range 20 {
		a := d.do(nobody, "GET /", "")
		m := policy.FindStringSubmatch(a.Header().Get("Content-Security-Policy"))
		if m == nil || seen[m[1]] || !strings.Contains(a.body, `<meta name="csp-nonce" content="`+m[1]+`">`) {
			t.Fatalf("policy %q, body %s", a.Header().Get("Content-Security-Policy"), a.body)
		}
		seen[m[1]] = true
	}
}

func TestDashboard_policy(t *testing.T) {
	for origin, socket := range map[string]string{"http://desk.test": "ws://desk.test", "https://desk.test": "wss://desk.test"} {
		a := newDesk(t, func(cfg *rest.Config) { cfg.Origin = origin }).do(nobody, "GET /", "")
		policy := a.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "script-src 'self';", "img-src 'self' data: https:;", "connect-src 'self' " + socket + ";", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s: %s", origin, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", origin, policy)
		}
		if a.Header().Get("Cache-Control") != "no-store" || !strings.Contains(a.body, `content="`+origin+`"`) {
			t.Errorf("%s: %s", origin, a.text())
		}
	}
}

func TestDashboard_originIsEscaped(t *testing.T) {
	a := newDesk(t, func(cfg *rest.Config) { cfg.Origin = `http://a"><script>` }).do(nobody, "GET /", "")
	if strings.Contains(a.body, "<script>") {
		t.Error(a.body)
	}
}

func TestDashboard_files(t *testing.T) {
	app := `id="root"`
	play(t, newDesk(t), []scenario{
		{name: "asset", call: "GET /assets/app-1a.js", status: 200, has: []string{"Content-Type: text/javascript", "Cache-Control: public, max-age=31536000, immutable", "Vary: Accept-Encoding", "the dashboard"}, hasNot: []string{"Content-Encoding"}},
		{name: "asset as HEAD", call: "HEAD /assets/tiny.css", status: 200, has: []string{"Content-Length: 12"}},
		{name: "no such asset", call: "GET /assets/old-2b.js", status: 404, hasNot: []string{app, "immutable"}},
		{name: "file", call: "GET /favicon.svg", status: 200, has: []string{"Content-Type: image/svg+xml", "Cache-Control: public, max-age=300\n"}},
		{name: "page", call: "GET /posts/42/history", status: 200, has: []string{app, "Content-Type: text/html"}},
		{name: "page with a slash at its end", call: "GET /account/", status: 200, has: []string{app}},
		{name: "no page", call: "GET /posts/42/edit", status: 404, has: []string{app, "Content-Type: text/html", "Content-Security-Policy"}},
		{name: "feed", call: "GET /feed", status: 404},
		{name: "robots.txt", call: "GET /robots.txt", status: 404, hasNot: []string{app}},
		{name: "sitemap.xml", call: "GET /sitemap.xml", status: 404, hasNot: []string{app}},
		{name: "index by name", call: "GET /index.html", status: 200, has: []string{app, "Content-Security-Policy"}, hasNot: []string{"__CSP_NONCE__", "__ORIGIN__"}},
		{name: "hidden file", call: "GET /.keep", status: 404, hasNot: []string{"secret of the build"}},
		{name: "folder", call: "GET /assets", status: 404},
		{name: "POST", call: "POST /posts", body: "{}", status: 405, has: []string{"Allow: GET, HEAD"}},
		{name: "DELETE of an asset", call: "DELETE /assets/app-1a.js", status: 405},
		{name: "POST of the socket", call: "POST /ws", status: 405},
	})
}

func TestDashboard_gzip(t *testing.T) {
	d := newDesk(t)
	for range 2 { // the second is from memory
		a := d.do(nobody, "GET /assets/app-1a.js", "", "Accept-Encoding: br, gzip")
		z, err := gzip.NewReader(strings.NewReader(a.body))
		testkit.Must(t, err)
		plain, err := io.ReadAll(z)
		testkit.Must(t, err)
		if a.Header().Get("Content-Encoding") != "gzip" || string(plain) != string(built["assets/app-1a.js"].Data) || a.Header().Get("Content-Length") != fmt.Sprint(len(a.body)) {
			t.Errorf("%v, %d bytes of %d", a.Header(), len(a.body), len(plain))
		}
	}
	if a := d.do(nobody, "GET /assets/tiny.css", "", "Accept-Encoding: gzip"); a.Header().Get("Content-Encoding") != "" || a.Header().Get("Vary") == "" {
		t.Errorf("a small file: %v", a.Header())
	}
}

// Paths are sent byte by byte: a client library would tidy them up.
func TestDashboard_noPathEscapes(t *testing.T) {
	d := newDesk(t)
	server := httptest.NewServer(d.handler)
	defer server.Close()
	for _, path := range []string{"/../../../etc/passwd", "/assets/../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc%5cpasswd",
		"//etc/passwd", "/assets/%00/../.keep", "/.%6beep", "/assets/..%2f.keep", "/./.keep", "/assets//app-1a.js/../../.keep"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		testkit.Must(t, err)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: desk.test\r\nConnection: close\r\n\r\n", path)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		testkit.Must(t, err)
		body, err := io.ReadAll(res.Body)
		testkit.Must(t, err)
		conn.Close()
		if strings.Contains(string(body), "root:") || strings.Contains(string(body), "secret of the build") || res.StatusCode >= 500 {
			t.Errorf("%s: status %d %s", path, res.StatusCode, body)
		}
		if to := res.Header.Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "://") {
			t.Errorf("%s: leads to %s", path, to)
		}
	}
}

func TestDashboard_notBuilt(t *testing.T) {
	d := newDesk(t, func(cfg *rest.Config) { cfg.Dashboard = fstest.MapFS{".keep": {}} })
	if a := d.do(nobody, "GET /", ""); a.Code != 404 || !strings.Contains(a.body, "make build") {
		t.Errorf("%d %s", a.Code, a.body)
	}
	if a := d.do(viewer, "GET /api/posts", ""); a.Code != 200 {
		t.Errorf("the API without a dashboard: status %d", a.Code)
	}
}

// TestDashboard_answersForEachOfItsPages reads the routes of the application: a page that is not in the
// server's list would answer 404 when it is reloaded.
func TestDashboard_answersForEachOfItsPages(t *testing.T) {
	source, err := os.ReadFile("../../web/src/app/routes.tsx")
	testkit.Must(t, err)
	routes := regexp.MustCompile(`<Route path="([^"*]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(routes) < 5 {
		t.Fatalf("found only the routes %q", routes)
	}
	d := newDesk(t)
	for _, m := range routes {
		address := "/" + regexp.MustCompile(`:\w+\??`).ReplaceAllString(m[1], "1")
		if a := d.do(nobody, "GET "+address, ""); a.Code != 200 {
			t.Errorf("GET %s (%s): status %d: add it to the pages in dashboard.go", address, m[1], a.Code)
		}
	}
}
