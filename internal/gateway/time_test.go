package gateway_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// inBubble runs a test in fake time. Its connections are net.Pipes: they take the portable path.
func inBubble(t *testing.T, test func(*testing.T, *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, openPiped(t, &streamtest.Log{}, gateway.Config{})) })
}

// within fails unless from…to has passed since start.
func within(t *testing.T, what string, start time.Time, from, to time.Duration) {
	t.Helper()
	if took := time.Since(start); took < from || took > to {
		t.Errorf("%s after %v, want %v…%v", what, took, from, to)
	}
}

// waitEmpty waits until no connection is left, for fake minutes if need be.
func (s *site) waitEmpty() {
	for s.hub.Sockets() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestToken_isWarnedOfAndEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		start := time.Now()
		expires := start.Add(90 * time.Second)
		s.users.set(func(u *users) { u.expires = expires })
		c, welcome := s.connect("3.s", "")
		if !welcome.ExpiresAt.Equal(expires) {
			t.Errorf("welcome %s", welcome.raw)
		}
		if m := c.next(); m.Type != "auth-expiring" || !m.ExpiresAt.Equal(expires) {
			t.Errorf("got %s", m.raw)
		}
		within(t, "auth-expiring", start, 30*time.Second, 31*time.Second)

		expires = start.Add(200 * time.Second)
		s.users.set(func(u *users) { u.expires = expires })
		c.say(`{"type":"auth","token":"3.s"}`)
		if m := c.next(); m.Type != "auth-renewed" || !m.ExpiresAt.Equal(expires) {
			t.Errorf("got %s", m.raw)
		}
		if m := c.next(); m.Type != "auth-expiring" || !m.ExpiresAt.Equal(expires) {
			t.Errorf("got %s", m.raw)
		}
		within(t, "second auth-expiring", start, 140*time.Second, 141*time.Second)
		c.wantClose(4401)
		within(t, "close", start, 200*time.Second, 201*time.Second)
	})
}

// An outage that begins soon after the last warning is logged too, and its end.
func TestLog_awayAgainForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out testkit.LogBuffer
		s := openPiped(t, &streamtest.Log{}, gateway.Config{Logger: slog.New(slog.NewTextHandler(&out, nil))})
		wantLines := func(warnings, recoveries int) {
			t.Helper()
			if w, r := out.Count("reading the event log failed"), out.Count("event log readable again"); w != warnings || r != recoveries {
				t.Errorf("%d warnings and %d recoveries, want %d and %d:\n%s", w, r, warnings, recoveries, out.String())
			}
		}
		away := func(err error, d time.Duration) {
			s.log.SetAway(err)
			time.Sleep(d)
		}
		time.Sleep(time.Second)
		away(errors.New("away"), 2*time.Second)
		away(nil, 3*time.Second)
		wantLines(1, 1)
		away(errors.New("away"), 2*time.Second)
		wantLines(1, 1) // within 10 s of the warning
		away(nil, 2*time.Second)
		wantLines(1, 1) // no warning, no recovery
		away(errors.New("away"), time.Minute)
		wantLines(2, 1)
		away(nil, 3*time.Second)
		wantLines(2, 2)
	})
}

func TestToken_isWarnedOfAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		start := time.Now()
		s.users.set(func(u *users) { u.expires = start.Add(10 * time.Second) })
		c, _ := s.connect("3.s", "")
		if m := c.next(); m.Type != "auth-expiring" {
			t.Errorf("got %s", m.raw)
		}
		within(t, "auth-expiring", start, 0, 10*time.Millisecond)
		c.wantClose(4401)
		within(t, "close", start, 10*time.Second, 11*time.Second)
	})
}

func TestPeers_arePinged(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		s.aside.Go(func() {
			time.Sleep(250 * time.Second)
			s.publish(1)
		})
		c.wantEvents(1, 1)
		if c.pings < 9 || c.pings > 11 {
			t.Errorf("%d pings in 250 s", c.pings)
		}
	})
}

func TestPeers_thatAreDeadAreCut(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		start := time.Now()
		c.deaf = true
		s.aside.Go(c.drain)
		s.waitEmpty()
		within(t, "cut", start, 60*time.Second, 62*time.Second)
	})
}

// One that takes nothing, though it talks, is closed; having no room for the close frame it is cut.
func TestPeers_thatTakeNothingAreCut(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		c.nextPresence()
		start := time.Now()
		s.aside.Go(func() {
			for range 10 {
				c.say(`{"type":"ping"}`)
				time.Sleep(10 * time.Second)
			}
		})
		s.waitEmpty()
		within(t, "cut", start, 35*time.Second, 37*time.Second)
	})
}

