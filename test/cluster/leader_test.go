package cluster_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

// A leader that is paused past its lease finds another leader when it continues, and
// publishes nothing.
func TestLeader_stallsPastItsLease(t *testing.T) {
	s := newWorkload(t, newCluster(t, 2), 2)
	s.listen(t, 4)
	old, other := s.leaderAndOther(t)
	for _, w := range s.writers { // requests to the one that stalls would only wait
		w.client = s.signInAt(t, other.URL, w.name+"@desk.test")
	}
	s.write()
	before := s.lease(t)
	old.pause(t)
	servertest.Await(t, 10*time.Second, other.leads, func() string { return "no other node leads" })
	taken := s.lease(t)
	if taken.holder == before.holder || taken.fence <= before.fence {
		t.Errorf("the lease went from %+v to %+v", before, taken)
	}
	holdFor(t, 2*time.Second) // so that the old leader lacks many events
	old.resume(t)
	servertest.Await(t, 10*time.Second, func() bool { return !old.leads() }, func() string { return "the metrics of the old leader show that it leads" })
	holdFor(t, time.Second) // in which it could publish or move the watermark
	after := s.lease(t)
	if after.holder != taken.holder || after.fence != taken.fence || after.watermark < taken.watermark {
		t.Errorf("the lease went from %+v to %+v", taken, after)
	}
	if !strings.Contains(old.Log(), "no longer the relay leader") {
		t.Error("the old leader does not log that its term is over")
	}
	log, records := s.close(t)
	t.Logf("%d events, %d records on the topic", len(log), records)
}

func (s *cluster) leaderAndOther(t *testing.T) (leader, other *node) {
	t.Helper()
	leader = s.leader(t)
	for _, n := range s.nodes {
		if n != leader {
			other = n
		}
	}
	return leader, other
}

// lease is the row of the relay's lease.
type lease struct {
	holder           string
	fence, watermark int64
}

func (s *cluster) lease(t *testing.T) (l lease) {
	t.Helper()
	u, err := url.Parse(s.database)
	testkit.Must(t, err)
	db, err := sql.Open("mysql", fmt.Sprintf("%s@tcp(%s)%s", u.User, u.Host, u.Path))
	testkit.Must(t, err)
	defer db.Close()
	testkit.Must(t, db.QueryRowContext(t.Context(), "SELECT holder, fence, watermark FROM lease").Scan(&l.holder, &l.fence, &l.watermark))
	return l
}

// After a kill of the leader events wait for its lease at most; after an orderly stop they do not wait.
func TestLeader_isFollowed(t *testing.T) {
	s := newWorkload(t, newCluster(t, 2), 1)
	topic := followTopic(t, s.topic)
	for _, end := range []struct {
		how    string
		signal syscall.Signal
		within time.Duration
	}{
		{"killed", syscall.SIGKILL, 4 * time.Second}, // 3 s, and a slow machine
		{"killed", syscall.SIGKILL, 4 * time.Second},
		{"stopped", syscall.SIGTERM, 2 * time.Second}, // the next leader reads the end of the topic first
		{"stopped", syscall.SIGTERM, 2 * time.Second}, // the next leader reads the end of the topic first
	} {
		t.Run(end.how, func(t *testing.T) {
			leader, other := s.leaderAndOther(t)
			s.writers[0].client = s.signInAt(t, other.URL, s.writers[0].name+"@desk.test")
			topic.await(t, s.head(t))
			testkit.Must(t, leader.Signal(end.signal))
			ended := time.Now()
			servertest.Await(t, 15*time.Second, func() bool { // with writes meanwhile
				s.writers[0].step(s.ctx)
				return other.leads()
			}, func() string { return "no other node leads" })
			s.writers[0].create(s.ctx, client.Fields{"title": end.how})
			topic.await(t, s.head(t))
			worst := topic.worst(s.ledger, ended)
			t.Logf("the leader was %s: an event was on Kafka %v after it was saved at worst", end.how, worst.Round(time.Millisecond))
			if worst > end.within {
				t.Errorf("events waited for %v, want at most %v", worst, end.within)
			}
			testkit.Must(t, leader.Stop())
			leader.start(t)
			leader.ready(t)
		})
	}
	s.close(t)
}

// topicTimes has the time at which each event was first on the topic.
type topicTimes struct {
	mu   sync.Mutex
	seen map[change]time.Time
	head int64
}

func followTopic(t *testing.T, topic string) *topicTimes {
	t.Helper()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(services.Cluster().Plain...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	testkit.Must(t, err)
	times := &topicTimes{seen: map[change]time.Time{}}
	ctx, cancel := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(func() {
		for ctx.Err() == nil {
			consumer.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				if _, e, err := event.DecodeCloud(r.Value); err == nil {
					times.note(e)
				}
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		reading.Wait()
		consumer.Close()
	})
	return times
}

func (t *topicTimes) note(e event.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.head = max(t.head, e.Seq)
	c := change{post: e.PostID, version: e.Version, typ: client.EventType(e.Type)}
	if t.seen[c].IsZero() {
		t.seen[c] = time.Now()
	}
}

// await waits until the topic has events up to head.
func (t *topicTimes) await(test *testing.T, head int64) {
	test.Helper()
	at := func() int64 {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.head
	}
	servertest.Await(test, 15*time.Second, func() bool { return at() >= head }, func() string { return fmt.Sprintf("the topic has %d of %d events", at(), head) })
}

// worst returns how long after its acknowledgement an event of that time was on the topic, at most.
func (t *topicTimes) worst(b *ledger, since time.Time) (worst time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b.mu.RLock()
	defer b.mu.RUnlock()
	for c, e := range b.changes {
		if e.acked.After(since) {
			worst = max(worst, t.seen[c].Sub(e.acked))
		}
	}
	return worst
}
