package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

func (s *memLog) request() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
}

func (s *memLog) refills() (done int64, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refilled, s.refused
}

// takeOver makes another node the leader.
func (s *memLog) takeOver(holder string) {
	s.expire()
	s.Acquire(context.Background(), holder, time.Hour)
}

func (p *memTopic) isEmptying() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.emptying
}

func (p *memTopic) emptied() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.empties
}

func TestRelay_refills(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
		log, d := new(testkit.LogBuffer), newRelayTest(t, topic)
		r := d.relay(t, log)
		d.commit(1234)
		d.awaitDrained(t, r)
		d.mu.Lock()
		d.events[0].Data = []byte(`{"version":1,"redacted":true}`)
		d.mu.Unlock()
		d.request()
		testkit.Eventually(t, "the topic is emptied", func() bool { done, _ := d.refills(); return done == 1 })
		d.commit(5)
		d.awaitDrained(t, r)
		want(t, d.wantOnTopic(t, 1239), 0)
		first := false
		d.ReadAll(t, func(r kafka.Record) error {
			first = first || strings.Contains(string(r.Value), `"redacted":true`)
			return nil
		})
		want(t, first, true)
		d.close(t, r)
	})
}

// Only the leader refills the topic; a request outlives a change of leader.
func TestRelay_refillsAfterAChangeOfLeader(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		s.commit(10)
		time.Sleep(time.Second)
		p.set(func(p *memTopic) { p.noEmpty = errAway })
		s.request()
		time.Sleep(time.Minute)
		done, _ := s.refills()
		want(t, done, 0)
		want(t, strings.Count(log.String(), "emptying the Kafka topic failed"), 1)
		want(t, strings.Count(log.String(), "\n"), 2) // leading, and the refill
		r.stop(t)
		p.set(func(p *memTopic) { p.noEmpty = nil })
		r = start(t, s, p, s, outbox.Config{Holder: "two"})
		time.Sleep(10 * time.Second)
		want(t, p.published(), span(1, 10))
		done, _ = s.refills()
		want(t, done, 1)
		want(t, r.Status(), outbox.Status{Healthy: true, Leader: true})
		r.stop(t)
		want(t, s.watermark(), 10)
	})
}

// The topic is emptied when no event is being stored: one that is stored afterwards would keep a removed text.
func TestRelay_refillWaitsForEventsBeingStored(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		p.slow = 3 * time.Second
		r := start(t, s, p, s, outbox.Config{})
		s.commit(10)
		time.Sleep(time.Second)
		s.request()
		time.Sleep(time.Minute)
		done, _ := s.refills()
		want(t, done, 1)
		p.set(func(p *memTopic) { want(t, p.raced, false) })
		want(t, p.published(), span(1, 10))
		r.stop(t)
	})
}

// Events that were committed before a term are read from the log, which may no longer have their text.
func TestRelay_refillReadsTheLog(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		s.commit(3)
		time.Sleep(time.Second)
		old := slices.Clone(s.events)
		s.mu.Lock()
		s.events[1].ID = "redacted"
		s.mu.Unlock()
		p.set(func(p *memTopic) { p.onTail = func() { r.Committed(old) } }) // reported late, when the next term has begun
		s.request()
		time.Sleep(time.Minute)
		want(t, p.published(), span(1, 3))
		want(t, p.publishedIDs(), []string{"id-1", "redacted", "id-3"})
		s.commit(1)
		time.Sleep(time.Second)
		want(t, p.published(), span(1, 4))
		r.stop(t)
	})
}

// slowLog is a log whose head takes 3 ms to read.
type slowLog struct{ *memLog }

func (s slowLog) Position(ctx context.Context) (event.Position, error) {
	select {
	case <-ctx.Done():
		return event.Position{}, ctx.Err()
	case <-time.After(3 * time.Millisecond):
		return s.memLog.Position(ctx)
	}
}

// A refill cancels the queries of the term that it ends. That is no failure of the database.
func TestRelay_refillIsNoFailure(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		r := start(t, slowLog{s}, p, s, outbox.Config{Logger: infoLogger(log)})
		for i := range 40 {
			p.set(func(p *memTopic) { p.slow = time.Duration(20+i) * time.Millisecond })
			s.request()
			for range 300 {
				s.commit(1)
				time.Sleep(7 * time.Millisecond)
			}
		}
		done, _ := s.refills()
		want(t, done, 40)
		want(t, strings.Count(log.String(), "failed"), 0)
		p.set(func(p *memTopic) { p.slow = 0 })
		r.stop(t)
	})
}

