package gateway_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// shake sends a handshake with the given changes to a good one and returns the answer.
func (s *site) shake(path string, change func(http.Header)) *http.Response {
	s.t.Helper()
	r, _ := http.NewRequest("GET", "http://"+s.addr+path, nil)
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Authorization": {"Bearer 3.s"},
	}
	if change != nil {
		change(r.Header)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func set(name, value string) func(http.Header) {
	return func(h http.Header) { h.Set(name, value) }
}

func TestHandshake(t *testing.T) {
	const other = "https://app.example"
	s := open(t, &streamtest.Log{}, gateway.Config{OtherOrigins: []string{other}})
	const offer = "Sec-Websocket-Protocol"
	onlyOffer := func(value string) func(http.Header) {
		return func(h http.Header) { h.Del("Authorization"); h.Set(offer, value) }
	}
	for _, tt := range []struct {
		name     string
		path     string
		change   func(http.Header)
		status   int
		protocol string
	}{
		{"token in the header", "/ws", nil, 101, ""},
		{"scheme in lower case", "/ws", set("Authorization", "bearer 3.s"), 101, ""},
		{"token and subprotocol", "/ws", set(offer, "wiredesk.v1"), 101, "wiredesk.v1"},
		{"token in the subprotocols", "/ws", onlyOffer("wiredesk.v1, bearer.3.s"), 101, "wiredesk.v1"},
		{"the other way round", "/ws", onlyOffer("bearer.3.s,wiredesk.v1"), 101, "wiredesk.v1"},
		{"subprotocols without ours", "/ws", onlyOffer("bearer.3.s"), 400, ""},
		{"another subprotocol", "/ws", set(offer, "chat"), 400, ""},
		{"no token", "/ws", func(h http.Header) { h.Del("Authorization") }, 401, ""},
		{"no token but ours", "/ws", onlyOffer("wiredesk.v1"), 401, ""},
		{"bad token", "/ws", set("Authorization", "Bearer nonsense"), 401, ""},
		{"another scheme", "/ws", set("Authorization", "Basic 3.s"), 401, ""},
		{"token in the URL", "/ws?token=3.s&access_token=3.s", func(h http.Header) { h.Del("Authorization") }, 401, ""},
		{"own origin", "/ws", set("Origin", origin), 101, ""},
		{"another origin of the list", "/ws", set("Origin", other), 101, ""},
		{"origins in one header", "/ws", set("Origin", origin+","+other), 403, ""},
		{"foreign origin", "/ws", set("Origin", "http://evil.example"), 403, ""},
		{"origin that begins alike", "/ws", set("Origin", origin+".evil.example"), 403, ""},
		{"null origin", "/ws", set("Origin", "null"), 403, ""},
		{"empty cursor", "/ws?cursor=", nil, 400, ""},
		{"cursor of letters", "/ws?cursor=abc", nil, 400, ""},
		{"fractional cursor", "/ws?cursor=1.5", nil, 400, ""},
		{"huge cursor", "/ws?cursor=99999999999999999999", nil, 101, ""},
		{"no WebSocket", "/ws", func(h http.Header) { h.Del("Upgrade") }, 426, ""},
		{"another version", "/ws", set("Sec-Websocket-Version", "8"), 426, ""},
		{"no key", "/ws", func(h http.Header) { h.Del("Sec-Websocket-Key") }, 400, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := s.shake(tt.path, tt.change)
			if answer.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", answer.StatusCode, tt.status)
			}
			if got := answer.Header.Get("Sec-WebSocket-Protocol"); got != tt.protocol {
				t.Errorf("protocol %q, want %q", got, tt.protocol)
			}
			if tt.status == 401 || tt.status == 403 {
				wantProblem(t, answer)
			}
		})
	}
}

func wantProblem(t *testing.T, answer *http.Response) {
	t.Helper()
	if got := answer.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	var problem struct {
		Type, Title, Detail string
		Status              int
	}
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	if problem.Status != answer.StatusCode || problem.Type != "about:blank" || problem.Title == "" || problem.Detail == "" {
		t.Errorf("problem %+v", problem)
	}
}

