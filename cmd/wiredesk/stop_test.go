package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// goroutines returns the stacks of all goroutines by their number.
func goroutines() map[string]string {
	buf := make([]byte, 4<<20)
	stacks := map[string]string{}
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		number, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		stacks[number] = stack
	}
	return stacks
}

// slowPost is a request whose handler has begun and waits for the body.
type slowPost struct {
	testing.TB
	net.Conn
	reader *bufio.Reader
	body   string
}

func (p *process) slowPost(token, body string) *slowPost {
	p.Helper()
	conn, err := net.Dial("tcp", p.host)
	testkit.Must(p, err)
	p.Cleanup(func() { conn.Close() })
	testkit.Must(p, conn.SetDeadline(time.Now().Add(testkit.Timeout)))
	fmt.Fprintf(conn, "POST /api/posts HTTP/1.1\r\nHost: desk.test\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, len(body))
	s := &slowPost{TB: p, Conn: conn, reader: bufio.NewReader(conn), body: body}
	if line, err := s.reader.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" { // sent when the handler asks for the body
		p.Fatalf("got %q, %v", line, err)
	}
	return s
}

// finish sends the body and returns the status.
func (s *slowPost) finish() int {
	s.Helper()
	_, err := s.reader.ReadString('\n') // the blank line after 100 Continue
	testkit.Must(s, err)
	_, err = fmt.Fprint(s.Conn, s.body)
	testkit.Must(s, err)
	res, err := http.ReadResponse(s.reader, nil)
	testkit.Must(s, err)
	res.Body.Close()
	return res.StatusCode
}

func TestServe_stopsInOrderAndResumes(t *testing.T) {
	before := goroutines()
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	s := p.connect(token, -1)
	s.next()
	p.want(201, token, "POST /api/posts", `{"title":"Before"}`)
	if f := s.next(); f.Seq != 1 {
		t.Fatalf("frame = %+v", f)
	}
	slow := p.slowPost(token, `{"title":"In flight"}`)

	p.cancel()
	if code, reason := s.closed(); code != 1012 || !regexp.MustCompile(`^retry in \d{1,4}ms$`).MatchString(reason) {
		t.Errorf("the socket closes with %d %q", code, reason)
	}
	testkit.Eventually(t, "the port to close", func() bool {
		conn, err := net.Dial("tcp", p.host)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if status := slow.finish(); status != 201 {
		t.Errorf("the request in flight: status %d, want 201", status)
	}
	p.stop()
	slow.Close()
	testkit.Eventually(t, "every goroutine to end", func() bool {
		left := goroutines()
		for number := range before {
			delete(left, number)
		}
		return len(left) == 0
	})

	p = boot(t, dir, nil)
	s = p.connect(token, 1)
	if f := s.next(); f.Type != "welcome" || f.Resume != "replayed" {
		t.Errorf("welcome = %+v", f)
	}
	if f := s.next(); f.Seq != 2 || f.Data["title"] != "In flight" {
		t.Errorf("frame = %+v", f)
	}
	p.want(201, token, "POST /api/posts", `{"title":"After"}`)
	if f := s.next(); f.Seq != 3 || f.Data["title"] != "After" {
		t.Errorf("frame = %+v", f)
	}
	seen := map[string]int{}
	for _, r := range p.records(3) {
		seen[string(r.Key)]++
	}
	if len(seen) != 3 {
		t.Errorf("Kafka holds %v; want each event once", seen)
	}
}

// Stopping waits for the last events to reach Kafka.
func TestServe_stopLeavesNothingUnpublished(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	for range 50 {
		p.want(201, token, "POST /api/posts", `{"title":"One of many"}`)
	}
	p.stop()
	if !strings.Contains(p.log.String(), `"msg":"this node is no longer the relay leader","watermark":50,`) {
		t.Errorf("the log does not tell of watermark 50:\n%s", p.log)
	}
	p = boot(t, dir, nil)
	if n := len(p.records(50)); n != 50 {
		t.Errorf("%d records, want 50", n)
	}
}
