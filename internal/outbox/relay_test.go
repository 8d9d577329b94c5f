package outbox_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestRelay_publishesInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		s.commit(1234)
		r := start(t, s, p, s, outbox.Config{})
		synctest.Wait()
		want(t, p.published(), span(1, 1234))
		s.commit(3)
		r.Nudge()
		synctest.Wait() // no time passes: the nudge is enough
		want(t, p.published(), span(1, 1237))
		r.stop(t)
		want(t, s.watermark(), 1237)
	})
}

// Commits of other nodes are found without a nudge.
func TestRelay_findsCommitsByPolling(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		for _, quiet := range []time.Duration{time.Second, time.Hour} {
			time.Sleep(quiet)
			head := s.commit(1)
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			want(t, len(p.published()), int(head))
			s.commit(1)
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			want(t, len(p.published()), int(head)+1)
		}
		r.stop(t)
	})
}

func TestRelay_batchesAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		s.commit(20)
		for i := range s.events {
			s.events[i].Data = make([]byte, 200<<10)
		}
		r := start(t, s, p, s, outbox.Config{})
		synctest.Wait()
		want(t, p.published(), span(1, 20))
		want(t, len(p.attempts), 10) // of 400 KiB each
		r.stop(t)
	})
}

func TestRelay_watermarkCadence(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		for range 1000 {
			s.commit(1)
			r.Nudge()
			time.Sleep(10 * time.Millisecond)
		}
		advances := s.stored()
		if n := len(advances); n < 18 || n > 21 {
			t.Errorf("the watermark was stored %d times in 10 s", n)
		}
		for i, at := range advances[1:] {
			if at.Sub(advances[i]) < 500*time.Millisecond {
				t.Errorf("stored at %s and at %s", advances[i], at)
			}
		}
		time.Sleep(time.Hour)
		want(t, len(s.stored()) <= 21, true) // none without events
		want(t, s.watermark(), 1000)
		r.stop(t)
	})
}

func TestRelay_backsOff(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		time.Sleep(time.Second)
		p.set(func(p *memTopic) { p.broken = errAway })
		s.commit(1)
		r.Nudge()
		time.Sleep(time.Hour)
		s.commit(9)
		time.Sleep(time.Second)
		var pauses []time.Duration
		p.set(func(p *memTopic) {
			for i, at := range p.attempts[1:9] {
				pauses = append(pauses, at.Sub(p.attempts[i])/time.Millisecond)
			}
		})
		want(t, pauses, []time.Duration{50, 100, 200, 400, 800, 1600, 2000, 2000})
		status := r.Status()
		want(t, status, outbox.Status{Waiting: 10, OldestSeconds: 3601, Leader: true, Detail: "publishing events failed: away"})

		p.set(func(p *memTopic) { p.broken = nil })
		time.Sleep(2 * time.Second)
		want(t, p.published(), span(1, 10))
		want(t, r.Status(), outbox.Status{Healthy: true, Leader: true})
		if n := strings.Count(log.String(), "\n"); n != 3 || !strings.Contains(log.String(), "publishing to Kafka failed; events waiting") {
			t.Errorf("logged:\n%s", log) // leading, unhealthy, healthy
		}
		r.stop(t)
	})
}

// A broker that accepts requests and never answers makes the relay unhealthy.
func TestRelay_noticesAStall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		p.set(func(p *memTopic) { p.hang = true })
		s.commit(1)
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		time.Sleep(time.Second)
		want(t, r.Status(), outbox.Status{Waiting: 1, OldestSeconds: 1, Healthy: true, Leader: true})
		s.commit(4)
		time.Sleep(59 * time.Second)
		want(t, r.Status(), outbox.Status{Waiting: 5, OldestSeconds: 60, Leader: true, Detail: "Kafka has not answered for 1m0s"})
		p.set(func(p *memTopic) { p.trouble = "no way" })
		want(t, r.Status().Detail, "Kafka has not answered for 1m0s: no way")
		want(t, strings.Count(log.String(), "publishing to Kafka failed; events waiting"), 1)
		began := time.Now()
		r.stop(t)
		want(t, time.Since(began), 5*time.Second) // FlushTimeout
		want(t, s.watermark(), 0)
		want(t, s.holder(), "")
	})
}

