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
	workers     = 2               // renderings at a time
	queueLength = 64              // requests that wait for one
	queueTime   = 5 * time.Second // the longest wait
	warmLength  = 16              // posts to be rendered ahead
	cacheBytes  = 32 << 20
	cacheSize   = 2_000
)

// Key names a text that never changes: what a post's content was at a version.
type Key struct{ Post, Version int64 }

// Renderer renders at most two texts at a time and each version of a post once: its HTML is kept
// in memory while it is among the last used. All methods may be called at the same time.
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

// rendering is one text's HTML, or the reason why there is none. Its fields are read after done is closed.
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

// Run renders what Warm was given, until ctx ends.
func (r *Renderer) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-r.warm:
			_, _ = r.Post(ctx, j.key, j.content) // a text that cannot be rendered is reported to its reader
		}
	}
}

// Warm asks for the rendering of a post that readers will soon ask for. It never blocks: with many
// waiting already, the first reader renders.
func (r *Renderer) Warm(key Key, content func() (string, error)) {
	select {
	case r.warm <- job{key, content}:
	default:
	}
}

// Post returns the HTML of a post's version as a JSON string. content is called when the HTML is not
// in memory; requests for one key at the same time share one rendering.
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

// join returns the rendering of key, finished or running. If there is none it registers one, which
// the caller must fill.
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

// fill renders. Those who share the rendering share its failure too: they may ask again.
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
	// Without the caller's cancellation: others may be waiting for this rendering.
	html, err := r.Text(context.WithoutCancel(ctx), text)
	if err != nil {
		it.err = err
		return
	}
	it.json, it.err = json.Marshal(html)
}

var errAborted = fault.New(fault.Internal, "The rendering was aborted.")

// keep puts a finished rendering into memory and drops those that were used the longest ago. r.mu is held.
func (r *Renderer) keep(it *rendering) {
	r.kept[it.key] = r.order.PushFront(it)
	r.bytes += len(it.json)
	for r.bytes > cacheBytes || r.order.Len() > cacheSize {
		last := r.order.Remove(r.order.Back()).(*rendering)
		delete(r.kept, last.key)
		r.bytes -= len(last.json)
	}
}

// Text renders a text that is not kept. It waits for its turn, and gives up with fault.Unavailable
// when too many wait or it takes too long.
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
