package cluster_test

import (
	"fmt"
	"testing"
	"time"
)

func TestCluster_survivesFaults(t *testing.T) {
	t.Logf("-for=%v -seed=%d", *duration, *seed)
	s := newWorkload(t, newCluster(t, 3, "WIREDESK_ACCESS_TTL=80s", fmt.Sprint("WIREDESK_RING_EVENTS=", ringEvents)), 8) // tokens expire during the test
	s.listen(t, 300)
	s.listenAndReturn(t, 6)
	s.write()
	s.listening.Go(func() { s.machine.measure(s.ctx, t, s.report) })
	s.checkKafkaDelivers(t)
	breakThings(t, s)
	log, records := s.close(t)
	s.checkPromises(t)
	s.print(t, len(log), records)
}

// checkPromises checks the delays during and after faults.
func (s *workload) checkPromises(t *testing.T) {
	t.Helper()
	const liveWithin = 5 * time.Second
	s.checkSteady(t)
	if worst, moved := s.worstMove(); len(s.kills) > 0 && moved == 0 || worst > liveWithin {
		t.Errorf("%d clients of a killed node moved; the last was live after %v, want within %v", moved, worst, liveWithin)
	}
	if rolling := s.report.kinds["rolling restart"]; rolling != nil && rolling.inARow.Load() > 1 {
		t.Errorf("rolling restart: %v", rolling)
	}
}

// worstMove returns the longest time that a client of a killed node was without a connection,
// and the number of these clients.
func (s *workload) worstMove() (worst time.Duration, moved int) {
	for _, at := range s.kills {
		for _, l := range s.listeners {
			if away, ok := l.awayAfter(at); ok {
				moved++
				worst = max(worst, away)
			}
		}
	}
	return worst, moved
}

func (s *workload) print(t *testing.T, events, records int) {
	t.Helper()
	worst, moved := s.worstMove()
	var deliveries int64
	repeats := 0
	returns := 0
	for _, n := range s.returning {
		returns += n.returns
	}
	if returns == 0 {
		t.Error("no client resumed from the event log")
	}
	for _, l := range s.listeners {
		deliveries += l.heard.Load()
		repeats += l.repeats
	}
	s.report.print(t,
		fmt.Sprintf("%d writes acknowledged, %d events, %d deliveries to %d clients", s.ledger.acks, events, deliveries, len(s.listeners)),
		fmt.Sprintf("%d nodes killed: %d clients moved, the last was live on another node after %v", len(s.kills), moved, worst.Round(time.Millisecond)),
		fmt.Sprintf("%d times a client resumed more than %d events behind", returns, ringEvents),
		fmt.Sprintf("repeats dropped: %d by clients, %d of %d records on the topic", repeats, records-events, records))
}
