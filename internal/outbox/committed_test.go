package outbox_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

// countingLog counts the reads of the log.
type countingLog struct {
	*memLog
	reads atomic.Int64
}

func (c *countingLog) After(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	c.reads.Add(1)
	return c.memLog.After(ctx, seq, limit)
}

// The leader publishes events of its own node without reading them from the log, in order with the
// events of other nodes, and each event once.
func TestRelay_committedHere(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		source := &countingLog{memLog: s}
		r := start(t, source, p, s, outbox.Config{})
		time.Sleep(time.Second)
		own := func(n int) []event.Event {
			last := s.commit(n)
			return slices.Clone(s.events[last-int64(n):])
		}
		before := source.reads.Load()
		for range 100 {
			r.Committed(own(1))
			synctest.Wait()
		}
		want(t, p.published(), span(1, 100))
		want(t, source.reads.Load()-before < 3, true)

		s.commit(10) // of another node
		r.Committed(own(5))
		late := own(5)
		r.Committed(own(5))
		r.Committed(late)
		time.Sleep(time.Second)
		want(t, p.published(), span(1, 125))

		p.set(func(p *memTopic) { p.broken = errAway })
		for range 6000 { // more than the queue holds
			r.Committed(own(1))
		}
		time.Sleep(time.Minute)
		p.set(func(p *memTopic) { p.broken = nil })
		time.Sleep(time.Minute)
		seqs := p.published()
		slices.Sort(seqs)
		want(t, slices.Compact(seqs), span(1, 6125))
		want(t, slices.IsSorted(p.published()[:125]), true)
		r.stop(t)
		want(t, s.watermark(), 6125)
	})
}

// A node that does not lead, or no longer leads, publishes none of its commits.
func TestRelay_committedByAFollower(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, silent := new(memLog), new(memTopic), new(memTopic)
		leader := start(t, s, p, s, outbox.Config{Holder: "leader"})
		time.Sleep(time.Second)
		follower := start(t, s, silent, s, outbox.Config{Holder: "follower"})
		time.Sleep(time.Second)
		s.commit(10)
		follower.Committed(slices.Clone(s.events))
		time.Sleep(time.Second)
		want(t, p.published(), span(1, 10))
		want(t, silent.published(), []int64(nil))
		s.expire()
		leader.stop(t)
		follower.stop(t)
	})
}