func TestRelay_flushesOnStop(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		time.Sleep(time.Minute)
		p.set(func(p *memTopic) { p.broken = errAway })
		s.commit(700)
		r.Nudge()
		time.AfterFunc(time.Second, func() { p.set(func(p *memTopic) { p.broken = nil }) })
		began := time.Now()
		r.stop(t)
		want(t, p.published(), span(1, 700))
		want(t, s.watermark(), 700)
		want(t, s.holder(), "")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("stopping took %s", took)
		}

		r = start(t, s, p, s, outbox.Config{})
		synctest.Wait()
		s.commit(1) // without a nudge, just before the stop
		r.stop(t)
		want(t, s.watermark(), 701)
		r = start(t, s, p, s, outbox.Config{})
		synctest.Wait()
		began = time.Now()
		r.stop(t)
		want(t, time.Since(began), 0) // without waiting events the stop does not wait

		r = start(t, s, p, s, outbox.Config{})
		for range 5 {
			s.commit(1)
			r.Nudge()
			time.Sleep(30 * time.Millisecond)
		}
		r.stop(t)
		want(t, s.watermark(), 706) // includes the events since it was last stored
	})
}

// A crash between acknowledgement and watermark: events in the tail of the topic are not published
// again, missing ones are.
func TestRelay_crashBeforeTheWatermark(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			s, p := new(memLog), &memTopic{forgets: forgets}
			r := start(t, s, p, s, outbox.Config{})
			s.commit(5)
			time.Sleep(time.Second)
			p.set(func(p *memTopic) { p.then = func() { s.fail(errAway) } }) // like a crash: this node can store nothing more
			s.commit(4)
			time.Sleep(time.Second)
			want(t, p.published(), span(1, 9))
			r.stop(t)
			p.set(func(p *memTopic) { p.then = nil })
			s.fail(nil)
			want(t, s.watermark(), 5)

			r = start(t, s, p, s, outbox.Config{})
			time.Sleep(time.Second)
			expected := span(1, 9)
			if forgets {
				expected = append(expected, span(6, 9)...)
			}
			want(t, p.published(), expected)
			r.stop(t)
			want(t, s.watermark(), 9)
		})
	}
}

// node is the log as seen by one node, which a test can suspend.
type node struct {
	*memLog
	gate atomic.Pointer[chan struct{}] // closed: awake
}

func newNode(s *memLog) *node {
	n := &node{memLog: s}
	n.stall()
	n.wake()
	return n
}

func (n *node) stall() { n.gate.Store(new(make(chan struct{}))) }

func (n *node) wake() { close(*n.gate.Load()) }

func (n *node) Position(ctx context.Context) (event.Position, error) {
	<-*n.gate.Load()
	return n.memLog.Position(ctx)
}

func (n *node) After(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	<-*n.gate.Load()
	return n.memLog.After(ctx, seq, limit)
}

func TestRelay_fencedLeaderStops(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		node := newNode(s)
		one := start(t, node, p, s, outbox.Config{Holder: "one", Logger: infoLogger(log)})
		s.commit(10)
		time.Sleep(time.Second)
		two := start(t, s, p, s, outbox.Config{Holder: "two"})
		time.Sleep(time.Minute)
		want(t, one.Status().Leader, true)
		want(t, two.Status(), outbox.Status{Healthy: true, Detail: "another node publishes"})

		node.stall()
		s.commit(10)
		time.Sleep(3 * time.Second)
		want(t, two.Status().Leader, true)
		want(t, s.watermark(), 20)
		s.commit(1)
		node.wake()
		synctest.Wait()
		s.commit(5)
		time.Sleep(time.Second)
		want(t, one.Status().Leader, false)
		want(t, two.Status().Leader, true)
		want(t, s.watermark(), 26)
		seqs := p.published()
		slices.Sort(seqs)
		want(t, slices.Compact(seqs), span(1, 26)) // at least once
		if !strings.Contains(log.String(), "no longer the relay leader") {
			t.Errorf("logged:\n%s", log)
		}
		one.stop(t)
		want(t, s.holder(), "two")
		two.stop(t)
	})
}

