package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// writer changes posts of its own, so that it can check each answer. It repeats a request
// without an answer, with the same key, until it has one.
type writer struct {
	t      *testing.T
	client *client.Client
	name   string
	random *rand.Rand

	posts []*known
	acks  []ack

	sent       int // operations
	unanswered int // attempts
	replayed   int // operations whose first attempt was stored without an answer
}

// known is the expected state of a post.
type known struct {
	id, version int64
	live        int64 // the version that readers see; 0: none
	title       string
	deleted     bool
}

// ack is a write that the server has acknowledged.
type ack struct {
	post, version int64
	typ           client.EventType
}

func newWriter(t *testing.T, c *client.Client, seed uint64, i int) *writer {
	return &writer{t: t, client: c, name: fmt.Sprintf("writer-%d", i), random: rand.New(rand.NewPCG(seed, uint64(i+1)))}
}

func (w *writer) run(ctx context.Context, enough <-chan struct{}) {
	for ctx.Err() == nil && !w.t.Failed() {
		select {
		case <-enough:
			return
		default:
			w.step(ctx)
		}
	}
}

func (w *writer) step(ctx context.Context) {
	w.sent++
	title := fmt.Sprintf("%s %d", w.name, w.sent)
	p := w.pick()
	switch n := w.random.IntN(10); {
	case p == nil || n < 2:
		p = &known{title: title}
		fields := client.Fields{"title": title, "content": strings.Repeat("word ", w.random.IntN(400))}
		w.do(ctx, p, client.Created, func(key string) (client.Saved, error) { return w.client.Create(ctx, fields, key) })
		w.posts = append(w.posts, p)
	case n < 4:
		p.title = title
		if p.live > 0 {
			p.live = p.version + 1
		}
		w.do(ctx, p, client.Updated, func(key string) (client.Saved, error) {
			return w.client.Patch(ctx, p.id, p.version, client.Fields{"title": title}, key)
		})
	case n < 6:
		p.title = title
		w.do(ctx, p, client.Updated, func(key string) (client.Saved, error) {
			return w.client.PatchKeepLive(ctx, p.id, p.version, client.Fields{"title": title}, key)
		})
	case n < 9:
		publish := p.live == 0 || p.live < p.version && w.random.IntN(2) == 0 // also versions that readers do not see yet
		if p.live = 0; publish {
			p.live = p.version + 1
		}
		w.do(ctx, p, client.Published, func(key string) (client.Saved, error) {
			return w.client.Publish(ctx, p.id, 0, publish, key)
		})
	default:
		p.deleted = true
		w.do(ctx, p, client.Deleted, func(key string) (client.Saved, error) { return w.client.Delete(ctx, p.id, 0, key) })
	}
}

func (w *writer) pick() *known {
	if len(w.posts) == 0 {
		return nil
	}
	if p := w.posts[w.random.IntN(len(w.posts))]; !p.deleted {
		return p
	}
	return nil
}

// do sends one operation until it is answered, and checks the answer.
func (w *writer) do(ctx context.Context, p *known, typ client.EventType, send func(key string) (client.Saved, error)) {
	key := fmt.Sprintf("%s-%d", w.name, w.sent)
	saved, err := send(key)
	for servertest.Uncertain(err) {
		w.unanswered++
		if servertest.Pause(ctx, retryEvery); ctx.Err() != nil {
			return
		}
		saved, err = send(key)
	}
	if err != nil {
		w.t.Errorf("%s of post %d at version %d: %v", typ, p.id, p.version, err)
		return
	}
	if saved.Replayed {
		w.replayed++
	}
	p.version++
	if typ == client.Created {
		p.id = saved.Post.ID
	}
	got := saved.Post
	if typ != client.Deleted && (got.ID != p.id || got.Version != p.version || got.Title != p.title || live(got) != p.live) {
		w.t.Errorf("%s was answered with post %d version %d %q live %d, want %+v", typ, got.ID, got.Version, got.Title, live(got), *p)
	}
	w.acks = append(w.acks, ack{post: p.id, version: p.version, typ: typ})
}

// live returns the version that readers see, 0 when they see none.
func live(p client.Post) int64 {
	if p.LiveVersion == nil || !p.Published {
		return 0
	}
	return *p.LiveVersion
}
