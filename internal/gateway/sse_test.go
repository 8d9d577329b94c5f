package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestSSE_handshake(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{OtherOrigins: []string{"https://app.example"}})
	s.publish(3)
	for _, tt := range []struct {
		name, token, query string
		header             []string
		status             int
	}{
		{"token in the header", "3.s", "", nil, 200},
		{"own origin", "3.s", "", []string{"Origin: " + origin}, 200},
		{"another origin of the list", "3.s", "", []string{"Origin: https://app.example"}, 200},
		{"foreign origin", "3.s", "", []string{"Origin: https://evil.example"}, 403},
		{"null origin", "3.s", "", []string{"Origin: null"}, 403},
		{"no token", "", "", nil, 401},
		{"bad token", "nonsense", "", nil, 401},
		{"another scheme", "", "", []string{"Authorization: Basic 3.s"}, 401},
		{"token in the URL", "", "?token=3.s&access_token=3.s&authorization=Bearer+3.s", nil, 401},
		{"token in a subprotocol", "", "", []string{"Sec-WebSocket-Protocol: wiredesk.v1, bearer.3.s"}, 401},
		{"empty cursor", "3.s", "?cursor=", nil, 400},
		{"cursor of letters", "3.s", "?cursor=abc", nil, 400},
		{"huge cursor", "3.s", "?cursor=99999999999999999999", nil, 200},
		{"id of letters", "3.s", "", []string{"Last-Event-ID: abc"}, 400},
		{"huge id", "3.s", "", []string{"Last-Event-ID: 99999999999999999999"}, 200},
		{"empty id", "3.s", "", []string{"Last-Event-ID: "}, 200},
		{"upgrade", "3.s", "", []string{"Connection: Upgrade", "Upgrade: websocket"}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, res := s.requestStream(tt.token, tt.query, tt.header...)
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", res.StatusCode, tt.status)
			}
			if tt.status != 200 {
				wantProblem(t, res)
			}
		})
	}
	for _, method := range []string{"HEAD", "POST"} {
		r, _ := http.NewRequest(method, "http://"+s.addr+"/api/stream", nil)
		r.Header = bearer("3.s")
		if res, err := http.DefaultTransport.RoundTrip(r); err != nil || res.StatusCode != 405 || res.Header.Get("Allow") != "GET" {
			t.Errorf("%s: %v %v", method, res, err)
		}
	}
	testkit.Eventually(t, "open connections", func() bool { return s.hub.Sockets() == 7 })
}

func TestSSE_isNeitherHeldBackNorStored(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.openStream("3.s", "", "Accept-Encoding: gzip", "Accept: text/event-stream")
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
		"Content-Encoding": "", "Content-Length": "", "Transfer-Encoding": ""} {
		if got := c.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if c.header.Get("Date") == "" {
		t.Error("no date")
	}
}

// A stream and a socket get the same JSON, but for the content of followed posts.
func TestSSE_bringsTheFramesOfTheSocket(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	socket, _ := s.connect("3.s", "")
	socket.say(`{"type":"follow","postId":2,"state":"editing"}`)
	socket.say(`{"type":"ping"}`)
	socket.next()
	stream, _ := s.openStream("4.s", "")
	for _, size := range []int{20, 200, 70_000} { // one for each form of a WebSocket frame's length
		s.publishLarge(1, size)
		a, b := socket.next(), stream.next()
		if b.Data["content"] != nil {
			t.Errorf("content on a stream: %s", b.raw)
		}
		if a.Data["content"] == nil && a.raw != b.raw {
			t.Errorf("socket:\n%s\nstream:\n%s", a.raw, b.raw)
		}
	}
	for {
		m, err := stream.read()
		if err != nil {
			t.Fatal(err)
		}
		if m.Type == "presence" && len(m.Users) == 2 && *m.Users[0].PostID == 2 && m.Users[1].Name == "User 4" {
			return
		}
	}
}

// Each line of an event is one field, whatever whitespace the stored JSON has.
func TestSSE_dataIsOneLine(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	events := log.CommitWith(1, func(e *event.Event) {
		e.Data = []byte("{\n\"id\":1,\r\n\"title\":\"T1 \u2028\\n\\r\",\r\"content\":\"x\"\n}")
	})
	c, _ := s.openStream("3.s", "")
	s.hub.Deliver(events)
	if m := c.next(); m.Seq != 1 || m.Data["title"] != "T1 \u2028\n\r" {
		t.Errorf("got %s", m.raw)
	}
}

