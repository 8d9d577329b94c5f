package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// Many writers change the titles of three posts on three nodes, 500 times a second in all. A title that
// is stored follows directly the version that its writer knew; any other write is a conflict, which
// names the title and the present version, stores nothing, and is counted by the nodes as 412. Nothing fails.
func TestHotPosts(t *testing.T) {
	const hotPosts, accounts, writers, perSecond, lasting = 3, 8, 40, 500, 6 * time.Second
	s := newWorkload(t, newCluster(t, 3), accounts)
	s.listen(t, 12)
	for i := range hotPosts {
		s.writers[0].create(s.ctx, client.Fields{"title": fmt.Sprintf("hot post %d", i)})
	}
	conflictsBefore := s.answers(t, "412")
	phase := s.report.begin("hot posts")
	sent := s.collide(writers, perSecond, lasting)
	acks, refusals := phase.acks.Load(), phase.refusals.Load()
	t.Logf("%d writes in %v, want %d a second: %d stored, %d conflicts; on the screens after %v at p50 and %v at p99", sent, lasting, perSecond,
		acks, refusals, phase.delays.quantile(0.5), phase.delays.quantile(0.99))
	if acks+refusals != sent || acks == 0 || refusals == 0 || phase.failures.Load() > 0 {
		t.Errorf("of %d writes %d were stored and %d were conflicts; %v", sent, acks, refusals, phase)
	}
	if counted := s.answers(t, "412") - conflictsBefore; counted != float64(refusals) {
		t.Errorf("the nodes count %v conflicts, and the writers %d", counted, refusals)
	}
	s.close(t)
}

// answers returns how often the nodes have answered a PATCH of a post with a status.
func (s *cluster) answers(t *testing.T, status string) (sum float64) {
	t.Helper()
	for _, n := range s.nodes {
		got, err := n.metric(`wiredesk_http_requests_total{method="PATCH",route="/api/posts/{id}",status="` + status + `"`)
		testkit.Must(t, err)
		sum += got
	}
	return sum
}

// collide has n writers change the titles of the shared posts, perSecond times a second together if
// the cluster can, and returns the number of changes.
func (s *workload) collide(n, perSecond int, lasting time.Duration) (sent int64) {
	turns := make(chan struct{})
	var all []*writer
	var writing sync.WaitGroup
	for i := range n {
		w := *s.writers[i%len(s.writers)]
		w.name, w.random, w.sent = fmt.Sprintf("%s-%d", w.name, i), rand.New(rand.NewPCG(*seed, uint64(1000+i))), 0
		all = append(all, &w)
		writing.Go(func() {
			for range turns {
				w.collide(s.ctx)
			}
		})
	}
	giveTurns(s.ctx, turns, perSecond, lasting)
	writing.Wait()
	for _, w := range all {
		sent += int64(w.sent)
	}
	return sent
}

// giveTurns sends perSecond turns a second, and closes turns at the end.
func giveTurns(ctx context.Context, turns chan<- struct{}, perSecond int, lasting time.Duration) {
	defer close(turns)
	began := time.Now()
	for n := range int(lasting.Seconds() * float64(perSecond)) {
		servertest.Pause(ctx, time.Until(began.Add(time.Duration(n)*time.Second/time.Duration(perSecond))))
		if ctx.Err() != nil || time.Since(began) > lasting {
			return
		}
		turns <- struct{}{}
	}
}

// collide changes a title. No other field is changed meanwhile, so that the version that is stored
// follows the one that w knew; otherwise the title of another writer was overwritten silently.
func (w *writer) collide(ctx context.Context) {
	k, _ := w.posts.pick(w.random)
	title := fmt.Sprintf("%s %d", w.name, w.sent)
	if p, err := w.patch(ctx, k, client.Fields{"title": title}); err == nil && (p.Version != k.version+1 || p.Title != title) {
		w.t.Errorf("%q, a change of version %d, was stored as version %d with the title %q", title, k.version, p.Version, p.Title)
	}
}
