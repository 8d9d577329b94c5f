package cluster_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// A client that stops reading is closed and resumes; other clients are not delayed.
func TestClient_stopsReading(t *testing.T) {
	s := newWorkload(t, newCluster(t, 1), 1)
	s.listen(t, 10)
	w, n := s.writers[0], s.nodes[0]
	w.create(s.ctx, client.Fields{"title": "long"})
	token, err := w.client.Token(t.Context(), "")
	testkit.Must(t, err)
	asleep := connect(t, n, token, 0)
	asleep.await(t, "blog-created", 5*time.Second)

	phase := s.report.begin("a client stopped reading")
	long := strings.Repeat("\U0001F4DD", 9_900) // 40 KB in each frame, so that the socket buffer is full after a few
	servertest.Await(t, 30*time.Second, func() bool {
		p, _ := w.posts.pick(w.random)
		w.patch(s.ctx, p, client.Fields{"description": fmt.Sprintf("%s %d", long, w.sent)})
		evictions, err := n.metric("wiredesk_gateway_evictions_total")
		return err == nil && evictions == 1
	}, func() string { return "the client that does not read is not closed" })
	awaitListeners(t, 5*time.Second, s.listeners, s.head(t))
	t.Logf("%d updates of %d KB; the others had them after %v at most", w.sent, len(long)>>10, phase.delays.most())
	if most := phase.delays.most(); most > time.Second || phase.cuts.Load() > 0 {
		t.Errorf("the others had an event after %v, and %d were cut off", most, phase.cuts.Load())
	}

	last := int64(1)
	f := asleep.next(t, 5*time.Second)
	for ; f.Type != "close"; f = asleep.next(t, 5*time.Second) {
		if f.Seq > 0 {
			last = f.Seq
		}
	}
	if f.Code != 4408 {
		t.Errorf("it was closed with %d, want 4408", f.Code)
	}
	again := connect(t, n, token, last)
	if f := again.await(t, "welcome", 5*time.Second); f.Resume != "replayed" {
		t.Errorf("it reconnected to %+v", f)
	}
	for head := s.head(t); last < head; last++ {
		if f := again.await(t, "blog-", 5*time.Second); f.Seq != last+1 {
			t.Fatalf("it was sent %d after %d", f.Seq, last)
		}
	}
	s.close(t)
}

// A client that was suspended is sent the events that it missed, or a refresh when they are more than
// the limit: on any node, and after a restart.
func TestClient_wakesUp(t *testing.T) {
	const limit, missed, few = 50, 80, 20
	s := newWorkload(t, newCluster(t, 2, fmt.Sprintf("RESUME_LIMIT=%d", limit)), 1)
	for i := range missed {
		s.writers[0].create(s.ctx, client.Fields{"title": fmt.Sprintf("post %d", i)})
	}
	token, err := s.admin.Token(t.Context(), "")
	testkit.Must(t, err)
	for _, when := range []string{"before the restart", "after the restart"} {
		head := s.head(t)
		for _, n := range s.nodes {
			s.awaitFollowing(t, n, token, head)
			long := connect(t, n, token, 1).await(t, "welcome", 5*time.Second)
			if long.Resume != "refresh" || long.Cursor != head {
				t.Errorf("%s, %s: %d events behind: %+v", n.name, when, missed-1, long)
			}
			short := connect(t, n, token, head-few)
			if f := short.await(t, "welcome", 5*time.Second); f.Resume != "replayed" || f.Cursor != head-few {
				t.Errorf("%s, %s: %d events behind: %+v", n.name, when, few, f)
			}
			for seq := head - few + 1; seq <= head; seq++ {
				if f := short.await(t, "blog-", 5*time.Second); f.Seq != seq {
					t.Errorf("%s, %s: event %d instead of %d", n.name, when, f.Seq, seq)
				}
			}
		}
		for _, n := range s.nodes {
			n.kill(t)
			n.start(t)
			n.ready(t)
		}
	}
	s.close(t)
}

// awaitFollowing waits until a node has all events up to head, also those of other nodes.
func (s *cluster) awaitFollowing(t *testing.T, n *node, token string, head int64) {
	t.Helper()
	servertest.Await(t, 5*time.Second, func() bool {
		return connect(t, n, token, fromNow).await(t, "welcome", 5*time.Second).Cursor >= head
	}, func() string { return n.name + " does not follow" })
}