func TestSSE_resume(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{ResumeLimit: 8})
	s.publish(20)
	epoch := s.hub.Epoch()
	for _, tt := range []struct {
		query, lastID string
		resume        string
		cursor        int64
	}{
		{"", "", "nothing", 20},
		{"?cursor=15", "", "replayed", 15},
		{"", "15", "replayed", 15},
		{"?cursor=15", "18", "replayed", 18}, // of an EventSource that came again with its first URL
		{"?cursor=18", "15", "replayed", 18},
		{"?cursor=1", "15", "replayed", 15},
		{"?cursor=20", "20", "replayed", 20},
		{"?cursor=15", "3", "replayed", 15},
		{"", "11", "refresh", 20},
		{"", "12", "replayed", 12},
		{"", "21", "refresh", 20},
		{"", "-1", "refresh", 20},
		{"?epoch=" + epoch, "15", "replayed", 15},
		{"?epoch=other", "15", "refresh", 20},
		{"?cursor=15&epoch=other", "", "refresh", 20},
		{"?epoch=other", "", "nothing", 20},
	} {
		c, welcome := s.openStream("3.s", tt.query, "Last-Event-ID: "+tt.lastID)
		if welcome.Resume != tt.resume || welcome.Cursor != tt.cursor || welcome.Epoch != epoch {
			t.Errorf("%s, id %q: %s", tt.query, tt.lastID, welcome.raw)
		}
		c.wantEvents(welcome.Cursor+1, 20)
		c.nc.Close()
	}
}

// A client that reconnects while events are committed gets each once, in order, from the ring and from the log.
func TestSSE_orderOverReconnects(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{RingEvents: 50})
	const total = 3000
	s.publish(1)
	s.aside.Go(func() {
		for sent := 1; sent < total; {
			n := min(rand.IntN(20)+1, total-sent)
			events := log.Commit(n)
			rand.Shuffle(n, func(i, j int) { events[i], events[j] = events[j], events[i] })
			s.hub.Deliver(events)
			sent += n
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		}
	})
	last := "0"
	for seq, connections := int64(1), 0; seq <= total; connections++ {
		c, welcome := s.openStream("3.s", "?cursor=0&epoch="+s.hub.Epoch(), "Last-Event-ID: "+last)
		if welcome.Resume != "replayed" {
			t.Fatalf("welcome %s after %s", welcome.raw, last)
		}
		for to := min(seq+rand.Int64N(200), total); seq <= to; {
			m, err := c.read()
			if err != nil && c.closed != nil && c.closed.code == 4408 { // its next events have left the short ring
				break
			}
			if err != nil {
				t.Fatalf("after %s: %v", last, err)
			}
			if m.Type == "presence" {
				continue
			}
			if m.Seq != seq || m.Data["title"] != fmt.Sprintf("T%d", seq) {
				t.Fatalf("got %s, want event %d", m.raw, seq)
			}
			seq, last = seq+1, c.lastID
		}
		c.nc.Close()
	}
	testkit.Eventually(t, "all connections closed", func() bool { return s.hub.Sockets() == 0 })
}

// One that stops reading gets the reason "too slow" if it reads on, and misses nothing after its return.
func TestSSE_slowReader(t *testing.T) {
	metrics := prometheus.NewRegistry()
	s := open(t, &streamtest.Log{}, gateway.Config{Registerer: metrics})
	slow, _ := s.openStream("1.s", "")
	fast, _ := s.openStream("2.s", "")
	total := int64(0)
	for value(t, metrics, "wiredesk_gateway_evictions_total") == 0 {
		s.publishLarge(1, 40<<10)
		total++
		fast.wantEvents(total, total)
	}
	before, _ := slow.wantClose(4408)
	for i, m := range before {
		if m.Seq != int64(i+1) {
			t.Fatalf("the slow one got %d as number %d", m.Seq, i+1)
		}
	}
	if len(before) == 0 || int64(len(before)) == total {
		t.Fatalf("the slow one got %d of %d events", len(before), total)
	}
	again, _ := s.openStream("1.s", "?cursor=0", "Last-Event-ID: "+slow.lastID)
	again.wantEvents(int64(len(before))+1, total)
}

func TestSSE_endsWithTheGrant(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	for session, want := range map[string]struct {
		kind   fault.Kind
		code   int
		reason string
	}{"revoked": {fault.Unauthorized, 4401, "session ended"}, "role": {fault.Forbidden, 4403, "role changed"}} {
		c, _ := s.openStream("3."+session, "")
		other, _ := s.openStream("3.other", "")
		s.users.lose(session, want.kind)
		s.hub.Recheck()
		if _, reason := c.wantClose(want.code); reason != want.reason {
			t.Errorf("reason %q", reason)
		}
		s.publish(1)
		other.next()
	}
}

func TestSSE_endsWithTheToken(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		start := time.Now()
		s.users.set(func(u *users) { u.expires = start.Add(90 * time.Second) })
		c, _ := s.openStream("3.s", "")
		if m := c.next(); m.Type != "auth-expiring" {
			t.Errorf("got %s", m.raw)
		}
		within(t, "auth-expiring", start, 30*time.Second, 31*time.Second)
		if _, reason := c.wantClose(4401); reason != "token expired" {
			t.Errorf("reason %q", reason)
		}
		within(t, "close", start, 90*time.Second, 91*time.Second)
	})
}

