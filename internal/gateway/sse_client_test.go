package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// sseEvent is an event as an EventSource dispatches it.
type sseEvent struct {
	kind, data string
	lastID     string
}

// sseParser reads an event stream by the grammar of the HTML standard (section 9.2.6).
type sseParser struct {
	r        *bufio.Reader
	lastID   string
	comments int
	lines    int
}

// line returns the next line, which CR, LF or CRLF ends. An unfinished last line is none.
func (p *sseParser) line() (string, error) {
	var b strings.Builder
	for {
		c, err := p.r.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\r' {
			if next, err := p.r.Peek(1); err == nil && next[0] == '\n' {
				p.r.Discard(1)
			}
		}
		if c == '\r' || c == '\n' {
			p.lines++
			return b.String(), nil
		}
		b.WriteByte(c)
	}
}

// next returns the next event. An unfinished event at the end of the stream is dropped.
func (p *sseParser) next() (sseEvent, error) {
	var e sseEvent
	var data []string
	for {
		line, err := p.line()
		if err != nil {
			return sseEvent{}, err
		}
		if line == "" {
			if len(data) == 0 {
				e = sseEvent{}
				continue
			}
			e.data, e.lastID = strings.Join(data, "\n"), p.lastID
			return e, nil
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "":
			p.comments++
		case "event":
			e.kind = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				p.lastID = value
			}
		default:
			return e, fmt.Errorf("field %q", field) // an EventSource ignores it; the server has no other
		}
	}
}

// streamClient is the other end of one event stream.
type streamClient struct {
	sseParser
	t        testing.TB
	nc       net.Conn
	header   http.Header
	patience time.Duration
	closed   *closed // the close event, once it has come
}

// requestStream sends a request for the event stream and reads the response's head.
func (s *site) requestStream(token, query string, header ...string) (net.Conn, *http.Response) {
	s.t.Helper()
	nc, err := s.dial(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { nc.Close() })
	r, _ := http.NewRequest("GET", "http://"+s.addr+"/api/stream"+query, nil)
	if token != "" {
		r.Header = bearer(token)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	nc.SetDeadline(time.Now().Add(s.patience))
	if err := r.Write(nc); err != nil {
		s.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(nc), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return nc, res
}

// openStream opens an event stream and returns it with its welcome. header holds "Name: value" lines.
func (s *site) openStream(token, query string, header ...string) (*streamClient, message) {
	s.t.Helper()
	nc, res := s.requestStream(token, query, header...)
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		s.t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	c := &streamClient{sseParser: sseParser{r: bufio.NewReader(res.Body)}, t: s.t, nc: nc, header: res.Header, patience: s.patience}
	welcome := c.next()
	if welcome.Type != "welcome" {
		s.t.Fatalf("the first event is %s", welcome.raw)
	}
	return c, welcome
}

// read returns the next event's JSON. It keeps a close event, and checks the fields of an event.
func (c *streamClient) read() (message, error) {
	c.nc.SetReadDeadline(time.Now().Add(c.patience))
	before := c.lastID
	e, err := c.sseParser.next()
	if err != nil {
		return message{}, err
	}
	m := message{raw: e.data}
	if e.kind == "close" {
		var how struct {
			Type, Reason string
			Code         int
		}
		if err := json.Unmarshal([]byte(e.data), &how); err != nil || how.Type != "close" {
			return message{}, fmt.Errorf("close event %s: %w", e.data, err)
		}
		c.closed = &closed{code: closeCode(how.Code), reason: how.Reason}
		return message{}, errClosed
	}
	if err := json.Unmarshal([]byte(e.data), &m); err != nil {
		return m, err
	}
	id := before
	switch {
	case m.Seq > 0:
		id = fmt.Sprint(m.Seq)
	case m.Type == "welcome":
		id = fmt.Sprint(m.Cursor)
	}
	if e.kind != m.Type || e.lastID != id || strings.ContainsAny(e.data, "\n\r") {
		return m, fmt.Errorf("event %q with id %q for %q", e.kind, e.lastID, e.data)
	}
	return m, nil
}

// next is read that fails the test, and passes over presence.
func (c *streamClient) next() message {
	c.t.Helper()
	for {
		m, err := c.read()
		if err != nil {
			c.t.Fatalf("reading: %v %v", err, c.closed)
		}
		if m.Type != "presence" {
			return m
		}
	}
}

// wantEvents reads the events from..to, in order and each once.
func (c *streamClient) wantEvents(from, to int64) {
	c.t.Helper()
	for seq := from; seq <= to; seq++ {
		if m := c.next(); m.Seq != seq || m.Data["content"] != nil || m.Data["title"] != fmt.Sprintf("T%d", seq) {
			c.t.Fatalf("got %s, want event %d", m.raw, seq)
		}
	}
}

// wantClose reads up to the close event, which must have the code and be the last, and returns what came before it.
func (c *streamClient) wantClose(code int) (before []message, reason string) {
	c.t.Helper()
	for {
		m, err := c.read()
		if err == nil {
			if m.Type != "presence" {
				before = append(before, m)
			}
			continue
		}
		if !errors.Is(err, errClosed) || c.closed.code != closeCode(code) {
			c.t.Fatalf("ended with %v %v, want close %d", err, c.closed, code)
		}
		if rest, err := io.ReadAll(c.r); err != nil || len(rest) > 0 {
			c.t.Fatalf("after the close event: %q %v", rest, err)
		}
		c.nc.Close()
		return before, c.closed.reason
	}
}

// The reading of an event stream that ends within an event drops that event.
func TestSSEParser(t *testing.T) {
	p := sseParser{r: bufio.NewReader(strings.NewReader(":\n\nevent: a\r\nid: 1\rdata: x\ndata:y\n\n:c\ndata\n\nevent: z\n\ndata: cut"))}
	var got []sseEvent
	for {
		e, err := p.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if want := []sseEvent{{"a", "x\ny", "1"}, {"", "", "1"}}; fmt.Sprint(got) != fmt.Sprint(want) || p.comments != 2 {
		t.Errorf("got %q and %d comments, want %q", got, p.comments, want)
	}
}
