package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// ringEvents is the number of events that the nodes keep in memory: few, so that a client that
// was away is served from the event log.
const ringEvents = 200

// returningListener is a listener that leaves after leaveEvery events and reconnects when it has missed
// more than the nodes keep in memory.
type returningListener struct {
	*listener
	returns int // read it when run has returned
}

const leaveEvery = ringEvents / 2

// listenAndReturn connects n returning listeners to the balancer. They stay connected when the writers have ended.
func (s *workload) listenAndReturn(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		n := &returningListener{listener: &listener{client: s.listeners[i%len(s.listeners)].client, ledger: s.ledger, report: newReport()}}
		s.returning = append(s.returning, n)
		s.listening.Go(func() { n.run(s.ctx, s.writersStop) })
	}
}

func (n *returningListener) run(ctx context.Context, enough <-chan struct{}) {
	for ctx.Err() == nil {
		life, leave := context.WithCancel(ctx)
		n.leaveAt, n.leave = n.heard.Load()+leaveEvery, leave
		n.listener.run(life)
		leave()
		if !errors.Is(n.ended, context.Canceled) {
			return
		}
		n.joined.Store(false)
		for n.ledger.length() < n.heard.Load()+2*ringEvents && ctx.Err() == nil && !isClosed(enough) {
			servertest.Pause(ctx, 20*time.Millisecond)
		}
		if n.ledger.length() > n.heard.Load()+ringEvents {
			n.returns++
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

// checkKafkaDelivers fails unless Kafka brings events while there is no fault: the event
// log, which fills gaps, would hide a consumer without events.
func (s *workload) checkKafkaDelivers(t *testing.T) {
	t.Helper()
	const events = 200
	by := func(source string) (sum float64) {
		for _, n := range s.nodes {
			got, err := n.metric(`wiredesk_gateway_events_total{source="` + source + `"`)
			testkit.Must(t, err)
			sum += got
		}
		return sum
	}
	kafka, log, head := by("kafka"), by("log"), s.head(t)
	awaitListeners(t, time.Minute, s.listeners, head+events)
	kafka, log = by("kafka")-kafka, by("log")-log
	t.Logf("without a fault Kafka brought %v of %v events", kafka, kafka+log)
	if 5*kafka < kafka+log { // on a busy machine the event log may be faster
		t.Errorf("without a fault Kafka brought %v of %v events to the nodes", kafka, kafka+log)
	}
}
