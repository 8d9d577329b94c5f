package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"

	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// client is the other end of one WebSocket.
type client struct {
	t      testing.TB
	nc     net.Conn
	r      io.Reader
	closed *closed // the close frame, once it has come

	patience time.Duration // that read has
	deaf     bool          // does not answer pings
	pings    int
}

type closeCode = ws.StatusCode

type closed struct {
	code   ws.StatusCode
	reason string
}

// message is a text frame of the server.
type message struct {
	Type       string
	Connection string
	Cursor     int64
	Resume     string
	Epoch      string
	User       map[string]any
	ExpiresAt  time.Time
	Seq        int64
	ID         string
	Data       map[string]any
	Users      []person
	Code       string
	Message    string

	raw string
}

type person struct {
	ID     int64
	Name   string
	PostID *int64
	State  string
	Field  *string
	Line   *int
	Since  time.Time
}

// dialRaw opens a WebSocket with the given query and headers.
func (s *site) dialRaw(query string, header http.Header, protocols ...string) (*client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d := ws.Dialer{
		Header: ws.HandshakeHeaderHTTP(header), Protocols: protocols,
		NetDial: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.dial(ctx) },
	}
	nc, br, _, err := d.Dial(ctx, "ws://"+s.addr+"/ws"+query)
	if err != nil {
		return nil, err
	}
	c := &client{t: s.t, nc: nc, r: nc, patience: s.patience}
	if br != nil {
		c.r = io.MultiReader(br, nc)
	}
	s.t.Cleanup(func() { nc.Close() })
	return c, nil
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// connect opens a WebSocket and returns it with its welcome.
func (s *site) connect(token, query string) (*client, message) {
	s.t.Helper()
	c, err := s.dialRaw(query, bearer(token))
	if err != nil {
		s.t.Fatalf("dial %s: %v", query, err)
	}
	welcome := c.next()
	if welcome.Type != "welcome" {
		s.t.Fatalf("the first frame is %s", welcome.raw)
	}
	return c, welcome
}

var errClosed = errors.New("closed by the server")

// read returns the next text frame. It answers pings and keeps a close frame.
func (c *client) read() (message, error) {
	c.nc.SetReadDeadline(time.Now().Add(c.patience))
	for {
		h, err := ws.ReadHeader(c.r)
		if err != nil {
			return message{}, err
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(c.r, payload); err != nil {
			return message{}, err
		}
		switch h.OpCode {
		case ws.OpText:
			m := message{raw: string(payload)}
			return m, json.Unmarshal(payload, &m)
		case ws.OpPing:
			c.pings++
			if !c.deaf {
				c.write(ws.NewPongFrame(payload))
			}
		case ws.OpPong:
			return message{Type: "PONG", raw: string(payload)}, nil
		case ws.OpClose:
			code, reason := ws.ParseCloseFrameData(payload)
			c.closed = &closed{code, reason}
			return message{}, errClosed
		default:
			return message{}, fmt.Errorf("opcode %d", h.OpCode)
		}
	}
}

// next is read that fails the test, and passes over presence.
func (c *client) next() message {
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

// nextPresence passes over all but presence.
func (c *client) nextPresence() []person {
	c.t.Helper()
	for {
		m, err := c.read()
		if err != nil {
			c.t.Fatalf("reading: %v %v", err, c.closed)
		}
		if m.Type == "presence" {
			return m.Users
		}
	}
}

// wantEvents reads the events from..to, in order and each once.
func (c *client) wantEvents(from, to int64) {
	c.t.Helper()
	for seq := from; seq <= to; seq++ {
		m := c.next()
		if m.Seq != seq {
			c.t.Fatalf("got %s, want event %d", m.raw, seq)
		}
		c.wantFrame(m, seq)
	}
}

// wantFrame fails unless m is the whole of the event seq that streamtest.Log has, without the content.
func (c *client) wantFrame(m message, seq int64) {
	c.t.Helper()
	description, _ := m.Data["description"].(string)
	e := streamtest.Event(seq, len(description))
	frame, err := event.EncodeSummaryFrame(e)
	if err != nil {
		c.t.Fatal(err)
	}
	var got, want map[string]any
	if err := errors.Join(json.Unmarshal([]byte(m.raw), &got), json.Unmarshal(frame, &want)); err != nil {
		c.t.Fatal(err)
	}
	var data map[string]any // as the log has it, whatever the codec does
	if err := json.Unmarshal(e.Data, &data); err != nil {
		c.t.Fatal(err)
	}
	delete(data, "content")
	want["id"], want["type"], want["seq"], want["data"] = e.ID, string(e.Type), float64(seq), data
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Fatalf("event %d (-log +frame):\n%s", seq, diff)
	}
}

// wantClose reads up to the close frame, which must have the code, and returns what came before it.
func (c *client) wantClose(code ws.StatusCode) (before []message, reason string) {
	c.t.Helper()
	for {
		m, err := c.read()
		if err == nil {
			if m.Type != "presence" {
				before = append(before, m)
			}
			continue
		}
		if c.closed == nil || c.closed.code != code {
			c.t.Fatalf("ended with %v %v, want close %d", err, c.closed, code)
		}
		c.write(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")))
		return before, c.closed.reason
	}
}

// write sends one frame, masked.
func (c *client) write(f ws.Frame) {
	c.nc.SetWriteDeadline(time.Now().Add(patience))
	c.nc.Write(ws.MustCompileFrame(ws.MaskFrame(f)))
}

// say sends one text frame.
func (c *client) say(text string) { c.write(ws.NewTextFrame([]byte(text))) }
