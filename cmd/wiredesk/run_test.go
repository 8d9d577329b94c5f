package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

var passwordLine = regexp.MustCompile(`Sign in +(\S+) +with the password in +(\S+)`)

func TestServe_firstStartMakesTheAdministrator(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, nil)
	found := passwordLine.FindAllStringSubmatch(p.out.String(), -1)
	if len(found) != 1 || found[0][1] != "admin@localhost" || !strings.Contains(p.out.String(), "Dashboard   "+testOrigin+"\n") {
		t.Fatalf("the first start prints:\n%s", p.out)
	}
	info, err := os.Stat(found[0][2])
	if err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(found[0][2]) != dir {
		t.Fatalf("the file of the password: %v, %v", info, err)
	}
	text, err := os.ReadFile(found[0][2])
	testkit.Must(t, err)
	word := strings.TrimSpace(string(text))
	p.want(200, p.signIn("admin@localhost", word), "GET /api/auth/me", "")
	p.stop()
	path := filepath.Join(dir, "jwt-secret")
	secret, err := os.ReadFile(path)
	testkit.Must(t, err)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || len(secret) < 32 {
		t.Errorf("the signing secret: %v, %v", info, err)
	}
	for _, hidden := range []string{word, strings.TrimSpace(string(secret))} {
		if strings.Contains(p.log.String()+p.out.String(), hidden) {
			t.Errorf("%s is in the output", hidden)
		}
	}

	p = boot(t, dir, map[string]string{"ADMIN_PASSWORD": "another password"}) // counts at the first start only
	if out := p.out.String(); strings.Contains(out, "Sign in") || !strings.Contains(out, "Dashboard   "+testOrigin+"\n") {
		t.Errorf("the second start prints:\n%s", out)
	}
	p.signIn("admin@localhost", word)
}

func TestServe_tokensOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	p.stop()
	boot(t, dir, nil).want(200, token, "GET /api/auth/me", "")
}

func TestServe_logoutClosesTheSessionsSockets(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
	other := p.signIn("admin@localhost", testWord)
	token := p.signIn("admin@localhost", testWord)
	stays, goes := p.connect(other, -1), p.connect(token, -1)
	p.want(204, token, "POST /api/auth/logout", "")
	if code, _ := goes.closed(); code != 4401 {
		t.Errorf("the socket closes with %d, want 4401", code)
	}
	stays.next()
	p.want(201, other, "POST /api/posts", `{"title":"Still here"}`)
	if f := stays.next(); f.Type != "blog-created" {
		t.Errorf("the other session's socket: %+v", f)
	}
}

// records reads the first n records of the topic, as any other consumer would.
func (p *process) records(n int) (byPartition []*kgo.Record) {
	p.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka), kgo.ConsumeTopics("blog-events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	testkit.Must(p, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Timeout)
	defer cancel()
	for len(byPartition) < n {
		fetches := client.PollFetches(ctx)
		testkit.Must(p, fetches.Err0())
		byPartition = append(byPartition, fetches.Records()...)
	}
	return byPartition
}

