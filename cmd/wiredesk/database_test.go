package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// TestServe_databaseReadOnly: /readyz and the status name the reason without a user's write, and recover on their own.
func TestServe_databaseReadOnly(t *testing.T) {
	if !testservices.Running() {
		return
	}
	server := testservices.NewServer(t)
	p := boot(t, t.TempDir(), map[string]string{"DATABASE_URL": server.URL, "ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	testkit.Eventually(t, "ready", func() bool { return p.call("GET /readyz", "").status == 200 })

	server.Exec(t, "SET GLOBAL read_only = 1")
	const reason = "refuses writes: the database is read-only"
	testkit.Eventually(t, "failing", func() bool {
		r := p.call("GET /readyz", "")
		return r.status == 503 && strings.Contains(r.body, "database failing "+reason)
	})
	if r := p.want(200, token, "GET /api/status", ""); !strings.Contains(r.body, `"database":{"kind":"mysql","healthy":false,"detail":"`+reason+`"}`) {
		t.Errorf("the status is %s", r.body)
	}
	p.want(200, token, "GET /api/posts", "")
	if r := p.want(503, token, "POST /api/posts", `{"title":"x"}`); !strings.Contains(r.body, "read-only") {
		t.Errorf("a write is answered %s", r.body)
	}
	if r := p.call("GET /metrics", ""); !regexp.MustCompile(`(?m)^wiredesk_db_failed_commits_total\S* [1-9]`).MatchString(r.body) {
		t.Error("failed commits are not counted")
	}

	server.Exec(t, "SET GLOBAL read_only = 0")
	testkit.Eventually(t, "ready again", func() bool { return p.call("GET /readyz", "").status == 200 })
	p.want(201, token, "POST /api/posts", `{"title":"x"}`)
}

// TestServe_databaseFailover: a proxy leads new connections to another server, and the old one,
// read-only, keeps those that are open.
func TestServe_databaseFailover(t *testing.T) {
	if !testservices.Running() {
		return
	}
	old := testservices.NewServer(t)
	settings := map[string]string{"DATABASE_URL": old.URL, "ADMIN_PASSWORD": testWord}
	first := boot(t, t.TempDir(), settings)
	first.want(201, first.signIn("admin@localhost", testWord), "POST /api/posts", `{"title":"Before"}`)
	first.stop()
	promoted := old.Copy(t)
	through, failOver := failoverProxy(t, old, promoted)
	settings["DATABASE_URL"] = through
	p := boot(t, t.TempDir(), settings)
	p.want(200, p.signIn("admin@localhost", testWord), "GET /api/posts", "")

	old.Exec(t, "SET GLOBAL read_only = 1")
	failOver()
	for i := range 20 {
		token := p.signIn("admin@localhost", testWord)
		title := fmt.Sprint("After ", i)
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":%q}`, title))
		if r := p.want(200, token, "GET /api/posts?limit=100", ""); !strings.Contains(r.body, title) {
			t.Fatalf("the list lacks the post that was just stored: %s", r.body)
		}
	}
	testkit.Eventually(t, "ready", func() bool { return p.call("GET /readyz", "").status == 200 })
}

// failoverProxy returns a DATABASE_URL that leads to old, and to promoted for connections that
// are opened after the call of failOver.
func failoverProxy(t *testing.T, old, promoted *testservices.Server) (through string, failOver func()) {
	t.Helper()
	u, err := url.Parse(old.URL)
	testkit.Must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.Must(t, err)
	u.Host = listener.Addr().String()
	var failedOver atomic.Bool
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			to := old.Address
			if failedOver.Load() {
				to = promoted.Address
			}
			all.Go(func() { forward(client, to) })
		}
	})
	t.Cleanup(func() { // the process has stopped, which closes its connections
		listener.Close()
		all.Wait()
	})
	return u.String(), func() { failedOver.Store(true) }
}

// forward passes the bytes of a connection on to an address, both ways, until one end closes it.
func forward(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	io.Copy(server, client)
	server.Close()
	answers.Wait()
}
