package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// deliveries records the spans of a hub.
type deliveries struct {
	mu     sync.Mutex
	begun  []string // "source seq"
	ended  []string
	counts []int // of sockets
}

func (d *deliveries) start(e event.Event, from string) func(int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	span := fmt.Sprintf("%s %d", from, e.Seq)
	d.begun = append(d.begun, span)
	return func(sockets int) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ended = append(d.ended, span)
		d.counts = append(d.counts, sockets)
	}
}

func (d *deliveries) list() (begun, ended []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.begun), slices.Clone(d.ended)
}

// commitTraced appends n events with a trace.
func commitTraced(log *streamtest.Log, n int) []event.Event {
	return log.CommitWith(n, func(e *event.Event) { e.Trace = trace })
}

// An event with a trace has it in its frame, from whichever source, in replays too, and one span.
func TestHub_traces(t *testing.T) {
	log, d := &streamtest.Log{}, &deliveries{}
	commitTraced(log, 3)                                                 // before the start, so without a delivery
	s := open(t, log, gateway.Config{StartSpan: d.start, RingEvents: 5}) // so that the first replay reads the log
	c, _ := s.connect("3.s", "")
	wantTrace := func(c *client, seq int64, want bool) {
		t.Helper()
		if m := c.next(); m.Seq != seq || strings.Contains(m.raw, `"trace":"`+trace+`"`) != want || strings.Contains(m.raw, `"trace"`) != want {
			t.Errorf("event %d, trace %v: got %s", seq, want, m.raw)
		}
	}
	s.hub.Deliver(commitTraced(log, 1))
	wantTrace(c, 4, true)
	s.hub.Committed(commitTraced(log, 1))
	wantTrace(c, 5, true)
	commitTraced(log, 1) // Kafka does not bring it
	wantTrace(c, 6, true)
	s.hub.Deliver(log.Commit(1))
	wantTrace(c, 7, false)
	early := commitTraced(log, 2)
	s.hub.Deliver(early[1:])
	s.hub.Deliver(early[:1])
	wantTrace(c, 8, true)
	wantTrace(c, 9, true)
	s.hub.Deliver(early) // repeats

	for _, cursor := range []int64{0, 5} { // from the log, and from the ring
		back, _ := s.connect("3.s", fmt.Sprint("?cursor=", cursor))
		for seq := cursor + 1; seq <= 9; seq++ {
			wantTrace(back, seq, seq != 7)
		}
	}
	want := []string{"kafka 4", "commit 5", "log 6", "kafka 8", "kafka 9"}
	testkit.Eventually(t, "the spans", func() bool {
		_, ended := d.list()
		return len(ended) == len(want)
	})
	if begun, ended := d.list(); !slices.Equal(begun, want) || !slices.Equal(ended, want) {
		t.Errorf("spans %q, ended %q; want %q", begun, ended, want)
	}
	if d.counts[0] != 1 {
		t.Errorf("handed to %d sockets", d.counts[0])
	}
}

// A new epoch ends the spans of the one before, and events of the new one have spans again.
func TestHub_tracesAfterANewEpoch(t *testing.T) {
	log, d := &streamtest.Log{}, &deliveries{}
	s := open(t, log, gateway.Config{StartSpan: d.start})
	s.hub.Deliver(commitTraced(log, 9))
	_, err := log.NewEpoch(t.Context(), "epoch-0")
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the new epoch", func() bool { return s.hub.Epoch() == "epoch-1" })
	s.hub.Deliver(commitTraced(log, 1))
	testkit.Eventually(t, "the spans", func() bool {
		begun, ended := d.list()
		return len(begun) == 10 && len(ended) == 10
	})
}