// A request for a refill ends the publishing of a long backlog after the present batch.
func TestRelay_refillBetweenBatches(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		p.slow = 5 * time.Second
		large := []byte(`{"version":1,"content":"` + strings.Repeat("x", 600<<10) + `"}`)
		s.commit(20)
		s.mu.Lock()
		for i := range s.events {
			s.events[i].Data = large
		}
		s.mu.Unlock()
		r := start(t, s, p, s, outbox.Config{})
		time.Sleep(time.Second)
		s.request()
		time.Sleep(12 * time.Second)
		done, _ := s.refills()
		want(t, done, 1)
		p.set(func(p *memTopic) { want(t, p.raced, false) })
		p.set(func(p *memTopic) { p.slow = 0 })
		time.Sleep(time.Minute)
		want(t, p.published(), span(1, 20))
		r.stop(t)
	})
}

// While Kafka hangs, the lease is renewed. Without the lease nothing more is removed, as the next leader
// may have published.
func TestRelay_refillEndsWithTheLease(t *testing.T) {
	for name, lose := range map[string]func(*memLog){
		"another node leads":   func(s *memLog) { s.takeOver("other") },
		"the database is away": func(s *memLog) { s.fail(errAway) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
				r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
				s.commit(10)
				p.set(func(p *memTopic) { p.noEnd = true })
				s.request()
				time.Sleep(10 * time.Second)
				want(t, p.isEmptying(), true)
				if _, err := s.Acquire(t.Context(), "other", time.Second); !errors.Is(err, outbox.ErrHeld) {
					t.Errorf("another node gets the lease: %v", err)
				}
				lose(s)
				time.Sleep(1300 * time.Millisecond)
				want(t, p.isEmptying(), false)
				s.fail(nil)
				done, _ := s.refills()
				want(t, done, 0)
				want(t, p.published(), span(1, 10))
				r.stop(t)
			})
		})
	}
}

// As long as the topic cannot be emptied, events are published between the attempts.
func TestRelay_refillFailsForLong(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		p.set(func(p *memTopic) { p.noEnd = true })
		s.commit(1)
		s.request()
		upToDate := 0
		for range 3600 {
			s.commit(1)
			time.Sleep(time.Second)
			if s.watermark() >= int64(len(s.events))-1 {
				upToDate++
			}
		}
		if n := p.emptied(); n < 10 || n > 20 {
			t.Errorf("%d attempts to empty the topic in an hour", n)
		}
		if upToDate < 3000 {
			t.Errorf("events were published at once for %d s of an hour", upToDate)
		}
		for p.isEmptying() {
			time.Sleep(time.Second)
		}
		time.Sleep(5 * time.Second)
		before := p.emptied()
		p.set(func(p *memTopic) { p.noEnd = false })
		s.request() // like an operator after the repair
		time.Sleep(2 * time.Second)
		want(t, p.emptied(), before+1)
		done, _ := s.refills()
		want(t, done, 2)
		want(t, p.published(), span(1, 3601))
		r.stop(t)
	})
}

// A refusal by Kafka is logged once, and events are still published.
func TestRelay_refillRefused(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
		p.set(func(p *memTopic) { p.noEmpty = fmt.Errorf("%w: no", outbox.ErrRefused) })
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		s.commit(10)
		s.request()
		time.Sleep(time.Minute)
		s.commit(5)
		time.Sleep(time.Minute)
		done, refused := s.refills()
		want(t, [...]any{done, refused}, [...]any{int64(1), true})
		want(t, p.published(), span(1, 15))
		want(t, strings.Count(log.String(), "emptying the Kafka topic failed"), 1)
		r.stop(t)
		want(t, s.watermark(), 15)
	})
}

func TestEmpty_withoutTheRight(t *testing.T) {
	if !services.Running() {
		return
	}
	topic := kafkatest.OnCluster(t)
	b := &kafkaFault{topic: topic, t: t, settings: topic.Config()}
	b.create(3, nil)
	b.signInAs("nobody", "nobody-secret")
	b.allow(kadm.OpDescribe, kadm.OpWrite, kadm.OpRead)
	producer, err := kafka.NewProducer(b.settings)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.Empty(t.Context()); !errors.Is(err, outbox.ErrRefused) || !strings.Contains(err.Error(), "DELETE") {
		t.Errorf("the error is %v", err)
	}
}
