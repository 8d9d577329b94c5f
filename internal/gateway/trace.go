package gateway

import (
	"sync"
	"sync/atomic"

	"github.com/wiredesk/wiredesk/internal/event"
)

// maxDeliveries bounds the spans that are open at a time. Events beyond it have none.
const maxDeliveries = 4096

// deliveries ends the spans of events: each when every shard has handed the event's frame to its
// connections, the busy ones excepted. Without a start it does nothing.
type deliveries struct {
	start func(e event.Event, from string) (end func(sockets int)) // Config.StartSpan; nil: no spans
	open  atomic.Bool                                              // connections are served

	mu      sync.Mutex
	pending []delivery // in the order of the stream
	shards  []view     // what each shard has passed
}

type delivery struct {
	seq        int64
	generation int
	end        func(sockets int)
}

func newDeliveries(cfg Config, shards int) *deliveries {
	return &deliveries{start: cfg.StartSpan, shards: make([]view, shards)}
}

// add begins the span of an event that is about to enter the ring.
func (d *deliveries) add(a arrival, r *ring) {
	if d.start == nil || a.Trace == "" || !d.open.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pending) < maxDeliveries {
		d.pending = append(d.pending, delivery{a.Seq, r.look().generation, d.start(a.Event, a.from.String())})
	}
}

// passed notes that a shard has handed out all that v holds.
func (d *deliveries) passed(shard int, v view, sockets func() int) {
	if d.start == nil {
		return
	}
	for _, ended := range d.take(shard, v) {
		ended.end(sockets())
	}
}

// take removes the deliveries that all shards have passed.
func (d *deliveries) take(shard int, v view) []delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shards[shard] = v
	n := 0
	for n < len(d.pending) && d.isPassed(d.pending[n]) {
		n++
	}
	ended := d.pending[:n:n]
	d.pending = d.pending[n:]
	return ended
}

// close ends the spans that are left when the shards have stopped. No other begins.
func (d *deliveries) close() {
	d.open.Store(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.pending {
		p.end(0)
	}
	d.pending = nil
}

func (d *deliveries) isPassed(p delivery) bool {
	for _, v := range d.shards {
		if v.generation == p.generation && v.next <= p.seq || v.generation < p.generation {
			return false
		}
	}
	return true
}

// String returns the label of s in metrics and spans.
func (s source) String() string { return [...]string{"kafka", "log", "commit"}[s] }
