package outbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/outbox"
)

func alone() bool { return false }

// On the only node the head of the log is read with the lease and after a report of a change, such as the commit of a tool. A
// commit of another node is found without a report.
func TestRelay_pollsSeldomAlone(t *testing.T) {
	for name, c := range map[string]struct {
		others  func() bool
		reports bool // of changes
		busy    int  // reads of the head within a second of a commit
		idle    int  // reads of the head in a later second
		longest time.Duration
	}{
		"alone":       {others: alone, reports: true, busy: 2, idle: 2},
		"other nodes": {busy: 102, idle: 12, longest: 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s, p := new(memLog), new(memTopic)
				if c.reports {
					s.changes = make(chan struct{})
				}
				r := start(t, s, p, s, outbox.Config{OtherNodes: c.others})
				reads := func() int {
					before := s.headReads()
					time.Sleep(time.Second)
					return s.headReads() - before
				}
				time.Sleep(time.Minute)
				s.commit(1)
				if c.reports {
					s.changes <- struct{}{}
				}
				time.Sleep(c.longest)
				synctest.Wait()
				want(t, len(p.published()), 1)
				if n := reads(); n > c.busy {
					t.Errorf("the head was read %d times in a second after a commit", n)
				}
				time.Sleep(time.Minute)
				if n := reads(); n > c.idle {
					t.Errorf("the head was read %d times in a second without commits", n)
				}
				r.stop(t)
			})
		})
	}
}

// The lease is renewed three times within its length, so it survives two failed renewals.
func TestRelay_leaseTTL(t *testing.T) {
	for configured, ttl := range map[time.Duration]time.Duration{0: 2 * time.Second, 10 * time.Second: 10 * time.Second} {
		inBubble(t, func(t *testing.T) {
			s, p := new(memLog), new(memTopic)
			r := start(t, s, p, s, outbox.Config{LeaseTTL: configured, OtherNodes: alone})
			var longest, shortest time.Duration = 0, time.Hour
			for range 300 {
				time.Sleep(100 * time.Millisecond)
				left := s.left()
				longest, shortest = max(longest, left), min(shortest, left)
			}
			if longest > ttl || longest < ttl-400*time.Millisecond || shortest < ttl*3/5-100*time.Millisecond || shortest > ttl*7/10+100*time.Millisecond {
				t.Errorf("a lease of %v lasts from %v to %v", ttl, shortest, longest)
			}
			r.stop(t)
		})
	}
}

// A log that is rolled back just before the watermark is due does not get the old watermark.
func TestRelay_watermarkOfARolledBackLog(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{OtherNodes: alone})
		time.Sleep(260 * time.Millisecond) // between two reads of the head
		s.commit(10)
		r.Nudge()
		synctest.Wait()
		want(t, len(p.published()), 10)
		s.mu.Lock()
		s.events = s.events[:7]
		s.mu.Unlock()
		time.Sleep(350 * time.Millisecond) // the watermark was due with the lease, after 340 ms
		if w := s.watermark(); w > 7 {
			t.Errorf("the watermark is %d, in a log of 7 events", w)
		}
		time.Sleep(5 * time.Second)
		want(t, s.watermark(), 7)
		r.stop(t)
	})
}
