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
	"github.com/wiredesk/wiredesk/test/desk"
	"github.com/wiredesk/wiredesk/test/services"
)

var databaseAway = []away{
	{"stopped", func(t *testing.T, _ *site) { services.Stop(t, services.MariaDB) },
		func(t *testing.T, _ *site) { services.Start(t, services.MariaDB) }},
	{"paused", func(t *testing.T, _ *site) { services.Pause(t, services.MariaDB) },
		func(t *testing.T, _ *site) { services.Resume(t, services.MariaDB) }},
	{"refused", func(_ *testing.T, s *site) { s.eachDatabase((*proxy).refuse) }, healAllDatabase},
	{"swallowed", func(_ *testing.T, s *site) { s.eachDatabase((*proxy).swallow) }, healAllDatabase},
}

func (s *site) eachDatabase(do func(*proxy)) {
	for _, n := range s.nodes {
		do(n.database)
	}
}

func healAllDatabase(t *testing.T, s *site) { s.eachDatabase(func(p *proxy) { p.heal(t) }) }

// While the database is away everybody is told so within a bound, screens stay connected,
// and when it is back all goes on by itself. What got no answer is told by its key.
func TestDatabaseAway(t *testing.T) {
	s := newScene(t, newSite(t, 2), 4)
	s.listen(t, 6)
	var editors []*editor
	for _, n := range s.nodes {
		editors = append(editors, &editor{n, s.signInAt(t, n.URL, "writer-1@desk.test")})
	}
	s.write()
	for _, way := range databaseAway {
		t.Run(way.name, func(t *testing.T) {
			spell := s.report.turn(way.name)
			comeBack := sync.OnceFunc(func() { way.comeBack(t, s.site) })
			defer comeBack()
			way.begin(t, s.site)
			var asking sync.WaitGroup
			for _, e := range editors {
				asking.Go(func() {
					e.isToldSo(t, "reading", func(ctx context.Context) error { _, err := e.client.List(ctx, nil); return err })
				})
				asking.Go(func() {
					e.isToldSo(t, "writing", func(ctx context.Context) error { return e.save(ctx, way.name, s.book) })
				})
			}
			asking.Wait()
			desk.Await(t, 15*time.Second, func() bool { return spell.failures.Load() >= int64(len(s.writers)) }, func() string { return fmt.Sprintf("the writers do not notice; %v", spell) })
			comeBack()
			back := time.Now()
			for _, e := range editors {
				desk.Await(t, 15*time.Second, func() bool { return e.save(t.Context(), way.name, s.book) == nil },
					func() string { return e.name + " does not save again" })
			}
			t.Logf("saving %v after the database was back; %v", time.Since(back).Round(time.Millisecond), spell)
			if spell.cuts.Load() > 0 {
				t.Errorf("%d connections of listeners were lost", spell.cuts.Load())
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

// isToldSo wants 503 within a bound.
func (e *editor) isToldSo(t *testing.T, what string, do func(context.Context) error) {
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

// save sends the same request each time, so that the key tells whether it is done.
func (e *editor) save(ctx context.Context, title string, book *book) error {
	saved, err := e.client.Create(ctx, client.Fields{"title": title}, e.name+"-"+title)
	if err == nil {
		book.acknowledge(change{post: saved.Post.ID, version: saved.Post.Version, typ: client.Created})
	}
	return err
}
