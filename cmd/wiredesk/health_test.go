package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestHealth(t *testing.T) {
	serving := boot(t, t.TempDir(), nil)
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "database failing "+r.URL.Path, http.StatusServiceUnavailable)
	}))
	defer failing.Close()
	testkit.Eventually(t, "the server is ready", func() bool { return serving.call("GET /readyz", "").status == 200 })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.Must(t, err)
	testkit.Must(t, closed.Close())
	for _, c := range []struct{ name, host, out, err string }{
		{"ready", serving.host, "database ok\n", ""},
		{"not ready", failing.Listener.Addr().String(), "database failing /readyz\n", "/readyz returned status 503"},
		{"not there", closed.Addr().String(), "", "connection refused"},
	} {
		_, port, err := net.SplitHostPort(c.host)
		testkit.Must(t, err)
		e, out, _ := tool("", map[string]string{"PORT": port, "DATA_DIR": t.TempDir()})
		err = run(t.Context(), []string{"health"}, e)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) || !strings.Contains(out.String(), c.out) {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}
