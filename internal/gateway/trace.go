package gateway

import (
	"sync"
	"sync/atomic"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
)

// maxDeliveries bounds the spans that are open at a time. Further events have none.
const maxDeliveries = 4096

// deliveries ends the spans of events. A span ends when every shard has sent the event's frame to its connections, those with a
// full socket buffer excepted. Without Config.StartSpan it does nothing.
type deliveries struct {
	start func(e event.Event, from string) (end func(sockets int)) // Config.StartSpan; nil: no spans
	open  atomic.Bool                                              // connections are served

	mu      sync.Mutex
	pending []delivery    // in the order of the stream
	shards  []stream.View // as of the last pass of each shard
}

type delivery struct {
	seq        int64
	generation int
	end        func(sockets int)
}

func newDeliveries(cfg Config, shards int) *deliveries {
	return &deliveries{start: cfg.StartSpan, shards: make([]stream.View, shards)}
}

// add begins the span of an event with a trace that is about to be appended to the stream.
func (d *deliveries) add(e event.Event, from string, generation int) {
	if !d.open.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pending) < maxDeliveries {
		d.pending = append(d.pending, delivery{e.Seq, generation, d.start(e, from)})
	}
}

// passed records that a shard has sent everything up to v, and ends the spans that all shards have passed.
func (d *deliveries) passed(shard int, v stream.View, sockets func() int) {
	if d.start == nil {
		return
	}
	for _, ended := range d.take(shard, v) {
		ended.end(sockets())
	}
}

// take removes the deliveries that all shards have passed, and returns them.
func (d *deliveries) take(shard int, v stream.View) []delivery {
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

// close ends the remaining spans after the shards have stopped. No other begins.
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
		if v.Generation == p.generation && v.Next <= p.seq || v.Generation < p.generation {
			return false
		}
	}
	return true
}
