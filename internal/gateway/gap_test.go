package gateway_test

import (
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// awaitReads returns when the log was read n times more.
func (s *site) awaitReads(n int) {
	s.t.Helper()
	reads := s.log.Reads() + n
	testkit.Eventually(s.t, "reads of the log", func() bool { return s.log.Reads() >= reads })
}

// A database may show event n+1 to a query without event n. The stream waits for n, whether
// Kafka brings nothing, or what follows n.
func TestStream_waitsForAHiddenEvent(t *testing.T) {
	for name, deliver := range map[string]func(s *site, events []event.Event){
		"Kafka brings nothing":      func(*site, []event.Event) {},
		"Kafka brings the later":    func(s *site, events []event.Event) { s.hub.Deliver(events[3:]) },
		"Kafka brings all but it":   func(s *site, events []event.Event) { s.hub.Deliver(append(events[:2:2], events[3:]...)) },
		"Kafka brings the last one": func(s *site, events []event.Event) { s.hub.Deliver(events[9:]) },
	} {
		for _, hidden := range [][]int64{{3}, {1, 3}, {3, 4, 5, 10}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				log := &streamtest.Log{}
				s := open(t, log, gateway.Config{})
				c, _ := s.connect("3.s", "")
				log.Hide(hidden...)
				deliver(s, log.Commit(10))
				s.awaitReads(3)
				log.Hide()
				c.wantEvents(1, 10)
				s.publish(2)
				c.wantEvents(11, 12)
			})
		}
	}
}

// A node that starts while an event is hidden serves, and shows it in its turn.
func TestStream_startsBeforeAHiddenEvent(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(1000)
	log.Hide(900)
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "?cursor=800")
	c.wantEvents(801, 899)
	log.Hide()
	c.wantEvents(900, 1000)
}

// An event that is lost holds up nothing: clients that come back get the events after it.
func TestStream_skipsALostEvent(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{RingEvents: 10})
	s.publish(10)
	log.Lose(13, 14)
	log.Commit(20)
	testkit.Eventually(t, "the last event", func() bool { _, welcome := s.connect("3.s", ""); return welcome.Cursor == 30 })
	c, welcome := s.connect("3.s", "?cursor=5")
	if welcome.Resume != "replayed" {
		t.Errorf("welcome %s", welcome.raw)
	}
	c.wantEvents(6, 12)
	c.wantEvents(15, 30)
}

// A replay from the log waits for a hidden event too, and does not step over it.
func TestResume_waitsForAHiddenEvent(t *testing.T) {
	for _, hidden := range []int64{101, 102, 300, 301} {
		log := &streamtest.Log{}
		log.Commit(2000)
		s := open(t, log, gateway.Config{RingEvents: 200})
		log.Hide(hidden)
		time.AfterFunc(200*time.Millisecond, func() { log.Hide() })
		c, welcome := s.connect("3.s", "?cursor=100")
		if welcome.Resume != "replayed" {
			t.Errorf("welcome %s", welcome.raw)
		}
		c.wantEvents(101, 2000)
	}
}
