package gateway_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

func TestResume_outcomes(t *testing.T) {
	// The log has 301…2000, the ring 1801…2000; at most 1500 are replayed.
	log := &streamtest.Log{}
	log.Commit(2000)
	log.Prune(300)
	s := open(t, log, gateway.Config{ResumeLimit: 1500, RingEvents: 200})
	for _, tt := range []struct {
		query  string
		resume string
		cursor int64
	}{
		{"", "nothing", 2000},
		{"?cursor=2000", "replayed", 2000},
		{"?cursor=1999", "replayed", 1999},
		{"?cursor=1800", "replayed", 1800}, // the ring's first
		{"?cursor=1799", "replayed", 1799}, // from the log on
		{"?cursor=500", "replayed", 500},   // the limit
		{"?cursor=499", "refresh", 2000},
		{"?cursor=0", "refresh", 2000},
		{"?cursor=-1", "refresh", 2000},
		{"?cursor=2001", "refresh", 2000},
		{"?cursor=99999999999999999999", "refresh", 2000},
	} {
		t.Run(tt.query, func(t *testing.T) {
			c, welcome := s.connect("3.s", tt.query)
			if welcome.Resume != tt.resume || welcome.Cursor != tt.cursor {
				t.Fatalf("welcome %s", welcome.raw)
			}
			c.wantEvents(tt.cursor+1, 2000)
			c.say(`{"type":"ping"}`) // and nothing more
			if m := c.next(); m.Type != "pong" {
				t.Errorf("got %s", m.raw)
			}
		})
	}
}

func TestResume_olderThanTheLog(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(2000)
	log.Prune(300)
	s := open(t, log, gateway.Config{RingEvents: 200})
	c, welcome := s.connect("3.s", "?cursor=300") // the log begins with 301
	if welcome.Resume != "replayed" {
		t.Fatalf("welcome %s", welcome.raw)
	}
	c.wantEvents(301, 2000)
	if _, welcome := s.connect("3.s", "?cursor=299"); welcome.Resume != "refresh" || welcome.Cursor != 2000 {
		t.Fatalf("welcome %s", welcome.raw)
	}
}

func TestResume_emptyLog(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, welcome := s.connect("3.s", "?cursor=0")
	if welcome.Resume != "replayed" || welcome.Cursor != 0 {
		t.Fatalf("welcome %s", welcome.raw)
	}
	s.publish(2)
	c.wantEvents(1, 2)
	if _, welcome := s.connect("3.s", "?cursor=3"); welcome.Resume != "refresh" {
		t.Fatalf("welcome %s", welcome.raw)
	}
}

// A cursor from a node that was faster than this one is as good as any.
func TestResume_aheadOfThisNode(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	s.publish(5)
	late := log.Commit(5)
	c, welcome := s.connect("3.s", "?cursor=8")
	if welcome.Resume != "replayed" || welcome.Cursor != 8 {
		t.Fatalf("welcome %s", welcome.raw)
	}
	s.hub.Deliver(late)
	c.wantEvents(9, 10)
}

// A node that has just started knows the newest events without asking the log for each client.
func TestResume_afterRestartNeedsNoLog(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(5000)
	s := open(t, log, gateway.Config{})
	before := log.Reads()
	for range 20 {
		c, _ := s.connect("3.s", "?cursor=4500")
		c.wantEvents(4501, 5000)
	}
	if got := log.Reads() - before; got > 0 {
		t.Errorf("%d reads of the log", got)
	}
}

func TestResume_breaksOffWithTheLog(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(5000)
	s := open(t, log, gateway.Config{RingEvents: 10})
	// Head and Oldest answer, After does not: the welcome promised a replay that cannot be had.
	log.SetUnreadable(errors.New("away"))
	c, welcome := s.connect("3.s", "?cursor=100")
	if welcome.Resume != "replayed" {
		t.Fatalf("welcome %s", welcome.raw)
	}
	if before, _ := c.wantClose(1012); len(before) > 0 {
		t.Errorf("got %s", before[0].raw)
	}
}

// Clients join from anywhere while thousands of events are delivered, and those that
// fall behind resume: no gap, no repeat.
func TestResume_race(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{RingEvents: 700})
	const total, clients, rounds = 6000, 12, 6
	half := make(chan struct{})
	s.aside.Go(func() {
		for sent := 0; sent < total; sent += 10 {
			if sent == total/2 {
				close(half)
			}
			events := log.Commit(10)
			rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			s.hub.Deliver(events)
		}
	})
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range rounds {
				head, _ := log.Position(t.Context())
				cursor := rand.Int64N(head.Seq + 1)
				last := min(cursor+1000, total)
				for cursor < last && !t.Failed() {
					cursor = s.readFrom(t, cursor, last)
				}
			}
		})
	}
	wg.Wait()
	<-half
}

// readFrom resumes with cursor and reads up to last, or until it is closed as too
// slow. It returns the new cursor.
func (s *site) readFrom(t *testing.T, cursor, last int64) int64 {
	c, err := s.dialRaw(fmt.Sprintf("?cursor=%d", cursor), bearer("3.s"))
	if err != nil {
		t.Error(err)
		return last
	}
	defer c.nc.Close()
	for cursor < last {
		m, err := c.read()
		switch {
		case err != nil && c.closed != nil && c.closed.code == 4408:
			return cursor
		case err != nil:
			t.Errorf("after %d: %v %v", cursor, err, c.closed)
			return last
		case m.Type == "presence", m.Type == "welcome" && m.Cursor == cursor && m.Resume == "replayed":
		case m.Seq != cursor+1:
			t.Errorf("after %d: got %s", cursor, m.raw)
			return last
		default:
			cursor++
		}
	}
	return cursor
}
