package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestWelcome_shape(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(7)
	s := open(t, log, gateway.Config{})
	s.users.set(func(u *users) { u.expires = time.Date(2099, 1, 2, 3, 4, 5, 6e6, time.UTC) })
	_, welcome := s.connect("3.s", "")
	var got map[string]any
	if err := json.Unmarshal([]byte(welcome.raw), &got); err != nil {
		t.Fatal(err)
	}
	if welcome.Connection == "" {
		t.Error("no connection id")
	}
	delete(got, "connection")
	want := map[string]any{"type": "welcome", "cursor": 7.0, "epoch": "epoch-0", "resume": "nothing", "expiresAt": "2099-01-02T03:04:05.006Z",
		"user": map[string]any{"id": 3.0, "name": "User 3", "email": "u3@x.example", "role": "editor"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEvent_leavesContentOut(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("3.s", "")
	s.publish(1)
	want := `{"type":"blog-updated","seq":1,"id":"id-1","time":"2026-11-23T10:00:00.001Z",` +
		`"actor":{"id":3,"name":"Ana"},"changed":["title"],` +
		`"data":{"id":1,"title":"T1","description":"dddddddddddddddddddd","version":1}}`
	if got := c.next().raw; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFollow_bringsContent(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	follower, _ := s.connect("3.s", "")
	other, _ := s.connect("4.s", "")
	content := func(c *client) any { return c.next().Data["content"] }

	follower.say(`{"type":"follow","postId":2,"state":"viewing"}`)
	follower.say(`{"type":"ping"}`)
	follower.next()
	s.publish(10) // posts 1 to 5, twice
	for seq := 1; seq <= 10; seq++ {
		var want any
		if seq%5 == 2 {
			want = fmt.Sprintf("body %d", seq)
		}
		if got := content(follower); got != want {
			t.Errorf("event %d: the follower got content %v, want %v", seq, got, want)
		}
		if got := content(other); got != nil {
			t.Errorf("event %d: who does not follow got content %v", seq, got)
		}
	}
	follower.say(`{"type":"unfollow","postId":2}`)
	follower.say(`{"type":"unfollow","postId":2}`)
	follower.say(`{"type":"ping"}`)
	follower.next()
	s.publish(5)
	for range 5 {
		if got := content(follower); got != nil {
			t.Errorf("content after unfollow: %v", got)
		}
	}
}

func TestPing(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("3.s", "")
	c.say(`{"type":"ping"}`)
	if m := c.next(); m.raw != `{"type":"pong"}` {
		t.Errorf("got %s", m.raw)
	}
	c.write(ws.NewPingFrame([]byte("are you there")))
	if m := c.next(); m.Type != "PONG" || m.raw != "are you there" {
		t.Errorf("got %+v", m)
	}
	c.write(ws.NewPongFrame([]byte("unasked")))
	c.say(`{"type":"ping"}`)
	if m := c.next(); m.Type != "pong" {
		t.Errorf("got %s", m.raw)
	}
}

func TestAuth_renews(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("3.old", "")
	s.users.set(func(u *users) { u.expires = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) })
	c.say(`{"type":"auth","token":"3.new"}`)
	if m := c.next(); m.raw != `{"type":"auth-renewed","expiresAt":"2099-01-01T00:00:00.000Z"}` {
		t.Errorf("got %s", m.raw)
	}
	s.users.lose("old", fault.Unauthorized) // no longer this connection's session
	s.hub.Recheck()
	s.users.set(func(u *users) { u.away = fault.New(fault.Unavailable, "away") })
	c.say(`{"type":"auth","token":"3.new"}`)
	if m := c.next(); m.Type != "error" || m.Code != "unavailable" {
		t.Errorf("got %s", m.raw)
	}
	s.users.set(func(u *users) { u.away = nil })
	c.say(`{"type":"auth","token":"4.new"}`)
	if before, _ := c.wantClose(1008); len(before) != 1 || before[0].Code != "another-user" {
		t.Errorf("before the close: %v", before)
	}
}

func TestAuth_badTokenCloses(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("3.s", "")
	c.say(`{"type":"auth","token":"nonsense"}`)
	if before, _ := c.wantClose(4401); len(before) != 1 || before[0].Code != "unauthorized" {
		t.Errorf("before the close: %v", before)
	}
}

func TestClose_isAnswered(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	for _, tt := range []struct {
		name string
		body []byte
		want ws.StatusCode
	}{
		{"normal", ws.NewCloseFrameBody(1000, "bye"), 1000},
		{"application", ws.NewCloseFrameBody(4000, ""), 4000},
		{"none", nil, 0},
		{"one byte", []byte{3}, 1002},
		{"reserved code", ws.NewCloseFrameBody(1005, ""), 1002},
		{"unknown code", ws.NewCloseFrameBody(2000, ""), 1002},
		{"reason not UTF-8", ws.NewCloseFrameBody(1000, "\xff"), 1002},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := s.connect("3.s", "")
			c.write(ws.NewCloseFrame(tt.body))
			c.wantClose(tt.want)
			if _, err := c.read(); err == nil {
				t.Error("something after the close frame")
			}
		})
	}
	testkit.Eventually(t, "all connections closed", func() bool { return s.hub.Sockets() == 0 })
}

// frames compiles several frames, masked unless they say otherwise.
func frames(list ...ws.Frame) []byte {
	var b []byte
	for _, f := range list {
		b = append(b, ws.MustCompileFrame(ws.MaskFrame(f))...)
	}
	return b
}

func TestBadFrames_close(t *testing.T) {
	text := func(s string) []byte { return frames(ws.NewTextFrame([]byte(s))) }
	pings := func(n int) []byte { return []byte(strings.Repeat(string(text(`{"type":"ping"}`)), n)) }
	rsv := ws.NewTextFrame([]byte("x"))
	rsv.Header.Rsv = 4
	longPing := ws.NewPingFrame(make([]byte, 126))
	for _, tt := range []struct {
		name string
		sent []byte
		code ws.StatusCode
		err  string // code of the error frame
	}{
		{"not JSON", text(`ping`), 1008, "malformed"},
		{"empty", text(``), 1008, "malformed"},
		{"not an object", text(`["ping"]`), 1008, "malformed"},
		{"null", text(`null`), 1008, "malformed"},
		{"two values", text(`{"type":"ping"}{}`), 1008, "malformed"},
		{"unknown type", text(`{"type":"shout"}`), 1008, "malformed"},
		{"a name in capitals", text(`{"TYPE":"ping"}`), 1008, "malformed"},
		{"a name twice", text(`{"type":"ping","type":"ping"}`), 1008, "malformed"},
		{"a name in two cases", text(`{"type":"ping","Type":"ping"}`), 1008, "malformed"},
		{"half a surrogate pair", text(`{"type":"follow","postId":1,"state":"editing","field":"\ud83d"}`), 1008, "malformed"},
		{"unknown field", text(`{"type":"ping","loud":true}`), 1008, "malformed"},
		{"another type's field", text(`{"type":"ping","postId":1}`), 1008, "malformed"},
		{"wrong type", text(`{"type":"unfollow","postId":"1"}`), 1008, "malformed"},
		{"auth without token", text(`{"type":"auth"}`), 1008, "malformed"},
		{"follow without state", text(`{"type":"follow","postId":1}`), 1008, "malformed"},
		{"follow in no known state", text(`{"type":"follow","postId":1,"state":"online"}`), 1008, "malformed"},
		{"follow of no post", text(`{"type":"follow","postId":0,"state":"viewing"}`), 1008, "malformed"},
		{"line below one", text(`{"type":"follow","postId":1,"state":"editing","line":0}`), 1008, "malformed"},
		{"line of no content", text(`{"type":"follow","postId":1,"state":"editing","line":250002}`), 1008, "malformed"},
		{"part of a line", text(`{"type":"follow","postId":1,"state":"editing","line":1.5}`), 1008, "malformed"},
		{"line of another field", text(`{"type":"follow","postId":1,"state":"editing","field":"title","line":1}`), 1008, "malformed"},
		{"line without a post", text(`{"type":"ping","line":1}`), 1008, "malformed"},
		{"long field", text(`{"type":"follow","postId":1,"state":"editing","field":"` + strings.Repeat("f", 65) + `"}`), 1008, "malformed"},
		{"unfollow without post", text(`{"type":"unfollow"}`), 1008, "malformed"},
		{"too large", text(strings.Repeat(" ", 16<<10+1)), 1009, "too-large"},
		{"too large in pieces", frames(ws.NewFrame(ws.OpText, false, make([]byte, 16<<10)), ws.NewFrame(ws.OpContinuation, true, []byte("x"))), 1009, "too-large"},
		{"largest length after a piece", append(frames(ws.NewFrame(ws.OpText, false, []byte("x"))),
			0x80, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4), 1009, "too-large"},
		{"21 frames", pings(21), 1008, "too-many-frames"},
		{"21 pongs", frames(manyFrames(21, ws.NewPongFrame(nil))...), 1008, "too-many-frames"},
		{"21 empty fragments", frames(append([]ws.Frame{ws.NewFrame(ws.OpText, false, nil)},
			manyFrames(20, ws.NewFrame(ws.OpContinuation, false, nil))...)...), 1008, "too-many-frames"},
		{"binary", frames(ws.NewBinaryFrame([]byte(`{"type":"ping"}`))), 1008, "binary"},
		{"not UTF-8", text("{\"type\":\"\xff\"}"), 1008, "not-utf8"},
		{"unmasked", ws.MustCompileFrame(ws.NewTextFrame([]byte(`{"type":"ping"}`))), 1002, ""},
		{"reserved bit", frames(rsv), 1002, ""},
		{"reserved opcode", frames(ws.NewFrame(3, true, nil)), 1002, ""},
		{"long control frame", frames(longPing), 1002, ""},
		{"fragmented control frame", frames(ws.NewFrame(ws.OpPing, false, nil)), 1002, ""},
		{"continuation of nothing", frames(ws.NewFrame(ws.OpContinuation, true, nil)), 1002, ""},
		{"text within a message", frames(ws.NewFrame(ws.OpText, false, nil), ws.NewTextFrame(nil)), 1002, ""},
		{"64-bit length with its sign set", []byte{0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 1002, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, &streamtest.Log{}, gateway.Config{})
			c, _ := s.connect("3.s", "")
			c.nc.Write(tt.sent)
			before, reason := c.wantClose(tt.code)
			if reason == "" {
				t.Error("no reason")
			}
			var last message
			if len(before) > 0 {
				last = before[len(before)-1]
			}
			if tt.err != "" && (last.Type != "error" || last.Code != tt.err || last.Message == "") {
				t.Errorf("before the close: %s, want error %s", last.raw, tt.err)
			}
			c.nc.Close()
			testkit.Eventually(t, "all connections closed", func() bool { return s.hub.Sockets() == 0 })
		})
	}
}

func manyFrames(n int, f ws.Frame) (list []ws.Frame) {
	for range n {
		list = append(list, f)
	}
	return list
}

func TestFragments_areJoined(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("3.s", "")
	sent := frames(
		ws.NewFrame(ws.OpText, false, []byte(`{"type":`)),
		ws.NewPingFrame([]byte("between")),
		ws.NewFrame(ws.OpContinuation, false, []byte(`"pi`)),
		ws.NewFrame(ws.OpContinuation, true, []byte(`ng"}`)))
	for _, b := range sent { // a byte at a time
		c.nc.Write([]byte{b})
	}
	if m := c.next(); m.Type != "PONG" || m.raw != "between" {
		t.Errorf("got %+v", m)
	}
	if m := c.next(); m.Type != "pong" {
		t.Errorf("got %+v", m)
	}
}

func TestLargestMessage_isTaken(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("3.s", "")
	c.say(`{"type":"ping"}` + strings.Repeat(" ", 16<<10-15))
	if m := c.next(); m.Type != "pong" {
		t.Errorf("got %+v", m)
	}
}
