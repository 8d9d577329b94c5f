package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

var databaseAway = []away{
	{"stopped", func(t *testing.T, _ *cluster) { services.Stop(t, services.MariaDB) },
		func(t *testing.T, _ *cluster) { services.Start(t, services.MariaDB) }},
	{"paused", func(t *testing.T, _ *cluster) { services.Pause(t, services.MariaDB) },
		func(t *testing.T, _ *cluster) { services.Resume(t, services.MariaDB) }},
	{"refused", func(_ *testing.T, s *cluster) { s.eachDatabase((*proxy).refuse) }, healAllDatabase},
	{"swallowed", func(_ *testing.T, s *cluster) { s.eachDatabase((*proxy).swallow) }, healAllDatabase},
}

func (s *cluster) eachDatabase(do func(*proxy)) {
	for _, n := range s.nodes {
		do(n.database)
	}
}

func healAllDatabase(t *testing.T, s *cluster) { s.eachDatabase(func(p *proxy) { p.heal(t) }) }

// While the database is away requests are answered with 503 within a bound, and sockets stay connected;
// when it is back, writes succeed again without a restart. A repeated key finds the writes without an answer.
func TestDatabaseAway(t *testing.T) {
	s := newWorkload(t, newCluster(t, 2), 4)
	s.listen(t, 6)
	var editors []*editor
	for _, n := range s.nodes {
		editors = append(editors, &editor{n, s.signInAt(t, n.URL, "writer-1@desk.test")})
	}
	s.write()
	for _, way := range databaseAway {
		t.Run(way.name, func(t *testing.T) {
			phase := s.report.begin(way.name)
			restore := sync.OnceFunc(func() { way.restore(t, s.cluster) })
			defer restore()
			way.begin(t, s.cluster)
			var asking sync.WaitGroup
			for _, e := range editors {
				asking.Go(func() {
					e.wantUnavailable(t, "reading", func(ctx context.Context) error { _, err := e.client.List(ctx, nil); return err })
				})
				asking.Go(func() {
					e.wantUnavailable(t, "writing", func(ctx context.Context) error { return e.save(ctx, way.name, s.ledger) })
				})
			}
			asking.Wait()
			servertest.Await(t, 15*time.Second, func() bool { return phase.failures.Load() >= int64(len(s.writers)) }, func() string { return fmt.Sprintf("the writers do not notice; %v", phase) })
			restore()
			back := time.Now()
			for _, e := range editors {
				servertest.Await(t, 15*time.Second, func() bool { return e.save(t.Context(), way.name, s.ledger) == nil },
					func() string { return e.name + " does not save again" })
			}
			t.Logf("saving %v after the database was back; %v", time.Since(back).Round(time.Millisecond), phase)
			if phase.cuts.Load() > 0 {
				t.Errorf("%d connections of listeners were lost", phase.cuts.Load())
			}
			awaitListeners(t, 10*time.Second, s.listeners, s.head(t))
		})
	}
	s.close(t)
}

// editor works at one node.
type editor struct {
	*node
	client *client.Client
}

// wantUnavailable fails unless a request is answered with 503 within a bound.
func (e *editor) wantUnavailable(t *testing.T, what string, do func(context.Context) error) {
	t.Helper()
	const bound = 12 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	err := do(ctx)
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable || p.RetryAfter == 0 {
		t.Errorf("%s at %s without a database: %v; want 503 with Retry-After within %v", what, e.name, err, bound)
	}
}

// save sends the same request each time, so that its key makes it at most one write.
func (e *editor) save(ctx context.Context, title string, ledger *ledger) error {
	saved, err := e.client.Create(ctx, client.Fields{"title": title}, e.name+"-"+title)
	if err == nil {
		ledger.acknowledge(change{post: saved.Post.ID, version: saved.Post.Version, typ: client.Created})
	}
	return err
}
