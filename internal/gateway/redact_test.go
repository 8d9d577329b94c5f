package gateway_test

import (
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/gateway"
)

// A redaction rewrites the log, then adds its event: from that on nobody gets the old frames.
func TestResume_afterARedaction(t *testing.T) {
	log := &memLog{}
	log.commit(20)
	s := open(t, log, gateway.Config{})
	connected, _ := s.connect("3.s", "?cursor=20")
	before, _ := s.connect("4.s", "?cursor=0")
	before.wantEvents(1, 20)
	log.mu.Lock()
	log.events[6].Data = []byte(strings.Replace(string(log.events[6].Data), `"T7"`, `"[redacted]"`, 1))
	log.mu.Unlock()
	events := log.commit(1)
	log.mu.Lock()
	log.events[20].Redacted, events[0].Redacted = true, true
	log.mu.Unlock()
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