// A client whose welcome promises a replay, and that reads nothing of it.
func TestReplay_toOneWhoTakesNothingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		log.Commit(5000)
		s := openPiped(t, log, gateway.Config{RingEvents: 100})
		start := time.Now()
		if _, err := s.dialRaw("?cursor=0", bearer("3.s")); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "open connections", func() bool { return s.hub.Sockets() == 1 })
		s.waitEmpty()
		within(t, "cut", start, 35*time.Second, 36*time.Second)
	})
}

func TestHole_isFilledSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		c.nextPresence()
		events := s.log.Commit(3)
		start := time.Now()
		s.hub.Deliver(events[1:])
		c.wantEvents(1, 3)
		within(t, "the hole's end", start, 50*time.Millisecond, 60*time.Millisecond)
		s.hub.Deliver(events)
		s.hub.Deliver(s.log.Commit(1))
		c.wantEvents(4, 4)
	})
}

// Events that Kafka brings in time are not read from the log; late ones are read within a second.
func TestSilence_isFilledWithinASecond(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		c.nextPresence()
		reads := s.log.Reads()
		for range 40 { // Kafka takes 200 ms for each, without end
			events := s.log.Commit(1)
			time.Sleep(200 * time.Millisecond)
			s.hub.Deliver(events)
			c.wantEvents(events[0].Seq, events[0].Seq)
		}
		if got := s.log.Reads() - reads; got > 0 {
			t.Errorf("%d needless reads of the log", got)
		}
		for i := range 8 {
			time.Sleep(time.Duration(i) * 37 * time.Millisecond)
			start := time.Now()
			seq := s.log.Commit(1)[0].Seq
			c.wantEvents(seq, seq)
			within(t, "the late event", start, 500*time.Millisecond, 800*time.Millisecond)
		}
	})
}

func TestLogAway_isAskedLessAndLess(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		s.log.SetAway(errors.New("away"))
		before := s.log.Positions()
		time.Sleep(time.Minute)
		heads := s.log.Positions() - before
		if heads < 20 || heads > 45 {
			t.Errorf("asked %d times in a minute", heads)
		}
		if s.hub.Ready() == nil {
			t.Error("ready without a log")
		}
		s.log.SetAway(nil)
		time.Sleep(2 * time.Second)
		if err := s.hub.Ready(); err != nil {
			t.Error(err)
		}
	})
}

func TestFollow_isBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		s.aside.Go(func() {
			for post := 1; post <= 33; post++ {
				c.say(fmt.Sprintf(`{"type":"follow","postId":%d,"state":"viewing"}`, post))
				time.Sleep(100 * time.Millisecond)
			}
			c.say(`{"type":"follow","postId":32,"state":"editing"}`) // no new one
			c.say(`{"type":"ping"}`)
		})
		if m := c.next(); m.Type != "error" || m.Code != "too-many-follows" {
			t.Errorf("got %s", m.raw)
		}
		if m := c.next(); m.Type != "pong" {
			t.Errorf("got %s", m.raw)
		}
	})
}

func TestRate_allowsTwentyASecond(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		s.aside.Go(func() {
			for range 5 {
				for range 20 {
					c.say(`{"type":"ping"}`)
				}
				time.Sleep(time.Second)
			}
		})
		for range 100 {
			if m := c.next(); m.Type != "pong" {
				t.Fatalf("got %s", m.raw)
			}
		}
	})
}

func TestRecheck_isRepeatedUntilAuthAnswers(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		c, _ := s.connect("3.s", "")
		s.users.lose("s", fault.Unauthorized)
		s.users.set(func(u *users) { u.away = fault.New(fault.Unavailable, "away") })
		s.hub.Recheck()
		s.aside.Go(func() {
			time.Sleep(5 * time.Second)
			s.users.set(func(u *users) { u.away = nil })
		})
		start := time.Now()
		c.wantClose(4401)
		within(t, "close", start, 5*time.Second, 7*time.Second)
	})
}

// A client on the portable path that is out of the ring or too far behind is closed, whatever it reads.
func TestSlow_isCutAfterItsGrace(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		s.connect("3.s", "")
		other, _ := s.connect("4.s", "")
		start := time.Now()
		s.aside.Go(func() {
			for range 100 {
				s.publishLarge(1, 100<<10)
				time.Sleep(time.Millisecond)
			}
		})
		other.wantEvents(1, 100)
		within(t, "the last event for the other", start, 99*time.Millisecond, 110*time.Millisecond)
		for s.hub.Sockets() > 1 {
			time.Sleep(10 * time.Millisecond)
		}
		within(t, "cut", start, 5*time.Second, 5100*time.Millisecond)
	})
}
