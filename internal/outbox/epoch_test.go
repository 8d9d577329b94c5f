package outbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// A database that crashed may have shown commits that it then lost, and assigns their numbers again.
func TestRelay_logRolledBack(t *testing.T) {
	another := func(s *memLog, seq int64) event.Event {
		return event.Event{Epoch: s.epoch(), Seq: seq, ID: fmt.Sprint("another-", seq), Type: event.Updated, PostID: 1, Version: seq, Time: time.Now(), Data: json.RawMessage(`{}`)}
	}
	restore := func(s *memLog, events ...int64) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events, s.term.Watermark = s.events[:7], 6
		for _, seq := range events {
			s.events = append(s.events, another(s, seq))
		}
	}
	for name, c := range map[string]struct {
		stopped bool    // during the rollback
		then    []int64 // committed before the relay reads the head
	}{
		"under a leader":                       {},
		"while stopped":                        {stopped: true},
		"while stopped, and a commit came":     {true, []int64{8}},
		"while stopped, and as many commits":   {true, []int64{8, 9, 10}},
		"while stopped, and more commits came": {true, []int64{8, 9, 10, 11, 12}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s, p, log := new(memLog), new(memTopic), new(testkit.LogBuffer)
				r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
				s.commit(10)
				time.Sleep(time.Second)
				if c.stopped {
					r.stop(t)
				}
				restore(s, c.then...)
				if c.stopped {
					r = start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
				}
				time.Sleep(time.Second)
				want(t, strings.Count(log.String(), "event log rolled back (database restored?)"), 1)
				s.mu.Lock()
				next := int64(len(s.events)) + 1
				s.events = append(s.events, another(s, next))
				s.mu.Unlock()
				time.Sleep(time.Second)
				want(t, p.published(), append(span(1, 10), span(1, next)...)) // all events of the new epoch
				want(t, p.lastEpoch(), "epoch-1")
				want(t, r.Status(), outbox.Status{Healthy: true, Leader: true})
				r.stop(t)
				want(t, s.watermark(), next)
			})
		})
	}
}

// A backup that is restored twice begins a new epoch each time, even if the topic no longer has a
// record of the backup's epoch.
func TestRelay_logRolledBackTwice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		s.commit(10)
		time.Sleep(time.Second)
		backup := slices.Clone(s.events[:7])
		for n := 1; n <= 3; n++ {
			r.stop(t)
			s.mu.Lock()
			s.events, s.epochs, s.term.Watermark = slices.Clone(backup), 0, 7
			s.mu.Unlock()
			if n > 1 { // the topic retains only the newest events
				p.set(func(p *memTopic) {
					p.seqs, p.epochs, p.ids = p.seqs[len(p.seqs)-7:], p.epochs[len(p.epochs)-7:], p.ids[len(p.ids)-7:]
				})
			}
			r = start(t, s, p, s, outbox.Config{})
			time.Sleep(time.Second)
			at, _ := s.Position(t.Context())
			want(t, at.Epoch, fmt.Sprint("epoch-", n))
			want(t, p.lastEpoch(), at.Epoch)
			want(t, p.published()[len(p.published())-7:], span(1, 7))
		}
		r.stop(t)
	})
}

// CheckLog detects a rollback before requests are served, and keeps the epoch of an unchanged log.
func TestRelay_checksTheLog(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		s.commit(10)
		time.Sleep(time.Second)
		r.stop(t)
		check := func(epoch string) {
			t.Helper()
			if err := outbox.NewRelay(s, p, s, outbox.Config{}).CheckLog(t.Context(), s.watermark()); err != nil {
				t.Error(err)
			}
			want(t, s.epoch(), epoch)
		}
		check("epoch-0")
		s.commit(3) // not published
		check("epoch-0")
		s.events = s.events[:9]
		check("epoch-1")
		check("epoch-1")
	})
}
