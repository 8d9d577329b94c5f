package gateway_test

import (
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
)

// awaitReads returns when the log was read n times more.
func (s *site) awaitReads(n int) {
	s.t.Helper()
	reads := s.log.readCount() + n
	eventually(s.t, func() bool { return s.log.readCount() >= reads })
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
				log := &memLog{}
				s := open(t, log, gateway.Config{})
				c, _ := s.connect("3.s", "")
				log.hide(hidden...)
				deliver(s, log.commit(10))
				s.awaitReads(3)
				log.hide()
				c.wantEvents(1, 10)
				s.publish(2)
				c.wantEvents(11, 12)
			})
		}
	}
}

// A node that starts while an event is hidden serves, and shows it in its turn.
func TestStream_startsBeforeAHiddenEvent(t *testing.T) {
	log := &memLog{}
	log.commit(1000)
	log.hide(900)
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "?cursor=800")
	c.wantEvents(801, 899)
	log.hide()
	c.wantEvents(900, 1000)
}

// An event that is lost holds up nothing: clients that come back get the events after it.
func TestStream_skipsALostEvent(t *testing.T) {
	log := &memLog{}
	s := open(t, log, gateway.Config{RingEvents: 10})
	s.publish(10)
	log.lose(13, 14)
	log.commit(20)
	eventually(t, func() bool { _, welcome := s.connect("3.s", ""); return welcome.Cursor == 30 })
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
		log := &memLog{}
		log.commit(2000)
		s := open(t, log, gateway.Config{RingEvents: 200})
		log.hide(hidden)
		time.AfterFunc(200*time.Millisecond, func() { log.hide() })
		c, welcome := s.connect("3.s", "?cursor=100")
		if welcome.Resume != "replayed" {
			t.Errorf("welcome %s", welcome.raw)
		}
		c.wantEvents(101, 2000)
	}
}
