package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// eventStream is an open GET /api/stream.
type eventStream struct {
	testing.TB
	*http.Response
	lines *bufio.Scanner
}

// stream opens the event stream with "Name: value" header lines.
func (p *process) stream(token, query string, header ...string) *eventStream {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), "GET", "http://"+p.host+"/api/stream"+query, nil)
	testkit.Must(p, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept-Encoding", "gzip")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := p.http.Transport.RoundTrip(req)
	testkit.Must(p, err)
	p.Cleanup(func() { res.Body.Close() })
	return &eventStream{p, res, bufio.NewScanner(res.Body)}
}

// next returns the lines of the next event that is no presence.
func (s *eventStream) next() string {
	s.Helper()
	var lines []string
	for s.lines.Scan() {
		line := s.lines.Text()
		switch {
		case line != "" && line[0] != ':':
			lines = append(lines, line)
		case line == "" && len(lines) > 0 && lines[0] != "event: presence":
			return strings.Join(lines, "\n")
		case line == "":
			lines = nil
		}
	}
	s.Fatalf("the stream has ended: %v", s.lines.Err())
	return ""
}

func (s *eventStream) want(begins, holds string) {
	s.Helper()
	if e := s.next(); !strings.HasPrefix(e, begins) || !strings.Contains(e, holds) {
		s.Fatalf("got %s, want %s … %s", e, begins, holds)
	}
}

func (s *eventStream) wantEnd() {
	s.Helper()
	if rest, err := io.ReadAll(s.Body); err != nil || s.lines.Scan() {
		s.Fatalf("after the close event: %q %v", rest, err)
	}
}

// The event stream brings changes, resumes, and ends with the session and with the node.
func TestServe_eventStream(t *testing.T) {
	const other = "http://app.test"
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "FRONTEND_URL": testOrigin + "," + other})
	token := p.signIn("admin@localhost", testWord)
	s := p.stream(token, "", "Origin: "+other)
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "",
		"Access-Control-Allow-Origin": other, "Access-Control-Allow-Credentials": "true", "X-Content-Type-Options": "nosniff"} {
		if got := s.Header.Get(name); s.StatusCode != 200 || got != want {
			t.Errorf("status %d, %s: %q, want %q", s.StatusCode, name, got, want)
		}
	}
	if s.Header.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
	s.want("event: welcome\nid: 0\ndata: {", `"resume":"nothing"`)
	for n := 1; n <= 3; n++ {
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":"Post %d","content":"the text"}`, n))
		s.want(fmt.Sprintf("event: blog-created\nid: %d\ndata: {", n), fmt.Sprintf(`"title":"Post %d"`, n))
	}
	again := p.stream(token, "?cursor=0", "Last-Event-ID: 1")
	again.want("event: welcome\nid: 1\n", `"resume":"replayed"`)
	again.want("event: blog-created\nid: 2\n", "Post 2")
	again.want("event: blog-created\nid: 3\n", "Post 3")
	if foreign := p.stream(token, "", "Origin: http://evil.test"); foreign.StatusCode != 403 || foreign.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("from another origin: status %d", foreign.StatusCode)
	}
	if r := p.call("GET /api/stream?token="+token, ""); r.status != 401 || !strings.HasPrefix(r.header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("a token in the URL: status %d", r.status)
	}
	second := p.signIn("admin@localhost", testWord)
	stays := p.stream(second, "")
	stays.want("event: welcome\n", "")
	p.want(204, token, "POST /api/auth/logout", "")
	for _, ends := range []*eventStream{s, again} {
		ends.want("event: close\ndata: {", `"code":4401,"reason":"session ended"`)
		ends.wantEnd()
	}
	go p.cancel()
	stays.want("event: close\ndata: {", `"code":1012,"reason":"retry in `)
	stays.wantEnd()
}
