package gateway_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const origin = "http://desk.example"

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// site is a running hub behind a real HTTP server.
type site struct {
	t        testing.TB
	hub      *gateway.Hub
	log      *streamtest.Log
	users    *users
	dial     func(context.Context) (net.Conn, error)
	addr     string
	patience time.Duration
	stop     context.CancelFunc
	aside    sync.WaitGroup // goroutines of the test; its end waits for them
	done     chan struct{}  // closed when Run has returned
}

// open starts a hub over log with its server on a real TCP port.
func open(t testing.TB, log *streamtest.Log, cfg gateway.Config) *site {
	t.Helper()
	s := prepare(t, log, cfg)
	server := httptest.NewServer(s.handler())
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
func openPiped(t testing.TB, log *streamtest.Log, cfg gateway.Config) *site {
	t.Helper()
	s := prepare(t, log, cfg)
	listener := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: s.handler()}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	s.addr, s.patience = "desk.example", time.Hour // of fake time
	s.dial = listener.dial
	s.run()
	return s
}

// handler serves the socket at every path but that of the event stream.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.hub)
	mux.Handle("/api/stream", s.hub.Stream())
	return mux
}

func prepare(t testing.TB, log *streamtest.Log, cfg gateway.Config) *site {
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
	if _, away := s.log.Position(context.Background()); away == nil {
		testkit.Eventually(s.t, "ready", func() bool { return s.hub.Ready() == nil })
	}
}

// publish commits n events and delivers them.
func (s *site) publish(n int) []event.Event {
	events := s.log.Commit(n)
	s.hub.Deliver(events)
	return events
}

// publishLarge commits and delivers n events with descriptions of size bytes.
func (s *site) publishLarge(n, size int) {
	for range n {
		s.hub.Deliver(s.log.CommitWith(1, func(e *event.Event) { e.Data = streamtest.Event(e.Seq, size).Data }))
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
