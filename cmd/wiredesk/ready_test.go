package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// After "Wiredesk is ready." the first question to /readyz is answered with all ok, and the first socket is accepted.
func TestServe_isReadyWhenItPrintsSo(t *testing.T) {
	for range 5 {
		p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
		if r := p.call("GET /readyz", ""); r.status != 200 || strings.Contains(r.body, "degraded") {
			t.Errorf("readyz: %d\n%s", r.status, r.body)
		}
		s := p.connect(p.signIn("admin@localhost", testWord), -1)
		s.next()
		s.Close()
		p.stop()
	}
}

// relayTo forwards the connections of a listener to a server until cut is called, or the test ends.
func relayTo(t *testing.T, listener net.Listener, server string) (cut func()) {
	var all sync.WaitGroup
	var mu sync.Mutex
	open := []io.Closer{listener}
	isCut := false
	cut = func() {
		mu.Lock()
		isCut = true
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	}
	t.Cleanup(cut)
	all.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				in.Close()
				continue
			}
			mu.Lock()
			open = append(open, in, out)
			if isCut { // after this connection was accepted
				in.Close()
				out.Close()
			}
			mu.Unlock()
			all.Go(func() { io.Copy(out, in); out.Close() })
			all.Go(func() { io.Copy(in, out); in.Close() })
		}
	})
	return cut
}

// databaseBehind returns the URL of a new database behind a port that nothing listens on, the port's address and the server's.
func databaseBehind(t *testing.T) (url, port, server string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.Must(t, err)
	port = listener.Addr().String()
	listener.Close()
	url = testservices.MySQL(t)
	_, rest, _ := strings.Cut(url, "@")
	server, _, _ = strings.Cut(rest, "/")
	return strings.Replace(url, server, port, 1), port, server
}

// A node that starts before its database waits for it, with one line in the log.
func TestServe_waitsForTheDatabase(t *testing.T) {
	if !testservices.Running() {
		return
	}
	url, port, server := databaseBehind(t)
	p := runServer(t, map[string]string{"PORT": "0", "DATA_DIR": t.TempDir(), "LOG_FORMAT": "json", "ADMIN_PASSWORD": testWord, "DATABASE_URL": url})
	const waiting = "database server unreachable; retrying"
	testkit.Eventually(t, "the line about the wait", func() bool { return strings.Contains(p.log.String(), waiting) })
	listener, err := net.Listen("tcp", port)
	testkit.Must(t, err)
	relayTo(t, listener, server)
	testkit.Eventually(t, "being ready", func() bool { return strings.Contains(p.out.String(), "Wiredesk is ready.") })
	if n := strings.Count(p.log.String(), waiting); n != 1 || !strings.Contains(p.log.String(), "database server reachable") {
		t.Errorf("%d lines about the wait:\n%s", n, p.log)
	}
	p.stop()
}

func TestServe_givesTheDatabaseUp(t *testing.T) {
	if !testservices.Running() {
		return
	}
	url, port, server := databaseBehind(t)
	for _, c := range []struct{ url, wait, want string }{
		{url, "0", "DATABASE_URL: no database server answers at " + port},
		{url, "2s", "DATABASE_URL: no database server answers at " + port},
		{strings.Replace(strings.Replace(url, port, server, 1), "@", "wrong@", 1), "60s", "refuses the user"},
		{strings.Replace(url, port, server, 1) + "_none", "60s", "has no"},
	} {
		began := time.Now()
		e, _, log := tool("", map[string]string{"PORT": "0", "DATA_DIR": t.TempDir(), "DATABASE_URL": c.url, "WIREDESK_DATABASE_WAIT": c.wait})
		err := run(t.Context(), []string{"serve"}, e)
		if err == nil || !strings.Contains(err.Error(), c.want) && !strings.Contains(err.Error(), "no rights on the database") {
			t.Errorf("%s: %v, want %q", c.wait, err, c.want)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("%s: after %s", c.want, took)
		}
		if n := strings.Count(log.String(), "database server unreachable; retrying"); n > 1 || (n == 1) != (c.wait == "2s") {
			t.Errorf("wait %s: %d lines:\n%s", c.wait, n, log)
		}
	}
}

// The server log of a complete run: each line is understandable without the code.
func TestServe_logOfARun(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "WIREDESK_NODE": "node-7", "LOG_ACCESS": "on"})
	token := p.signIn("admin@localhost", testWord)
	p.want(200, token, "GET /api/posts", "", "X-Request-Id: request-of-mine")
	p.call("GET /healthz", "")
	p.stop()
	lines := strings.Split(strings.TrimSpace(p.log.String()), "\n")
	for _, line := range lines {
		if n := strings.Count(line, `"node":"node-7"`); n != 1 {
			t.Errorf("%d times the node: %s", n, line)
		}
	}
	for _, want := range []string{`"database":"sqlite://`, `"kafka":"embedded"`, `"topic":"blog-events"`,
		`"msg":"request","request":"request-of-mine","method":"GET","path":"/api/posts","status":200,"took":"`} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, p.log)
		}
	}
	if strings.Contains(p.log.String(), "/healthz") {
		t.Error("probes are in the access log")
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, `"msg":"stopped"`) {
		t.Errorf("the last line is %s", last)
	}
}

// A password in DATABASE_URL is not in the line about the start.
func TestServe_readyLineNamesTheDatabase(t *testing.T) {
	if !testservices.Running() {
		return
	}
	url := testservices.MySQL(t)
	p := boot(t, t.TempDir(), map[string]string{"DATABASE_URL": url})
	_, rest, _ := strings.Cut(url, "@")
	if !strings.Contains(p.log.String(), fmt.Sprintf(`:xxxxx@%s"`, rest)) {
		t.Errorf("want %s in\n%s", rest, p.log)
	}
}

// While the database is away each of many requests fails; the log has a few lines.
func TestServe_logsAnOutageOnce(t *testing.T) {
	if !testservices.Running() {
		return
	}
	url, port, server := databaseBehind(t)
	listener, err := net.Listen("tcp", port)
	testkit.Must(t, err)
	cut := relayTo(t, listener, server)
	p := boot(t, t.TempDir(), map[string]string{"DATABASE_URL": url, "ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	p.want(201, token, "POST /api/posts", `{"title":"Before"}`)
	before := len(p.log.String())
	cut()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				if r := p.call("POST /api/posts", `{"title":"Refused"}`, "Authorization: Bearer "+token); r.status != 503 {
					t.Errorf("status %d: %s", r.status, r.body)
				}
			}
		})
	}
	all.Wait()
	outage := p.log.String()[before:]
	if n := strings.Count(outage, "\n"); n > 10 || strings.Count(outage, `"msg":"refusing requests; repeats are logged as a count"`) != 1 || strings.Contains(outage, "request failed") {
		t.Errorf("%d lines for 100 refused requests:\n%s", n, outage)
	}
	listener, err = net.Listen("tcp", port)
	testkit.Must(t, err)
	relayTo(t, listener, server)
	p.want(201, token, "POST /api/posts", `{"title":"After"}`)
}
