package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// writer changes posts that other writers change too. It repeats a request without an answer, with
// the same key, until it has one.
type writer struct {
	t      *testing.T
	client *client.Client
	user   int64
	name   string
	random *rand.Rand
	posts  *sharedPosts
	ledger *ledger
	report *report
	sent   int
}

// sharedPosts are the posts of all writers, as they last saw them.
type sharedPosts struct {
	mu    sync.Mutex
	posts []known
}

// known is a post as a writer last saw it.
type known struct {
	id, version int64
	published   bool
}

const maxPosts = 20 // few, so that writers change the same posts

func (s *sharedPosts) pick(random *rand.Rand) (known, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.posts) == 0 {
		return known{}, false
	}
	return s.posts[random.IntN(len(s.posts))], true
}

// learn stores a post unless a newer version of it is stored.
func (s *sharedPosts) learn(p client.Post) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := known{p.ID, p.Version, p.Published}
	for i := range s.posts {
		if s.posts[i].id == p.ID {
			if s.posts[i].version < p.Version {
				s.posts[i] = fresh
			}
			return
		}
	}
	if len(s.posts) < maxPosts {
		s.posts = append(s.posts, fresh)
	}
}

func (s *sharedPosts) forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.posts {
		if s.posts[i].id == id {
			s.posts = append(s.posts[:i], s.posts[i+1:]...)
			return
		}
	}
}

// run writes until enough is closed, about eight times a second.
func (w *writer) run(ctx context.Context, enough <-chan struct{}) {
	const between = 250 * time.Millisecond
	for ctx.Err() == nil && !w.t.Failed() {
		select {
		case <-enough:
			return
		default:
			w.step(ctx)
			servertest.Pause(ctx, time.Duration(w.random.Int64N(int64(between))))
		}
	}
}

func (w *writer) step(ctx context.Context) {
	text := fmt.Sprintf("%s %d", w.name, w.sent)
	p, ok := w.posts.pick(w.random)
	switch n := w.random.IntN(20); {
	case !ok || n < 2:
		w.create(ctx, client.Fields{"title": text, "content": strings.Repeat("word ", w.random.IntN(400))})
	case n < 7:
		w.patch(ctx, p, client.Fields{"title": text})
	case n < 10:
		w.patch(ctx, p, client.Fields{"description": text})
	case n < 13: // from a page that was opened some versions ago
		p.version = max(1, p.version-1-w.random.Int64N(3))
		w.patch(ctx, p, client.Fields{"category": text})
	case n < 19:
		w.publish(ctx, p)
	default:
		w.remove(ctx, p)
	}
}

func (w *writer) create(ctx context.Context, fields client.Fields) {
	if p, err := w.do(ctx, known{}, func(key string) (client.Saved, error) { return w.client.Create(ctx, fields, key) }); err == nil {
		w.ledger.acknowledge(change{post: p.ID, version: p.Version, typ: client.Created})
		w.posts.learn(p)
	}
}

// patch changes one field of the known version. A conflict must name that field.
func (w *writer) patch(ctx context.Context, k known, fields client.Fields) (client.Post, error) {
	p, err := w.do(ctx, k, func(key string) (client.Saved, error) { return w.client.Patch(ctx, k.id, k.version, fields, key) })
	var refused *client.Problem
	switch {
	case err == nil:
		w.ledger.acknowledge(change{post: p.ID, version: p.Version, typ: client.Updated})
		w.posts.learn(p)
	case errors.As(err, &refused) && refused.Status == http.StatusPreconditionFailed:
		if want := slices.Collect(maps.Keys(fields)); !slices.Equal(refused.Conflicts, want) {
			w.t.Errorf("%s: a change of %v conflicts in %v", w.name, want, refused.Conflicts)
		}
	}
	return p, err
}

// publish publishes or unpublishes the known version. If another writer has done
// the same before, nothing changes, and there is no event.
func (w *writer) publish(ctx context.Context, k known) {
	p, err := w.do(ctx, k, func(key string) (client.Saved, error) {
		return w.client.Publish(ctx, k.id, k.version, !k.published, key)
	})
	if err != nil {
		return
	}
	if p.Version == k.version+1 && p.UpdatedBy.ID == w.user {
		w.ledger.acknowledge(change{post: p.ID, version: p.Version, typ: client.Published})
	}
	w.posts.learn(p)
}

func (w *writer) remove(ctx context.Context, k known) {
	if _, err := w.do(ctx, k, func(key string) (client.Saved, error) { return w.client.Delete(ctx, k.id, k.version, key) }); err == nil {
		w.ledger.acknowledge(change{post: k.id, version: k.version + 1, typ: client.Deleted})
		w.posts.forget(k.id)
	}
}

// do sends one operation on the post k until it is answered. The error is a refusal, which is allowed,
// or the end of ctx; any other fails the test.
func (w *writer) do(ctx context.Context, k known, send func(key string) (client.Saved, error)) (client.Post, error) {
	const retryEvery = 100 * time.Millisecond
	w.sent++
	key := fmt.Sprintf("%s-%d", w.name, w.sent)
	failures := 0
	saved, err := w.try(key, send)
	for servertest.Uncertain(err) {
		failures++
		w.report.now().failed(failures, err)
		if servertest.Pause(ctx, retryEvery); ctx.Err() != nil {
			return client.Post{}, ctx.Err()
		}
		saved, err = w.try(key, send)
	}
	var p *client.Problem
	switch {
	case err == nil:
		w.report.now().acknowledged(failures > 0 && saved.Replayed)
		if w.random.IntN(4) == 0 {
			w.again(key, saved, send)
		}
		return saved.Post, nil
	case errors.As(err, &p) && p.Status == http.StatusPreconditionFailed:
		w.report.now().refused()
		var current client.Post
		if err := json.Unmarshal(p.Current, &current); err != nil {
			w.t.Errorf("%s: 412 without the present post: %v", key, err)
		} else if current.Version <= k.version {
			w.t.Errorf("%s: version %d was refused, and the present version is %d", key, k.version, current.Version)
		}
		w.posts.learn(current)
	case errors.As(err, &p) && p.Status == http.StatusNotFound:
		w.report.now().refused()
		w.posts.forget(k.id)
	case ctx.Err() == nil:
		w.t.Errorf("%s: %v", key, err)
	}
	return client.Post{}, err
}

// again repeats an operation that was answered: the answer must be the same.
func (w *writer) again(key string, first client.Saved, send func(key string) (client.Saved, error)) {
	second, err := w.try(key, send)
	if err == nil && (!second.Replayed || second.Post.ID != first.Post.ID || second.Post.Version != first.Post.Version) {
		w.t.Errorf("%s was answered with post %d version %d, and the same request again with post %d version %d, replayed %v",
			key, first.Post.ID, first.Post.Version, second.Post.ID, second.Post.Version, second.Replayed)
	}
	if err != nil && !servertest.Uncertain(err) && !errors.Is(err, context.Canceled) {
		w.t.Errorf("%s was answered, and the same request again with %v", key, err)
	}
}

// try sends once. It fails the test without any answer within the bound.
func (w *writer) try(key string, send func(key string) (client.Saved, error)) (client.Saved, error) {
	const bound = 12 * time.Second
	began := time.Now()
	saved, err := send(key)
	if took := time.Since(began); took > bound {
		w.t.Errorf("%s: answered after %v: %v", key, took, err)
	}
	return saved, err
}
