package gateway_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/gateway"
)

const origin = "http://desk.example"

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// memLog is an event log in memory.
type memLog struct {
	mu     sync.Mutex
	events []event.Event // of seq pruned+1, pruned+2 …
	pruned int64
	away   error // of every call
	broken error // of After alone
	reads  int   // calls of After
	heads  int   // calls of Head
}

func (l *memLog) Head(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heads++
	return l.pruned + int64(len(l.events)), l.away
}

func (l *memLog) Oldest(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pruned + 1, l.away
}

func (l *memLog) After(_ context.Context, seq int64, limit int) ([]event.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if err := cmp.Or(l.away, l.broken); err != nil {
		return nil, err
	}
	from := min(max(seq-l.pruned, 0), int64(len(l.events)))
	return append([]event.Event(nil), l.events[from:min(int(from)+limit, len(l.events))]...), nil
}

// commit appends n events of posts 1 to 5 in turn, and returns them.
func (l *memLog) commit(n int) []event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.events = append(l.events, newEvent(l.pruned+int64(len(l.events))+1))
	}
	return append([]event.Event(nil), l.events[len(l.events)-n:]...)
}

// prune drops all events up to seq.
func (l *memLog) prune(seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = l.events[seq-l.pruned:]
	l.pruned = seq
}

func (l *memLog) setAway(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = err
}

func (l *memLog) readCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

func newEvent(seq int64) event.Event { return sizedEvent(seq, 20) }

// sizedEvent has a description of size bytes.
func sizedEvent(seq int64, size int) event.Event {
	post := (seq-1)%5 + 1
	return event.Event{Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: post, Version: seq,
		Time: time.Date(2026, 11, 23, 10, 0, 0, int(seq%1000)*1e6, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"},
		Changed: []string{"title"},
		Data: fmt.Appendf(nil, `{"id":%d,"title":"T%d","description":%q,"content":"body %d","version":%d}`,
			post, seq, strings.Repeat("d", size), seq, seq)}
}

// users is an Auth for tokens of the form <user id>.<session>.
type users struct {
	mu      sync.Mutex
	expires time.Time
	away    error
	lost    map[string]error // verdicts by session
	verify  func()           // called in the middle of Verify
}

func (u *users) Verify(_ context.Context, token string) (auth.Grant, error) {
	var id int64
	var session string
	if _, err := fmt.Sscanf(token, "%d.%s", &id, &session); err != nil {
		return auth.Grant{}, fault.New(fault.Unauthorized, "no such token")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.away != nil {
		return auth.Grant{}, u.away
	}
	if err := u.lost[session]; err != nil {
		return auth.Grant{}, err
	}
	if u.verify != nil {
		u.mu.Unlock()
		u.verify()
		u.mu.Lock()
	}
	expires := u.expires
	if expires.IsZero() {
		expires = time.Now().Add(15 * time.Minute)
	}
	return auth.Grant{Actor: auth.Actor{ID: id, Name: fmt.Sprintf("User %d", id), Email: fmt.Sprintf("u%d@x.example", id),
		Role: auth.Editor, SessionID: session}, Expires: expires}, nil
}

func (u *users) Recheck(_ context.Context, grants []auth.Grant) ([]error, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.away != nil {
		return nil, u.away
	}
	verdicts := make([]error, len(grants))
	for i, g := range grants {
		verdicts[i] = u.lost[g.Actor.SessionID]
	}
	return verdicts, nil
}

func (u *users) lose(session string, kind fault.Kind) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lost[session] = fault.New(kind, "lost")
}

func (u *users) set(do func(*users)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	do(u)
}

// site is a running hub behind a real HTTP server.
type site struct {
	t        testing.TB
	hub      *gateway.Hub
	log      *memLog
	users    *users
	dial     func(context.Context) (net.Conn, error)
	addr     string
	patience time.Duration
	stop     context.CancelFunc
	aside    sync.WaitGroup // what a test does at the same time; awaited at its end
	done     chan struct{}  // closed when Run has returned
}

// open starts a hub over log with its server on a real TCP port.
func open(t testing.TB, log *memLog, cfg gateway.Config) *site {
	t.Helper()
	s := prepare(t, log, cfg)
	server := httptest.NewServer(s.hub)
	t.Cleanup(server.Close)
	s.addr = server.Listener.Addr().String()
	s.dial = dialTCP(s.addr)
	s.run()
	return s
}

func dialTCP(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "tcp", addr) }
}

// openPiped is open over net.Pipe, for tests in a bubble of fake time.
func openPiped(t testing.TB, log *memLog, cfg gateway.Config) *site {
	t.Helper()
	s := prepare(t, log, cfg)
	listener := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: s.hub}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	s.addr, s.patience = "desk.example", time.Hour // of fake time
	s.dial = listener.dial
	s.run()
	return s
}

func prepare(t testing.TB, log *memLog, cfg gateway.Config) *site {
	u := &users{lost: map[string]error{}}
	if cfg.Origin == "" {
		cfg.Origin = origin
	}
	s := &site{t: t, hub: gateway.New(log, u, cfg), log: log, users: u, patience: patience, done: make(chan struct{})}
	t.Cleanup(s.aside.Wait)
	return s
}

// run starts the hub; the end of the test stops it and sees that Run returns.
func (s *site) run() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() {
		defer close(s.done)
		if err := s.hub.Run(ctx); err != nil {
			s.t.Errorf("Run: %v", err)
		}
	}()
	s.t.Cleanup(func() {
		cancel()
		select {
		case <-s.done:
		case <-time.After(patience):
			s.t.Error("Run has not returned")
		}
	})
	if _, away := s.log.Head(context.Background()); away == nil {
		eventually(s.t, func() bool { return s.hub.Ready() == nil })
	}
}

// publish commits n events and delivers them.
func (s *site) publish(n int) []event.Event {
	events := s.log.commit(n)
	s.hub.Deliver(events)
	return events
}

// publishLarge commits and delivers n events with descriptions of size bytes.
func (s *site) publishLarge(n, size int) {
	for range n {
		s.log.mu.Lock()
		e := sizedEvent(s.log.pruned+int64(len(s.log.events))+1, size)
		s.log.events = append(s.log.events, e)
		s.log.mu.Unlock()
		s.hub.Deliver([]event.Event{e})
	}
}

// pipes is a net.Listener whose connections are net.Pipes.
type pipes struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

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
	User       map[string]any
	ExpiresAt  time.Time
	Seq        int64
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
		if m := c.next(); m.Seq != seq {
			c.t.Fatalf("got %s, want event %d", m.raw, seq)
		}
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

func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it has not come true")
		}
		time.Sleep(time.Millisecond)
	}
}