func wantLater(t *testing.T, answer *http.Response, status int) {
	t.Helper()
	if answer.StatusCode != status || answer.Header.Get("Retry-After") == "" {
		t.Errorf("status %d with Retry-After %q, want %d", answer.StatusCode, answer.Header.Get("Retry-After"), status)
	}
	wantProblem(t, answer)
}

func TestHandshake_bounds(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{MaxSockets: 3, MaxPerUser: 2})
	first, _ := s.connect("1.a", "")
	s.connect("1.b", "")
	wantLater(t, s.shake("/ws", set("Authorization", "Bearer 1.c")), 429)
	s.connect("2.a", "")
	wantLater(t, s.shake("/ws", set("Authorization", "Bearer 2.b")), 503)
	first.nc.Close()
	testkit.Eventually(t, "open connections", func() bool { return s.hub.Sockets() == 2 })
	s.connect("1.c", "")
}

func TestHandshake_failuresGiveTheirPlaceBack(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(3000)
	s := open(t, log, gateway.Config{MaxSockets: 1})
	log.SetAway(errors.New("away"))
	for range 3 {
		wantLater(t, s.shake("/ws?cursor=1", nil), 503)
		noKey := func(h http.Header) { h.Del("Sec-Websocket-Key") }
		testkit.Eventually(t, "400 without a key", func() bool { return s.shake("/ws", noKey).StatusCode == 400 })
	}
	testkit.Eventually(t, "101", func() bool { return s.shake("/ws", nil).StatusCode == 101 }) // needs no log
}

func TestHandshake_dependenciesAway(t *testing.T) {
	log := &streamtest.Log{}
	log.SetAway(errors.New("no database yet"))
	s := open(t, log, gateway.Config{})
	if err := s.hub.Ready(); err == nil {
		t.Error("ready without having read the log")
	}
	wantLater(t, s.shake("/ws", nil), 503)
	log.SetAway(nil)
	testkit.Eventually(t, "ready", func() bool { return s.hub.Ready() == nil })
	s.users.set(func(u *users) { u.away = fault.New(fault.Unavailable, "away") })
	wantLater(t, s.shake("/ws", nil), 503)
}

// A server with short timeouts, behind a handler that wraps its ResponseWriter, must not cut the socket or the event stream.
func TestHandshake_outlivesServerTimeouts(t *testing.T) {
	s := prepare(t, &streamtest.Log{}, gateway.Config{})
	handler := s.handler()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(struct {
			http.ResponseWriter
			unwrapper
		}{w, unwrapper{w}}, r)
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	s.addr = server.Listener.Addr().String()
	s.dial = dialTCP(s.addr)
	s.run()
	c, _ := s.connect("3.s", "")
	stream, _ := s.openStream("3.s", "")
	<-time.After(150 * time.Millisecond)
	s.publish(1)
	c.wantEvents(1, 1)
	stream.wantEvents(1, 1)
	c.say(`{"type":"ping"}`)
	if m := c.next(); m.Type != "pong" {
		t.Errorf("got %s", m.raw)
	}
}

type unwrapper struct{ w http.ResponseWriter }

func (u unwrapper) Unwrap() http.ResponseWriter { return u.w }

// Frames that come in one segment with the handshake are not lost with net/http's buffer.
func TestHandshake_takesEarlyFrames(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	for name, late := range map[string]int{"whole": 0, "half": 5} {
		t.Run(name, func(t *testing.T) {
			nc, err := s.dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			ping := frames(ws.NewTextFrame([]byte(`{"type":"ping"}`)))
			request := "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer 3.s\r\n\r\n"
			io.WriteString(nc, request+string(ping[:len(ping)-late]))
			r := bufio.NewReader(nc)
			for line := ""; line != "\r\n"; {
				if line, err = r.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			nc.Write(ping[len(ping)-late:])
			c := &client{t: t, nc: nc, r: r, patience: patience}
			if m := c.next(); m.Type != "welcome" {
				t.Fatalf("got %s", m.raw)
			}
			if m := c.next(); m.Type != "pong" {
				t.Fatalf("got %s", m.raw)
			}
		})
	}
}

func TestHandshake_tellsNothingSecret(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	answer := s.shake("/ws", set("Authorization", "Bearer very-secret"))
	body, _ := io.ReadAll(answer.Body)
	if strings.Contains(string(body), "very-secret") {
		t.Errorf("the answer repeats the token: %s", body)
	}
}
