package render

import (
	"container/list"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// The bounds of a Renderer.
const (
	workers     = 2               // concurrent renderings
	queueLength = 64              // waiting requests
	queueTime   = 5 * time.Second // maximum wait
	warmLength  = 16              // posts to be rendered in advance
	cacheBytes  = 32 << 20
	cacheSize   = 2_000
)

// Key identifies a text that never changes: the content of a version of a post.
type Key struct{ Post, Version int64 }

// Renderer renders at most two texts at a time, and caches the HTML of the most recently used versions of
// posts. Its methods may be called from any goroutine.
type Renderer struct {
	slots chan struct{} // one token for each running rendering
	queue chan struct{} // one token for each request that waits or renders
	warm  chan job

	mu      sync.Mutex
	running map[Key]*rendering
	kept    map[Key]*list.Element
	order   list.List // of *rendering, last used first
	bytes   int
}

// rendering is the HTML of a text, or the error. Its result is valid after done is closed.
type rendering struct {
	key  Key
	done chan struct{}
	json []byte // the HTML as a JSON string
	err  error
}

type job struct {
	key     Key
	content func() (string, error)
}

// NewRenderer returns a Renderer. Warm has no effect until Run is called.
func NewRenderer() *Renderer {
	return &Renderer{slots: make(chan struct{}, workers), queue: make(chan struct{}, queueLength), warm: make(chan job, warmLength),
		running: make(map[Key]*rendering), kept: make(map[Key]*list.Element)}
}

// Run renders the posts of Warm until ctx ends.
func (r *Renderer) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-r.warm:
			_, _ = r.Post(ctx, j.key, j.content) // its first reader gets the error
		}
	}
}

// Warm requests the rendering of a post in advance of its first reader. It never blocks: if too many posts
// wait, it does nothing.
func (r *Renderer) Warm(key Key, content func() (string, error)) {
	select {
	case r.warm <- job{key, content}:
	default:
	}
}

// Post returns the HTML of a version of a post as a JSON string. It calls content if the HTML is not
// cached. Concurrent requests for one key share a rendering.
func (r *Renderer) Post(ctx context.Context, key Key, content func() (string, error)) (json.RawMessage, error) {
	found, isNew := r.join(key)
	if isNew {
		r.fill(ctx, found, content)
	}
	select {
	case <-found.done:
		return found.json, found.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// join returns the rendering of key, complete or running. If there is none it adds one, which the caller
// must fill.
func (r *Renderer) join(key Key) (found *rendering, isNew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.kept[key]; e != nil {
		r.order.MoveToFront(e)
		return e.Value.(*rendering), false
	}
	if found := r.running[key]; found != nil {
		return found, false
	}
	found = &rendering{key: key, done: make(chan struct{})}
	r.running[key] = found
	return found, true
}

// fill renders. A failure is shared with all waiting requests, and is not cached.
func (r *Renderer) fill(ctx context.Context, it *rendering, content func() (string, error)) {
	it.err = errAborted // stays when content panics
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, it.key)
		if fault.KindOf(it.err) == fault.Invalid || it.err == nil {
			r.keep(it)
		}
		close(it.done)
	}()
	text, err := content()
	if err != nil {
		it.err = err
		return
	}
	// Without the caller's cancellation: other requests may wait for this rendering.
	html, err := r.Text(context.WithoutCancel(ctx), text)
	if err != nil {
		it.err = err
		return
	}
	it.json, it.err = json.Marshal(html)
}

var errAborted = fault.New(fault.Internal, "The rendering was aborted.")

// keep caches a complete rendering and removes the least recently used ones. The caller holds r.mu.
func (r *Renderer) keep(it *rendering) {
	r.kept[it.key] = r.order.PushFront(it)
	r.bytes += len(it.json)
	for r.bytes > cacheBytes || r.order.Len() > cacheSize {
		last := r.order.Remove(r.order.Back()).(*rendering)
		delete(r.kept, last.key)
		r.bytes -= len(last.json)
	}
}

// Text renders a text without the cache. It returns fault.Unavailable if too many requests wait, or the wait
// is too long.
func (r *Renderer) Text(ctx context.Context, content string) (string, error) {
	select {
	case r.queue <- struct{}{}:
		defer func() { <-r.queue }()
	default:
		return "", errBusy
	}
	timeout := time.NewTimer(queueTime)
	defer timeout.Stop()
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
		return HTML(content)
	case <-timeout.C:
		return "", errBusy
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

var errBusy = &fault.Error{Kind: fault.Unavailable, Text: "Too many texts are being rendered. Try again in a few seconds.", RetryAfter: 2 * time.Second}