// A leader steps down at the first renewal after its term was taken over.
func TestRelay_laterTermEndsIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		s.commit(5)
		time.Sleep(1300 * time.Millisecond) // the next renewal is due in 400 ms
		s.expire()
		if _, err := s.Acquire(t.Context(), "two", time.Hour); err != nil {
			t.Fatal(err)
		}
		s.commit(2)
		time.Sleep(700 * time.Millisecond)
		want(t, s.watermark(), 5)
		if !strings.Contains(log.String(), outbox.ErrFenced.Error()) {
			t.Errorf("logged:\n%s", log)
		}
		time.Sleep(300 * time.Millisecond)
		want(t, r.Status(), outbox.Status{Waiting: 2, Healthy: true, Detail: "another node publishes"})
		s.commit(1)
		time.Sleep(time.Minute)
		want(t, p.published(), span(1, 7))
		r.stop(t)
		want(t, s.holder(), "two")
	})
}

func TestRelay_takeover(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		node := newNode(s)
		one := start(t, s, p, s, outbox.Config{Holder: "one"})
		time.Sleep(time.Second)
		two := start(t, node, p, s, outbox.Config{Holder: "two"})
		time.Sleep(time.Minute)

		one.stop(t) // releases the lease
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		want(t, two.Status().Leader, true)

		three := start(t, s, p, s, outbox.Config{Holder: "three"})
		time.Sleep(time.Minute)
		node.stall() // like a crash of two
		died := time.Now()
		s.commit(1)
		for len(p.published()) == 0 {
			time.Sleep(time.Millisecond)
		}
		if took := time.Since(died); took > 3*time.Second {
			t.Errorf("the takeover took %s", took)
		}
		node.wake()
		three.stop(t)
		two.stop(t)
	})
}

// A leader that cannot reach the database steps down, as another node may lead.
func TestRelay_databaseAway(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		time.Sleep(time.Minute)
		s.fail(errAway)
		time.Sleep(time.Hour)
		want(t, r.Status().Leader, false)
		want(t, r.Status().Healthy, false)
		s.fail(nil)
		s.commit(3)
		time.Sleep(3 * time.Second)
		want(t, p.published(), span(1, 3))
		want(t, r.Status(), outbox.Status{Healthy: true, Leader: true})
		if n := strings.Count(log.String(), "\n"); n != 5 {
			t.Errorf("logged:\n%s", log) // leading, unhealthy, not leading, leading, healthy
		}
		s.fail(errAway)
		r.stop(t)
	})
}

func TestRelay_metrics(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, registry := new(memLog), new(memTopic), prometheus.NewRegistry()
		r := start(t, s, p, s, outbox.Config{Registerer: registry})
		s.commit(7)
		time.Sleep(time.Second)
		p.set(func(p *memTopic) { p.broken = errors.New("no") })
		s.commit(2)
		time.Sleep(100 * time.Millisecond)
		got := map[string]float64{}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			m := f.GetMetric()[0]
			got[strings.TrimPrefix(f.GetName(), "wiredesk_relay_")] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
		want(t, got, map[string]float64{"waiting_events": 2, "oldest_waiting_seconds": 0.1, "leader": 1,
			"published_events_total": 7, "publish_errors_total": 2})
		p.set(func(p *memTopic) { p.broken = nil })
		r.stop(t)
	})
}
