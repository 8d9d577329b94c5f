package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

const (
	testOrigin = "http://desk.test"
	testWord   = "correct horse battery"
)

// process is a complete 'wiredesk serve' on free ports.
type process struct {
	testing.TB
	out, log *testkit.LogBuffer
	host     string // host:port of HTTP
	kafka    string // host:port of the embedded broker
	cancel   context.CancelFunc
	ended    chan error
	http     *http.Client
}

// tool returns the environment of a command with these settings and standard input, and its outputs.
func tool(stdin string, settings map[string]string) (e env, out, log *testkit.LogBuffer) {
	out, log = new(testkit.LogBuffer), new(testkit.LogBuffer)
	var environ []string
	for name, value := range settings {
		environ = append(environ, name+"="+value)
	}
	return env{getenv: func(name string) string { return settings[name] }, environ: environ, stdin: strings.NewReader(stdin), stdout: out, stderr: log}, out, log
}

var (
	readyLine = regexp.MustCompile(`"msg":"ready","address":"\[::\]:(\d+)"`)
	kafkaLine = regexp.MustCompile(`Kafka +(\S+), topic`)
)

// boot serves the data in dir and returns when the server is ready. The end of the test stops it, if stop did not.
func boot(t testing.TB, dir string, settings map[string]string) *process {
	t.Helper()
	all := map[string]string{"PORT": "0", "DATA_DIR": dir, "FRONTEND_URL": testOrigin, "KAFKA_EMBEDDED_LISTEN": "127.0.0.1:0", "LOG_FORMAT": "json"}
	maps.Copy(all, settings)
	p := runServer(t, all)
	out, log := p.out, p.log
	testkit.Eventually(t, "starting", func() bool {
		select {
		case err := <-p.ended:
			p.ended <- err
			t.Fatalf("serve ended: %v\n%s", err, log)
		default:
		}
		return strings.Contains(out.String(), "Wiredesk is ready.") && strings.HasSuffix(out.String(), "\n\n")
	})
	p.host = "127.0.0.1:" + readyLine.FindStringSubmatch(log.String())[1]
	if m := kafkaLine.FindStringSubmatch(out.String()); m != nil {
		p.kafka = m[1]
	}
	return p
}

// runServer runs serve until stop, or until the end of the test.
func runServer(t testing.TB, settings map[string]string) *process {
	t.Helper()
	e, out, log := tool("", settings)
	jar, err := cookiejar.New(nil)
	testkit.Must(t, err)
	p := &process{TB: t, out: out, log: log, ended: make(chan error, 1), http: &http.Client{Jar: jar, Timeout: testkit.Timeout, Transport: &http.Transport{}}}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(context.Background())
	go func() { p.ended <- run(ctx, []string{"serve"}, e) }()
	t.Cleanup(func() { p.stop() })
	return p
}

// stop stops the process and waits until it has ended.
func (p *process) stop() {
	p.Helper()
	p.cancel()
	p.http.CloseIdleConnections()
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			p.Errorf("serve: %v", err)
		}
	case <-time.After(testkit.Timeout):
		stacks := make([]byte, 1<<20)
		p.Fatalf("serve does not end:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
}

// reply is the response to a call.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request; header holds "Name: value" lines.
func (p *process) call(call, body string, header ...string) reply {
	p.Helper()
	method, path, _ := strings.Cut(call, " ")
	req, err := http.NewRequest(method, "http://"+p.host+path, strings.NewReader(body))
	testkit.Must(p, err)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := p.http.Do(req)
	testkit.Must(p, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	testkit.Must(p, err)
	return reply{res.StatusCode, res.Header, string(b)}
}

// want sends a request with token and fails the test unless the response has status.
func (p *process) want(status int, token, call, body string, header ...string) reply {
	p.Helper()
	r := p.call(call, body, append(header, "Authorization: Bearer "+token)...)
	if r.status != status {
		p.Fatalf("%s: status %d, want %d: %s", call, r.status, status, r.body)
	}
	return r
}

// signIn returns an access token.
func (p *process) signIn(email, word string) string {
	p.Helper()
	r := p.call("POST /api/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, word))
	var in struct{ AccessToken string }
	if err := json.Unmarshal([]byte(r.body), &in); err != nil || r.status != 200 || in.AccessToken == "" {
		p.Fatalf("login as %s: %d %s", email, r.status, r.body)
	}
	return in.AccessToken
}

// socket is an open /ws.
type socket struct {
	testing.TB
	net.Conn
	rest io.Reader
}

// frame is any frame of the server.
type frame struct {
	Type, Resume, ID, Time, Epoch, Trace string
	Cursor, Seq                          int64
	Actor                                json.RawMessage
	Changed                              []string
	Data                                 map[string]any
}

// connect opens the stream as a browser does, after cursor unless that is negative.
func (p *process) connect(token string, cursor int64) *socket {
	p.Helper()
	if cursor < 0 {
		return p.connectAt(token, "")
	}
	return p.connectAt(token, fmt.Sprintf("?cursor=%d", cursor))
}

// connectAt opens the stream with a query string.
func (p *process) connectAt(token, query string) *socket {
	p.Helper()
	address := "ws://" + p.host + "/ws" + query
	dialer := ws.Dialer{Timeout: testkit.Timeout, Protocols: []string{"wiredesk.v1", "bearer." + token}, Header: ws.HandshakeHeaderHTTP{"Origin": {testOrigin}}}
	conn, early, _, err := dialer.Dial(context.Background(), address)
	testkit.Must(p, err)
	s := &socket{TB: p, Conn: conn, rest: conn}
	if early != nil {
		s.rest = early
	}
	p.Cleanup(func() { conn.Close() })
	testkit.Must(p, conn.SetReadDeadline(time.Now().Add(testkit.Timeout)))
	return s
}

// raw reads one frame that is not a ping.
func (s *socket) raw() (ws.OpCode, []byte) {
	s.Helper()
	for {
		header, err := ws.ReadHeader(s.rest)
		testkit.Must(s, err)
		payload := make([]byte, header.Length)
		_, err = io.ReadFull(s.rest, payload)
		testkit.Must(s, err)
		if header.OpCode != ws.OpPing {
			return header.OpCode, payload
		}
	}
}

// next returns the next frame that is not about presence.
func (s *socket) next() frame {
	s.Helper()
	for {
		op, payload := s.raw()
		if op != ws.OpText {
			s.Fatalf("frame of type %x: %q", op, payload)
		}
		var f frame
		testkit.Must(s, json.Unmarshal(payload, &f))
		if f.Type != "presence" {
			return f
		}
	}
}

// closed reads frames until the close frame, closes the connection, and returns the code and reason of that frame.
func (s *socket) closed() (code ws.StatusCode, reason string) {
	s.Helper()
	for {
		if op, payload := s.raw(); op == ws.OpClose {
			s.Close()
			return ws.ParseCloseFrameData(payload)
		}
	}
}
