package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// Kafka reorders, repeats and loses; the client sees every event once, in order.
func TestStream_healsWhatKafkaDoes(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	random := rand.New(rand.NewPCG(1, 2))
	const total = 5000
	s.aside.Go(func() {
		for sent := 0; sent < total; {
			n := min(1+random.IntN(40), total-sent)
			sent += n
			var brought []event.Event
			for _, e := range log.Commit(n) {
				switch random.IntN(20) {
				case 0: // lost
				case 1:
					brought = append(brought, e, e)
				default:
					brought = append(brought, e)
				}
			}
			random.Shuffle(len(brought), func(i, j int) { brought[i], brought[j] = brought[j], brought[i] })
			for len(brought) > 0 {
				n := 1 + random.IntN(len(brought))
				s.hub.Deliver(brought[:n])
				brought = brought[n:]
			}
		}
	})
	c.wantEvents(1, total)
}

func TestStream_goesOnWithoutLog(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	log.SetAway(errors.New("away"))
	testkit.Eventually(t, "not ready", func() bool { return s.hub.Ready() != nil })
	s.hub.Deliver(log.Commit(10))
	c.wantEvents(1, 10)
	events := log.Commit(5)
	s.hub.Deliver(events[1:]) // 11 is missing and cannot be read
	log.SetAway(nil)
	c.wantEvents(11, 15)
	testkit.Eventually(t, "ready", func() bool { return s.hub.Ready() == nil })
}

// More early events than there is room for come from the log.
func TestStream_boundsWhatWaits(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	log.SetAway(errors.New("away")) // so that they do wait
	s.hub.Deliver(log.Commit(9000)[1:])
	log.SetAway(nil)
	c.wantEvents(1, 9000)
}

// An event that the log knows nothing of, as the database lost its commit, is not shown: it is
// forgotten, or a new epoch begins when the log gives its number to another before that.
func TestStream_eventsThatTheLogLost(t *testing.T) {
	for name, forgotten := range map[string]bool{"forgotten": true, "its number is given out again": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &streamtest.Log{}
				s := openPiped(t, log, gateway.Config{})
				c, _ := s.connect("3.s", "")
				lost := streamtest.Event(3, 20)
				lost.ID = "lost"
				s.hub.Deliver([]event.Event{lost})
				if forgotten {
					time.Sleep(time.Second)
				}
				log.Commit(1)
				s.hub.Deliver(log.Commit(3))
				if !forgotten {
					c.wantClose(1012)
					c, _ = s.connect("3.s", "?cursor=0")
				}
				for seq := 1; seq <= 4; seq++ {
					if m := c.next(); m.ID != fmt.Sprintf("id-%d", seq) {
						t.Errorf("got %s", m.raw)
					}
				}
			})
		})
	}
}

// Where positions lose their meaning all clients are sent away, and refresh when they come back.
func TestStream_breaksOff(t *testing.T) {
	tests := map[string]func(*site){
		"events left the log undelivered": func(s *site) {
			s.log.SetAway(errors.New("away"))
			s.log.Commit(20)
			s.log.Prune(15)
			s.log.SetAway(nil)
		},
		"the log went back": func(s *site) {
			s.log.Edit(func(events []event.Event) []event.Event { return events[:4] })
		},
	}
	for name, breakOff := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, &streamtest.Log{}, gateway.Config{})
			s.publish(10)
			c, _ := s.connect("3.s", "?cursor=0")
			c.wantEvents(1, 10)
			breakOff(s)
			c.wantClose(1012)
			head, _ := s.log.Position(t.Context())
			c, welcome := s.connect("3.s", "?cursor=10")
			if welcome.Resume != "refresh" {
				t.Errorf("welcome %s", welcome.raw)
			}
			s.publish(3)
			c.wantEvents(max(welcome.Cursor, head.Seq)+1, head.Seq+3)
		})
	}
}

func TestStream_keepsPlaceOfUnreadableEvent(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	bad := log.Commit(1)[0]
	bad.Data = json.RawMessage(`"no post"`)
	s.hub.Deliver([]event.Event{bad})
	if m := c.next(); m.Seq != 1 || m.Data["id"] != 1.0 || m.Data["version"] != 1.0 {
		t.Errorf("got %s", m.raw)
	}
	s.publish(1)
	c.wantEvents(2, 2)
}