// An idle stream lives, and has a comment at least every 25 s, also after the deadlines of the server have passed.
func TestSSE_heartbeat(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.openStream("3.s", "")
		for range 20 {
			comments, lines := c.comments, c.lines
			c.nc.SetReadDeadline(time.Now().Add(25 * time.Second))
			for c.comments == comments || c.lines < lines+2 {
				if line, err := c.line(); err != nil {
					t.Fatal(err)
				} else if strings.HasPrefix(line, ":") {
					c.comments++
				}
			}
		}
		s.publish(1)
		c.wantEvents(1, 1)
	})
}

func TestSSE_drain(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	stream, _ := s.openStream("3.s", "")
	socket, _ := s.connect("3.s", "")
	drained := make(chan struct{})
	go func() { s.hub.Drain(context.Background()); close(drained) }()
	if _, reason := stream.wantClose(1012); !strings.HasPrefix(reason, "retry in ") {
		t.Errorf("reason %q", reason)
	}
	socket.wantClose(1012)
	select {
	case <-drained:
	case <-time.After(patience):
		t.Fatal("Drain has not returned")
	}
	if _, res := s.requestStream("3.s", ""); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("status %d while draining", res.StatusCode)
	}
}

func TestSSE_countsAsASocket(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{MaxSockets: 4, MaxPerUser: 2})
	stream, _ := s.openStream("1.s", "")
	s.connect("1.s", "")
	if _, res := s.requestStream("1.s", ""); res.StatusCode != 429 {
		t.Errorf("third of a user: status %d", res.StatusCode)
	}
	s.openStream("2.s", "")
	s.openStream("2.s", "")
	if _, res := s.requestStream("3.s", ""); res.StatusCode != 503 {
		t.Errorf("fifth of the node: status %d", res.StatusCode)
	}
	if answer := s.shake("/ws", nil); answer.StatusCode != 503 {
		t.Errorf("a socket beside: status %d", answer.StatusCode)
	}
	stream.nc.Close()
	testkit.Eventually(t, "open connections", func() bool { return s.hub.Sockets() == 3 })
	s.openStream("3.s", "")
}

// A client that sends more than its request is refused: nothing that it could send has a meaning.
func TestSSE_takesNoInput(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.openStream("3.s", "")
	c.nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	if before, _ := c.wantClose(1008); len(before) != 1 || before[0].Type != "error" {
		t.Errorf("before the close: %v", before)
	}
	nc, err := s.dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	fmt.Fprintf(nc, "GET /api/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 3.s\r\nContent-Length: 100000\r\n\r\nearly")
	nc.SetDeadline(time.Now().Add(patience))
	all, err := io.ReadAll(nc)
	if text := string(all); err != nil || !strings.Contains(text, "event: welcome\n") || !strings.Contains(text, `"code":1008`) {
		t.Errorf("a request with a body: %v %s", err, text)
	}
	testkit.Eventually(t, "all connections closed", func() bool { return s.hub.Sockets() == 0 })
}

// A thousand unread streams take the places of one user and no more than MaxBehind each; others get their events.
func TestSSE_thousandUnread(t *testing.T) {
	const unread = 1000
	metrics := prometheus.NewRegistry()
	s := open(t, &streamtest.Log{}, gateway.Config{MaxPerUser: unread, MaxBehind: 256 << 10, Registerer: metrics})
	clients := make([]*streamClient, unread)
	for i := range clients {
		clients[i], _ = s.openStream("1.s", "")
	}
	for range 50 {
		if _, res := s.requestStream("1.s", ""); res.StatusCode != 429 {
			t.Fatalf("status %d over the user's limit", res.StatusCode)
		}
	}
	reader, _ := s.openStream("2.s", "")
	seq := int64(0)
	for value(t, metrics, "wiredesk_gateway_evictions_total") < unread {
		s.publishLarge(4, 16<<10)
		reader.wantEvents(seq+1, seq+4)
		seq += 4
	}
	testkit.Eventually(t, "open connections", func() bool { return s.hub.Sockets() == 1 }) // no more than the close timeout later
	s.openStream("1.s", "")
}

// The order of a stream is that of the events also where a reader takes few bytes at a time.
func TestSSE_parkedWrites(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.openStream("1.s", "")
	c.r = bufio.NewReaderSize(io.MultiReader(c.r), 512)
	const total = 150 // 3 MB: within the bound, far over the kernel's buffers
	s.publishLarge(total, 20<<10)
	c.wantEvents(1, total)
}

// The server ends a stream whose client has closed its side of the connection, also while nothing happens.
func TestSSE_clientThatLeaves(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	for range 20 {
		c, _ := s.openStream("3.s", "")
		c.nc.Close()
	}
	testkit.Eventually(t, "all connections closed", func() bool { return s.hub.Sockets() == 0 })
}