func TestServe_socketKafkaAndAPIAgree(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	s := p.connect(token, -1)
	if f := s.next(); f.Type != "welcome" || f.Resume != "nothing" || f.Cursor != 0 {
		t.Fatalf("welcome = %+v", f)
	}
	p.want(201, token, "POST /api/posts", `{"title":"Hello","content":"Some *words*."}`)
	p.want(200, token, "PATCH /api/posts/1", `{"title":"Hullo","category":"News"}`, `If-Match: "1"`)
	p.want(200, token, "PUT /api/posts/1/publish", `{"published":true}`)
	p.want(204, token, "DELETE /api/posts/1", "")

	var fromSocket []frame
	for range 4 {
		fromSocket = append(fromSocket, s.next())
	}
	var fromAPI struct{ Items []frame }
	testkit.Must(t, json.Unmarshal([]byte(p.want(200, token, "GET /api/events", "").body), &fromAPI))
	fromKafka := make([]frame, 4)
	for _, r := range p.records(4) {
		f := p.cloudEvent(r)
		fromKafka[f.Seq-1] = f
	}
	if diff := cmp.Diff(fromAPI.Items, fromKafka); diff != "" {
		t.Errorf("the API (-) and Kafka (+) differ:\n%s", diff)
	}
	for i, e := range fromAPI.Items {
		if (e.Data["content"] == nil) != (e.Type == "blog-deleted") {
			t.Errorf("event %d of the API has the content %v", i+1, e.Data["content"])
		}
		delete(e.Data, "content")
	}
	if diff := cmp.Diff(fromAPI.Items, fromSocket); diff != "" {
		t.Errorf("the API (-) and the socket (+) differ:\n%s", diff)
	}
	var types []string
	for i, f := range fromSocket {
		types = append(types, fmt.Sprintf("%d %s v%v", f.Seq, f.Type, f.Data["version"]))
		if f.Seq != int64(i+1) || string(f.Actor) != `{"id":1,"name":"Admin"}` {
			t.Errorf("frame %d = %+v", i, f)
		}
	}
	want := []string{"1 blog-created v1", "2 blog-updated v2", "3 blog-published v3", "4 blog-deleted v4"}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestServe_tellsHowItIs(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "WIREDESK_NODE": "node-7"})
	token := p.signIn("admin@localhost", testWord)
	s := p.connect(token, -1)
	s.next()
	p.want(201, token, "POST /api/posts", `{"title":"Hello"}`)
	s.next()
	var ready string
	testkit.Eventually(t, "being ready", func() bool {
		r := p.call("GET /readyz", "")
		ready = r.body
		return r.status == 200 && !strings.Contains(ready, "degraded")
	})
	lines := regexp.MustCompile(`(?m)^(database|kafka|relay|gateway) ok\b`).FindAllString(ready, -1)
	if diff := cmp.Diff([]string{"database ok", "kafka ok", "relay ok", "gateway ok"}, lines); diff != "" {
		t.Errorf("readyz (-want +got):\n%s", diff)
	}
	status := p.want(200, token, "GET /api/status", "").body
	for _, want := range []string{`"head":1`, `"mode":"embedded","healthy":true`, `"kind":"sqlite","healthy":true`, `"sockets":1`, `"node":"node-7"`} {
		if !strings.Contains(status, want) {
			t.Errorf("status lacks %s: %s", want, status)
		}
	}
	metrics := p.call("GET /metrics", "").body
	for _, want := range []string{`wiredesk_http_requests_total{method="POST",route="/api/posts",status="201",wiredesk_node="node-7"} 1`, "wiredesk_db_commit_seconds", "go_goroutines"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if r := p.call("GET /", ""); r.status != 200 && !strings.Contains(r.body, "make build") {
		t.Errorf("dashboard: %d %s", r.status, r.body)
	}
}

// Without Kafka writes are stored, and the gateway delivers events from the event log.
func TestServe_worksWhileKafkaIsAway(t *testing.T) {
	t.Parallel() // it ends with the 5 s that the relay gives Kafka to come back
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "KAFKA_BROKER": "127.0.0.1:1", "KAFKA_EMBEDDED_LISTEN": ""})
	token := p.signIn("admin@localhost", testWord)
	s := p.connect(token, -1)
	s.next()
	p.want(201, token, "POST /api/posts", `{"title":"Hello"}`)
	if f := s.next(); f.Type != "blog-created" || f.Seq != 1 {
		t.Errorf("frame = %+v", f)
	}
	if r := p.call("GET /readyz", ""); r.status != 200 || !strings.Contains(r.body, "\nkafka degraded ") || !strings.HasPrefix(r.body, "database ok\n") {
		t.Errorf("readyz: %d\n%s", r.status, r.body)
	}
	testkit.Eventually(t, "one event to wait", func() bool {
		return strings.Contains(p.want(200, token, "GET /api/status", "").body, `"relay":{"waiting":1,`)
	})
	if body := p.want(200, token, "GET /api/status", "").body; !strings.Contains(body, `"kafka":{"mode":"cluster","healthy":false,"detail":"`) {
		t.Errorf("status: %s", body)
	}
}

