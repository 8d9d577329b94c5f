package gateway_test

import (
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// A redaction rewrites the log, then adds its event: afterwards no client gets the old frames.
func TestResume_afterARedaction(t *testing.T) {
	log := &streamtest.Log{}
	log.Commit(20)
	s := open(t, log, gateway.Config{})
	connected, _ := s.connect("3.s", "?cursor=20")
	before, _ := s.connect("4.s", "?cursor=0")
	before.wantEvents(1, 20)
	log.Edit(func(events []event.Event) []event.Event {
		events[6].Data = []byte(strings.Replace(string(events[6].Data), `"T7"`, `"[redacted]"`, 1))
		return events
	})
	events := log.CommitWith(1, func(e *event.Event) { e.Redacted = true })
	s.hub.Deliver(events)
	if m := connected.next(); m.Seq != 21 || !strings.Contains(string(m.raw), `"redacted":true`) {
		t.Errorf("the open socket gets %s", m.raw)
	}
	after, _ := s.connect("5.s", "?cursor=0")
	for seq := int64(1); seq <= 21; seq++ {
		m := after.next()
		if m.Seq != seq || strings.Contains(string(m.raw), `"T7"`) || seq == 7 && !strings.Contains(string(m.raw), "[redacted]") {
			t.Errorf("event %d is %s", seq, m.raw)
		}
	}
}

// A node may get a redaction together with the events before it: sockets that are up get them all.
func TestRedaction_closesNoSocket(t *testing.T) {
	for name, redacted := range map[string][]bool{
		"two redactions":               {true, true},
		"an event before it":           {false, true},
		"events between, before, past": {false, true, false, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			log := &streamtest.Log{}
			log.Commit(20)
			s := open(t, log, gateway.Config{})
			var sockets []*client
			for range 5 {
				c, _ := s.connect("3.s", "?cursor=20")
				sockets = append(sockets, c)
			}
			events := log.CommitWith(len(redacted), func(e *event.Event) { e.Redacted = redacted[e.Seq-21] })
			s.hub.Deliver(events)
			for _, c := range sockets {
				for i, r := range redacted {
					if m := c.next(); m.Seq != int64(21+i) || strings.Contains(string(m.raw), `"redacted":true`) != r {
						t.Fatalf("the open socket gets %s", m.raw)
					}
				}
			}
			reads := log.Reads()
			resumed, _ := s.connect("4.s", "?cursor=0")
			for seq := int64(1); seq <= int64(20+len(redacted)); seq++ {
				if m := resumed.next(); m.Seq != seq {
					t.Fatalf("the resumed socket gets %s, not event %d", m.raw, seq)
				}
			}
			if log.Reads() == reads {
				t.Error("the resume did not read the log")
			}
		})
	}
}
