package gateway_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// What this node has committed is shown without Kafka and the log, once and in order, however much of
// it is reported again, and in any order of several writers.
func TestCommitted(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	reads := log.Reads()
	first := log.Commit(3)
	s.hub.Committed(first)
	c.wantEvents(1, 3)
	s.hub.Deliver(first)

	for range 100 {
		batch := log.Commit(5) // three of this node, then two of another one
		own := slices.Clone(batch[:3])
		rand.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		s.hub.Committed(own[:1])
		s.hub.Committed(own[1:])
		testkit.Eventually(t, "the event is sent", func() bool { return s.hub.Has(event.Position{Epoch: "epoch-0", Seq: batch[2].Seq}, batch[2].ID) })
		s.hub.Deliver(batch[3:])
		s.hub.Deliver(batch)
	}
	c.wantEvents(4, 503)
	if n := log.Reads() - reads; n > 1 {
		t.Errorf("the log was read %d times", n)
	}
}

// A commit of an epoch that the node does not know yet is not shown as one of the old epoch.
func TestCommitted_ofAnotherEpoch(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	s.publish(5)
	c.wantEvents(1, 5)
	e := streamtest.Event(6, 20)
	e.Epoch, e.ID = "epoch-1", "of the next epoch"
	s.hub.Committed([]event.Event{e})
	s.publish(2)
	c.wantEvents(6, 7)
}

// With more commits at once than are kept, the log brings the rest.
func TestCommitted_isBounded(t *testing.T) {
	log := &streamtest.Log{}
	s := open(t, log, gateway.Config{})
	c, _ := s.connect("3.s", "")
	log.SetAway(errors.New("away"))
	events := log.Commit(10_000)
	s.hub.Committed(events[1:])
	log.SetAway(nil)
	s.hub.Committed(events[:1])
	c.wantEvents(1, 10_000)
}
