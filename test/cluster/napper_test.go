package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/test/desk"
)

// ringEvents is the number of events that the nodes keep in memory: few, so that a client that
// was away for a while is served from the event log.
const ringEvents = 200

// napper is a listener that leaves after napEvery events and comes back when it has missed
// more than the nodes keep in memory.
type napper struct {
	*listener
	naps int // read it when run has returned
}

const napEvery = ringEvents / 2

// nap connects n nappers, by the balancer. They stay connected once the writers have ended.
func (s *scene) nap(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		n := &napper{listener: &listener{client: s.listeners[i%len(s.listeners)].client, book: s.book, report: newReport()}}
		s.nappers = append(s.nappers, n)
		s.listening.Go(func() { n.run(s.ctx, s.enoughWritten) })
	}
}

func (n *napper) run(ctx context.Context, enough <-chan struct{}) {
	for ctx.Err() == nil {
		life, leave := context.WithCancel(ctx)
		n.leaveAt, n.leave = n.heard.Load()+napEvery, leave
		n.listener.run(life)
		leave()
		if !errors.Is(n.ended, context.Canceled) {
			return
		}
		n.joined.Store(false)
		for n.book.length() < n.heard.Load()+2*ringEvents && ctx.Err() == nil && !isClosed(enough) {
			desk.Pause(ctx, 20*time.Millisecond)
		}
		if n.book.length() > n.heard.Load()+ringEvents {
			n.naps++
		}
		if isClosed(enough) {
			n.leave = func() {}
			n.leaveAt = 0
			n.listener.run(ctx)
			return
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// checkKafkaDelivers fails unless Kafka brings events while nothing is broken: the event
// log, which fills gaps, would hide a consumer that brings none.
func (s *scene) checkKafkaDelivers(t *testing.T) {
	t.Helper()
	const events = 200
	by := func(source string) (sum float64) {
		for _, n := range s.nodes {
			got, err := n.metric(`wiredesk_gateway_events_total{source="` + source + `"`)
			desk.Check(t, err)
			sum += got
		}
		return sum
	}
	kafka, log, head := by("kafka"), by("log"), s.head(t)
	awaitListeners(t, time.Minute, s.listeners, head+events)
	kafka, log = by("kafka")-kafka, by("log")-log
	t.Logf("with nothing broken Kafka brought %v of %v events", kafka, kafka+log)
	if 5*kafka < kafka+log { // on a busy machine the event log may be faster
		t.Errorf("with nothing broken Kafka brought %v of %v events to the nodes", kafka, kafka+log)
	}
}
