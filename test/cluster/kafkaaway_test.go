package cluster_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

// away is one way to make a dependency of all nodes unavailable, and to restore it.
type away struct {
	name    string
	begin   func(*testing.T, *cluster)
	restore func(*testing.T, *cluster)
}

var kafkaAway = []away{
	{"stopped", func(t *testing.T, _ *cluster) {
		services.Stop(t, brokers[0])
		for _, b := range brokers[1:] { // without a majority no broker can stop in order
			services.Kill(t, b)
		}
	}, startBrokers},
	{"paused", func(t *testing.T, _ *cluster) {
		for _, b := range brokers {
			services.Pause(t, b)
		}
	}, func(t *testing.T, _ *cluster) {
		for _, b := range brokers {
			services.Resume(t, b)
		}
	}},
	{"refused", func(_ *testing.T, s *cluster) { s.eachKafka((*proxy).refuse) }, healAllKafka},
	{"swallowed", func(_ *testing.T, s *cluster) { s.eachKafka((*proxy).swallow) }, healAllKafka},
}

// startBrokers starts all at once: none takes clients before there is a majority.
func startBrokers(t *testing.T, _ *cluster) {
	var starting sync.WaitGroup
	for _, b := range brokers {
		starting.Go(func() { services.Start(t, b) })
	}
	starting.Wait()
}

func (s *cluster) eachKafka(do func(*proxy)) {
	for _, n := range s.nodes {
		for _, p := range n.kafka {
			do(p)
		}
	}
}

func healAllKafka(t *testing.T, s *cluster) { s.eachKafka(func(p *proxy) { p.heal(t) }) }

// While Kafka is away writes succeed, sockets get events from the database, and the status
// has the number of waiting events. When it is back, all of them are published.
func TestKafkaAway(t *testing.T) {
	s := newWorkload(t, newCluster(t, 2), 1)
	s.listen(t, 6)
	s.writers[0].create(s.ctx, client.Fields{"title": "the first"})
	for _, way := range kafkaAway {
		t.Run(way.name, func(t *testing.T) {
			s.awaitDrained(t)
			phase := s.report.begin(way.name)
			restore := sync.OnceFunc(func() { way.restore(t, s.cluster) })
			defer restore()
			way.begin(t, s.cluster)
			began := time.Now()
			const writes = 20
			for i := range writes {
				s.writers[0].create(s.ctx, client.Fields{"title": fmt.Sprintf("%s %d", way.name, i)})
			}
			awaitListeners(t, 10*time.Second, s.listeners, s.head(t))
			s.awaitWaiting(t, writes)
			told := time.Since(began)
			restore()
			back := time.Now()
			s.awaitDrained(t)
			t.Logf("on the screens after %v at p50 and %v at most; every node reported it after %v; drained %v after Kafka was back",
				phase.delays.quantile(0.5), phase.delays.most(), told.Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
			if most := phase.delays.most(); most > time.Second || phase.failures.Load() > 0 {
				t.Errorf("an event was on the screens after %v, want within 1s; %v", most, phase)
			}
		})
	}
	s.close(t)
}

// relayStatus is the part of /api/status about the relay and Kafka.
type relayStatus struct {
	Relay struct {
		Waiting int64
		Healthy bool
	}
	Kafka struct{ Healthy bool }
}

func (s *cluster) relayStatus(t *testing.T, n *node) (r relayStatus, ok bool) {
	t.Helper()
	return r, s.call(t, n.URL, http.MethodGet, "/api/status", nil, &r) == http.StatusOK
}

// awaitWaiting waits until the status of every node has this number of waiting events.
func (s *cluster) awaitWaiting(t *testing.T, waiting int64) {
	t.Helper()
	for _, n := range s.nodes {
		var r relayStatus
		servertest.Await(t, 15*time.Second, func() bool {
			var ok bool
			r, ok = s.relayStatus(t, n)
			return ok && r.Relay.Waiting == waiting && !r.Kafka.Healthy
		}, func() string { return fmt.Sprintf("%s has the status %+v while %d events wait", n.name, r, waiting) })
	}
}

// awaitDrained waits until the status of every node has no waiting events.
func (s *cluster) awaitDrained(t *testing.T) {
	t.Helper()
	for _, n := range s.nodes {
		var r relayStatus
		servertest.Await(t, 30*time.Second, func() bool {
			var ok bool
			r, ok = s.relayStatus(t, n)
			return ok && r.Relay.Waiting == 0 && r.Relay.Healthy && r.Kafka.Healthy
		}, func() string { return fmt.Sprintf("%s has the status %+v", n.name, r) })
	}
}

// A backlog is published in order. Its rate is printed only, as it depends on the
// machine.
func TestKafkaAway_backlogDrains(t *testing.T) {
	const backlog = 6000
	s := newWorkload(t, newCluster(t, 1), 32)
	s.eachKafka((*proxy).refuse)
	var writing sync.WaitGroup
	for _, w := range s.writers {
		writing.Go(func() {
			for range backlog / len(s.writers) {
				w.create(s.ctx, client.Fields{"title": w.name, "content": fmt.Sprintf("%01000d", w.sent)})
			}
		})
	}
	began := time.Now()
	writing.Wait()
	t.Logf("%d writes in %v", s.ledger.acks, time.Since(began).Round(time.Millisecond))
	n := s.nodes[0]
	published := func() float64 {
		v, err := n.metric("wiredesk_relay_published_events_total")
		testkit.Must(t, err)
		return v
	}
	before := published()
	healAllKafka(t, s.cluster)
	var first, last time.Time
	var atFirst, atLast float64
	servertest.Await(t, time.Minute, func() bool {
		v := published()
		switch now := time.Now(); {
		case v == before:
		case first.IsZero():
			first, atFirst = now, v
		default:
			last, atLast = now, v
		}
		return v-before >= float64(s.ledger.acks)
	}, func() string { return fmt.Sprintf("%v of %d events are published", published()-before, s.ledger.acks) })
	if !last.IsZero() {
		t.Logf("the backlog drained at %.0f events/s", (atLast-atFirst)/last.Sub(first).Seconds())
	}
	s.close(t)
}