func TestServe_refusesASecondProcessOnItsData(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, nil)
	e, _, _ := tool("", map[string]string{"PORT": "0", "DATA_DIR": dir})
	if err := run(t.Context(), []string{"serve"}, e); err == nil || !strings.Contains(err.Error(), "another wiredesk is running") {
		t.Errorf("a second process: %v", err)
	}
	_, port, _ := strings.Cut(p.host, ":")
	e, _, _ = tool("", map[string]string{"PORT": port, "DATA_DIR": t.TempDir()})
	if err := run(t.Context(), []string{"serve"}, e); err == nil || !strings.HasPrefix(err.Error(), "PORT="+port+" cannot be used") || !strings.Contains(err.Error(), "for example PORT=") {
		t.Errorf("a second process on the port: %v", err)
	}
}

func TestServe_secretsStayOutOfTheLog(t *testing.T) {
	dir := t.TempDir()
	signing, previous := "signing "+strings.Repeat("s", 40), "previous "+strings.Repeat("p", 40)
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord, "JWT_SECRET": signing, "JWT_SECRET_PREVIOUS": previous, "LOG_LEVEL": "debug"})
	token := p.signIn("admin@localhost", testWord)
	p.call("POST /api/auth/login", `{"email":"admin@localhost","password":"a wrong word"}`)
	refresh := p.call("POST /api/auth/refresh", "").header.Get("Set-Cookie")
	_, refresh, _ = strings.Cut(refresh, "=")
	refresh, _, _ = strings.Cut(refresh, ";")
	s := p.connect(token, 0)
	s.next()
	p.want(201, token, "POST /api/users", `{"email":"a@desk.test","name":"A","role":"viewer","password":"the word of A"}`)
	p.want(204, token, "POST /api/auth/password", fmt.Sprintf(`{"current":%q,"next":"a newer word"}`, testWord))
	p.call("GET /api/auth/me", "", "Authorization: Bearer "+token+"x")
	s.Close()
	p.stop()
	if len(refresh) < 40 || !strings.Contains(p.log.String(), `"msg":"request"`) {
		t.Fatalf("refresh token %q; log:\n%s", refresh, p.log)
	}
	for name, word := range map[string]string{"password": testWord, "wrong password": "a wrong word", "new password": "a newer word", "user's password": "the word of A",
		"access token": token, "its signature": token[strings.LastIndex(token, ".")+1:], "refresh token": refresh, "secret": signing, "previous secret": previous, "hash": "argon2id"} {
		if strings.Contains(p.log.String(), word) || strings.Contains(p.out.String(), word) {
			t.Errorf("the %s is in the log", name)
		}
	}
}

// A user with a temporary password gets no socket, and no call but the change of the password.
func TestServe_temporaryPassword(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
	admin := p.signIn("admin@localhost", testWord)
	var made struct{ ID int64 }
	testkit.Must(t, json.Unmarshal([]byte(p.want(201, admin, "POST /api/users", `{"email":"ben@desk.test","name":"Ben","role":"editor","password":"a temporary word"}`).body), &made))
	p.want(200, admin, fmt.Sprintf("PATCH /api/users/%d", made.ID), `{"password":"another temporary word","temporary":true}`)
	ben := p.signIn("ben@desk.test", "another temporary word")
	handshake := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
		"Sec-WebSocket-Protocol: wiredesk.v1, bearer." + ben, "Origin: " + testOrigin}
	if r := p.call("GET /ws", "", handshake...); r.status != 403 || !strings.Contains(r.body, "must be changed first") {
		t.Errorf("socket: %d %s", r.status, r.body)
	}
	p.want(403, ben, "GET /api/posts", "")
	p.want(204, ben, "POST /api/auth/password", `{"current":"another temporary word","next":"the word of Ben"}`)
	p.want(200, ben, "GET /api/posts", "")
	p.connect(ben, -1).next()
}
