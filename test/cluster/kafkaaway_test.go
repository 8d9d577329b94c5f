package cluster_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/desk"
	"github.com/wiredesk/wiredesk/test/services"
)

// away is one way in which something that all nodes need goes away, and comes back.
type away struct {
	name     string
	begin    func(*testing.T, *site)
	comeBack func(*testing.T, *site)
}

var kafkaAway = []away{
	{"stopped", func(t *testing.T, _ *site) {
		services.Stop(t, brokers[0])
		for _, b := range brokers[1:] { // without a majority no broker can stop in order
			services.Kill(t, b)
		}
	}, startBrokers},
	{"paused", func(t *testing.T, _ *site) {
		for _, b := range brokers {
			services.Pause(t, b)
		}
	}, func(t *testing.T, _ *site) {
		for _, b := range brokers {
			services.Resume(t, b)
		}
	}},
	{"refused", func(_ *testing.T, s *site) { s.eachKafka((*proxy).refuse) }, healAllKafka},
	{"swallowed", func(_ *testing.T, s *site) { s.eachKafka((*proxy).swallow) }, healAllKafka},
}

// startBrokers starts all at once: none takes clients before there is a majority.
func startBrokers(t *testing.T, _ *site) {
	var starting sync.WaitGroup
	for _, b := range brokers {
		starting.Go(func() { services.Start(t, b) })
	}
	starting.Wait()
}

func (s *site) eachKafka(do func(*proxy)) {
	for _, n := range s.nodes {
		for _, p := range n.kafka {
			do(p)
		}
	}
}

func healAllKafka(t *testing.T, s *site) { s.eachKafka(func(p *proxy) { p.heal(t) }) }

// While Kafka is away saving goes on, screens follow by the database, and everybody can
// see how many events wait. When it is back, all of them arrive.
func TestKafkaAway(t *testing.T) {
	s := newScene(t, newSite(t, 2), 1)
	s.listen(t, 6)
	s.writers[0].create(s.ctx, client.Fields{"title": "the first"})
	for _, way := range kafkaAway {
		t.Run(way.name, func(t *testing.T) {
			s.awaitDrained(t)
			spell := s.report.turn(way.name)
			comeBack := sync.OnceFunc(func() { way.comeBack(t, s.site) })
			defer comeBack()
			way.begin(t, s.site)
			began := time.Now()
			const writes = 20
			for i := range writes {
				s.writers[0].create(s.ctx, client.Fields{"title": fmt.Sprintf("%s %d", way.name, i)})
			}
			awaitListeners(t, 10*time.Second, s.listeners, s.head(t))
			s.awaitTold(t, writes)
			told := time.Since(began)
			comeBack()
			back := time.Now()
			s.awaitDrained(t)
			t.Logf("on the screens after %v at p50 and %v at most; everybody was told after %v; drained %v after Kafka was back",
				spell.delays.quantile(0.5), spell.delays.most(), told.Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
			if most := spell.delays.most(); most > time.Second || spell.failures.Load() > 0 {
				t.Errorf("an event was on the screens after %v, want within 1s; %v", most, spell)
			}
		})
	}
	s.close(t)
}

// relayStatus is what /api/status tells of the way to Kafka.
type relayStatus struct {
	Relay struct {
		Waiting int64
		Healthy bool
	}
	Kafka struct{ Healthy bool }
}

func (s *site) relayStatus(t *testing.T, n *node) (r relayStatus, ok bool) {
	t.Helper()
	return r, s.call(t, n.URL, http.MethodGet, "/api/status", nil, &r) == http.StatusOK
}

// awaitTold waits until every node tells that this many events wait for Kafka.
func (s *site) awaitTold(t *testing.T, waiting int64) {
	t.Helper()
	for _, n := range s.nodes {
		var r relayStatus
		desk.Await(t, 15*time.Second, func() bool {
			var ok bool
			r, ok = s.relayStatus(t, n)
			return ok && r.Relay.Waiting == waiting && !r.Kafka.Healthy
		}, func() string { return fmt.Sprintf("%s tells %+v while %d events wait", n.name, r, waiting) })
	}
}

// awaitDrained waits until every node tells that nothing waits for Kafka.
func (s *site) awaitDrained(t *testing.T) {
	t.Helper()
	for _, n := range s.nodes {
		var r relayStatus
		desk.Await(t, 30*time.Second, func() bool {
			var ok bool
			r, ok = s.relayStatus(t, n)
			return ok && r.Relay.Waiting == 0 && r.Relay.Healthy && r.Kafka.Healthy
		}, func() string { return fmt.Sprintf("%s tells %+v", n.name, r) })
	}
}

// A backlog reaches Kafka in order, and fast. How fast is printed, not judged: it is a
// matter of the machine.
func TestKafkaAway_backlogDrains(t *testing.T) {
	const backlog = 6000
	s := newScene(t, newSite(t, 1), 32)
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
	t.Logf("%d writes in %v", s.book.acks, time.Since(began).Round(time.Millisecond))
	n := s.nodes[0]
	published := func() float64 {
		v, err := n.metric("wiredesk_relay_published_events_total")
		desk.Check(t, err)
		return v
	}
	before := published()
	healAllKafka(t, s.site)
	var first, last time.Time
	var atFirst, atLast float64
	desk.Await(t, time.Minute, func() bool {
		v := published()
		switch now := time.Now(); {
		case v == before:
		case first.IsZero():
			first, atFirst = now, v
		default:
			last, atLast = now, v
		}
		return v-before >= float64(s.book.acks)
	}, func() string { return fmt.Sprintf("%v of %d events are published", published()-before, s.book.acks) })
	if !last.IsZero() {
		t.Logf("the backlog drained at %.0f events/s", (atLast-atFirst)/last.Sub(first).Seconds())
	}
	s.close(t)
}
