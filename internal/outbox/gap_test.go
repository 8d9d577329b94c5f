package outbox_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// hidesOnce is a log whose first page with the event seq lacks it.
type hidesOnce struct {
	*memLog
	seq  int64
	done bool
}

func (h *hidesOnce) After(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	if !h.done && seq < h.seq && h.seq <= seq+int64(limit) {
		h.done = true
		h.hide(h.seq)
		defer h.hide()
	}
	return h.memLog.After(ctx, seq, limit)
}

// A database may show event n+1 to one query without event n.
func TestRelay_retriesAHiddenEvent(t *testing.T) {
	for _, seq := range []int64{1, 2, 250, 500, 501, 999, 1000} {
		inBubble(t, func(t *testing.T) {
			s, p := new(memLog), new(memTopic)
			s.commit(1000)
			r := start(t, &hidesOnce{memLog: s, seq: seq}, p, s, outbox.Config{})
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
			want(t, p.published(), span(1, 1000))
			r.stop(t)
			want(t, s.watermark(), 1000)
		})
	}
}

// Each event in turn is hidden once, when it is the next one to publish.
func TestRelay_retriesEachEvent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		r := start(t, s, p, s, outbox.Config{})
		for range 50 {
			s.mu.Lock()
			next := int64(len(s.events)) + 1
			s.mu.Unlock()
			s.hide(next)
			s.commit(2)
			r.Nudge()
			synctest.Wait()
			want(t, p.published(), span(1, next-1))
			s.hide()
			time.Sleep(20 * time.Millisecond)
			synctest.Wait()
			want(t, p.published(), span(1, next+1))
			want(t, r.Status(), outbox.Status{Healthy: true, Leader: true})
		}
		r.stop(t)
	})
}

// An event that stays hidden blocks the relay of every leader, with a reason. Later events that are in
// Kafka already are not published twice.
func TestRelay_waitsForAHiddenEvent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p, log := new(memLog), topicOf(1, 2, 3, 6), new(testkit.LogBuffer)
		s.commit(10)
		s.hide(4, 8)
		r := start(t, s, p, s, outbox.Config{Logger: infoLogger(log)})
		time.Sleep(500 * time.Millisecond)
		want(t, r.Status().Healthy, true)
		time.Sleep(time.Hour)
		want(t, p.published(), []int64{1, 2, 3, 6})
		if status := r.Status(); status.Healthy || !strings.Contains(status.Detail, "event 4 is not visible") || status.Waiting != 7 {
			t.Errorf("%+v", status)
		}
		want(t, s.watermark(), 3)
		if !strings.Contains(log.String(), "event 4 is not visible") {
			t.Errorf("logged:\n%s", log)
		}
		s.hide(8)
		time.Sleep(time.Minute)
		want(t, p.published(), []int64{1, 2, 3, 6, 4, 5, 7})
		s.hide()
		time.Sleep(time.Minute)
		want(t, p.published(), []int64{1, 2, 3, 6, 4, 5, 7, 8, 9, 10})
		want(t, r.Status(), outbox.Status{Healthy: true, Leader: true})
		r.stop(t)
		want(t, s.watermark(), 10)
	})
}

// Events that were deleted or lost are skipped: a new topic begins with the first event of the log.
func TestRelay_skipsGoneEvents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s, p := new(memLog), new(memTopic)
		s.commit(20)
		s.mu.Lock()
		s.dropped, s.lost = 5, []int64{9, 10, 15}
		s.mu.Unlock()
		r := start(t, s, p, s, outbox.Config{})
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		want(t, p.published(), append(span(6, 8), append(span(11, 14), span(16, 20)...)...))
		r.stop(t)
		want(t, s.watermark(), 20)
	})
}
