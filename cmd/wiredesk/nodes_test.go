package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// bootTwo serves one database by two nodes, which have the same secret.
func bootTwo(t *testing.T, url string, settings map[string]string) (a, b *process) {
	t.Helper()
	node := func(name string) *process {
		all := map[string]string{"DATABASE_URL": url, "WIREDESK_NODE": name, "JWT_SECRET": strings.Repeat("shared ", 8), "ADMIN_PASSWORD": testWord}
		for k, v := range settings {
			all[k] = v
		}
		return boot(t, t.TempDir(), all)
	}
	return node("a"), node("b")
}

// onBoth runs a test on SQLite, and on MariaDB when it runs.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite://"+filepath.Join(t.TempDir(), "shared.db")) })
	if testservices.Running() {
		t.Run("mysql", func(t *testing.T) { test(t, testservices.MySQL(t)) })
	}
}

// A revocation on one node closes sessions on the other within a second.
func TestNodes_followRevocations(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a, b := bootTwo(t, url, nil)
		admin := a.signIn("admin@localhost", testWord)
		add := func(name string) (id int64, token string) {
			t.Helper()
			r := a.want(201, admin, "POST /api/users", fmt.Sprintf(`{"email":"%s@desk.test","name":%q,"role":"editor","password":%q}`, name, name, testWord))
			var u struct{ ID int64 }
			testkit.Must(t, json.Unmarshal([]byte(r.body), &u))
			return u.ID, a.signIn(name+"@desk.test", testWord)
		}
		for _, test := range []struct {
			name  string
			call  string // with the user's id
			body  string
			close ws.StatusCode
			then  int // status of a write on b with the same token
		}{
			{"loggedout", "POST /api/auth/logout", "", 4401, 401},
			{"disabled", "PATCH /api/users/%d", `{"disabled":true}`, 4401, 401},
			{"demoted", "PATCH /api/users/%d", `{"role":"viewer"}`, 4403, 403},
			{"newpassword", "PATCH /api/users/%d", `{"password":"another long word"}`, 4401, 401},
		} {
			id, token := add(test.name)
			b.want(201, token, "POST /api/posts", `{"title":"Still may"}`)
			s := b.connect(token, -1)
			s.next()
			if strings.Contains(test.call, "%d") {
				a.want(200, admin, fmt.Sprintf(test.call, id), test.body)
			} else {
				a.want(204, token, test.call, test.body)
			}
			start := time.Now()
			if code, reason := s.closed(); code != test.close || time.Since(start) > time.Second {
				t.Errorf("%s: the socket closes with %d %q after %v", test.name, code, reason, time.Since(start))
			}
			b.want(test.then, token, "POST /api/posts", `{"title":"No more"}`)
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s: known after %v", test.name, took)
			}
		}
	})
}

// Presence and posts of the other node, and the conflicts of settings in /readyz.
func TestNodes_knowOfEachOther(t *testing.T) {
	if !testservices.Running() {
		return // two processes on one SQLite file do not know of each other
	}
	a, b := bootTwo(t, testservices.MySQL(t), nil)
	token := a.signIn("admin@localhost", testWord)
	here, there := a.connect(token, -1), b.connect(token, -1)
	here.next()
	there.next()
	a.want(201, token, "POST /api/posts", `{"title":"Hello"}`)
	if f := there.next(); f.Seq != 1 || f.Data["title"] != "Hello" {
		t.Errorf("frame on the other node: %+v", f)
	}
	testkit.Must(t, ws.WriteFrame(there.Conn, ws.MaskFrame(ws.NewTextFrame([]byte(`{"type":"follow","postId":1,"state":"editing","field":"title"}`)))))
	testkit.Eventually(t, "presence of the other node", func() bool {
		_, payload := here.raw()
		return strings.Contains(string(payload), `"postId":1,"state":"editing","field":"title"`)
	})
	testkit.Eventually(t, "a word on the brokers", func() bool {
		r := a.call("GET /readyz", "")
		return r.status == 200 && regexp.MustCompile(`(?m)^nodes degraded .*"b" has a Kafka broker of its own.* KAFKA_BROKER`).MatchString(r.body)
	})
}

// A stopping node returns 503 on /readyz before it refuses connections.
func TestServe_saysThatItStopsBeforeItDoes(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "WIREDESK_STOP_DELAY": "2s"})
	token := p.signIn("admin@localhost", testWord)
	s := p.connect(token, -1)
	s.next()
	start := time.Now()
	p.cancel()
	var r reply
	testkit.Eventually(t, "not being ready", func() bool { r = p.call("GET /readyz", ""); return r.status == http.StatusServiceUnavailable })
	if !strings.Contains(r.body, "\ngateway failing this node is stopping\n") {
		t.Errorf("readyz: %s", r.body)
	}
	res, err := p.http.Get("http://" + p.host + "/healthz")
	testkit.Must(t, err)
	res.Body.Close()
	if res.StatusCode != 200 || !res.Close {
		t.Errorf("status %d, the connection is closed: %t", res.StatusCode, res.Close)
	}
	p.want(201, token, "POST /api/posts", `{"title":"The last"}`)
	if f := s.next(); f.Seq != 1 {
		t.Errorf("frame = %+v", f)
	}
	if code, _ := s.closed(); code != 1012 || time.Since(start) < 2*time.Second {
		t.Errorf("the socket closes with %d after %v", code, time.Since(start))
	}
	p.stop()
}
