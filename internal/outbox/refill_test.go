package outbox_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/test/services"
)

func (s *store) request() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
}

func (s *store) refills() (done int64, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refilled, s.refused
}

func TestRelay_refills(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
		log, d := new(logbook), newDesk(t, site)
		r := d.relay(t, log)
		d.commit(1234)
		d.drains(t, r)
		d.mu.Lock()
		d.events[0].Data = []byte(`{"version":1,"redacted":true}`)
		d.mu.Unlock()
		d.request()
		kafkatest.Eventually(t, "the topic is emptied", func() bool { done, _ := d.refills(); return done == 1 })
		d.commit(5)
		d.drains(t, r)
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

// A node that does not lead carries out nothing, and the next leader does.
func TestRelay_refillsAfterAChangeOfLeader(t *testing.T) {
	in(t, func(t *testing.T) {
		s, p, log := new(store), new(topic), new(logbook)
		r := start(t, s, p, s, outbox.Config{Logger: log.logger()})
		s.commit(10)
		time.Sleep(time.Second)
		p.set(func(p *topic) { p.noEmpty = errAway })
		s.request()
		time.Sleep(time.Minute)
		done, _ := s.refills()
		want(t, done, 0)
		want(t, strings.Count(log.String(), "the topic cannot be emptied"), 1)
		want(t, strings.Count(log.String(), "\n"), 2) // leading, and that
		r.stop(t)
		p.set(func(p *topic) { p.noEmpty = nil })
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

// What Kafka refuses is logged once, and events flow on.
func TestRelay_refillRefused(t *testing.T) {
	in(t, func(t *testing.T) {
		s, p, log := new(store), new(topic), new(logbook)
		p.set(func(p *topic) { p.noEmpty = fmt.Errorf("%w: no", event.ErrRefused) })
		r := start(t, s, p, s, outbox.Config{Logger: log.logger()})
		s.commit(10)
		s.request()
		time.Sleep(time.Minute)
		s.commit(5)
		time.Sleep(time.Minute)
		done, refused := s.refills()
		want(t, [...]any{done, refused}, [...]any{int64(1), true})
		want(t, p.published(), span(1, 15))
		want(t, strings.Count(log.String(), "the topic cannot be emptied"), 1)
		r.stop(t)
		want(t, s.watermark(), 15)
	})
}

func TestEmpty_withoutTheRight(t *testing.T) {
	if !services.Running() {
		return
	}
	site := kafkatest.OnCluster(t)
	b := &broken{site: site, t: t, settings: site.Config()}
	b.create(3, nil)
	b.be("nobody", "nobody-secret")
	b.allow(kadm.OpDescribe, kadm.OpWrite, kadm.OpRead)
	producer, err := kafka.NewProducer(b.settings)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.Empty(t.Context()); !errors.Is(err, event.ErrRefused) || !strings.Contains(err.Error(), "DELETE") {
		t.Errorf("the error is %v", err)
	}
}
