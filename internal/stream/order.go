package stream

import (
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// The pending events of a gap. Further ones are dropped and read from the log later.
const (
	maxPending      = 4096
	maxPendingBytes = 32 << 20
)

// source is the path on which an event arrived.
type source int

const (
	fromKafka source = iota
	fromLog
	fromCommit
	sources
)

// String returns the label of s in metrics and spans.
func (s source) String() string { return [sources]string{"kafka", "log", "commit"}[s] }

// counts are numbers of events by source.
type counts [sources]int

// arrival is an event with its source.
type arrival struct {
	event.Event
	from source
}

// order appends events to the ring: each once, in the order of their numbers.
type order struct {
	ring   *ring
	cfg    Config
	gapped chan struct{} // notified when a gap begins
	broken chan string   // gets the epoch in which two events have the same number

	mu           sync.Mutex
	next         int64             // seq of the event that is appended next
	pending      map[int64]arrival // later events, by seq
	pendingBytes int
	gapSince     time.Time // since when next is missing while a later event is pending; zero: there is no gap
}

func newOrder(r *ring, cfg Config) *order {
	return &order{ring: r, cfg: cfg, gapped: make(chan struct{}, 1), broken: make(chan string, 1), pending: map[int64]arrival{}}
}

// offer takes events of one source, in any order, and returns how many were appended.
func (o *order) offer(events []event.Event, from source) (appended counts) {
	o.mu.Lock()
	defer o.mu.Unlock()
	epoch := o.ring.look().Epoch
	for _, e := range events {
		switch {
		case e.Epoch != epoch:
		case e.Seq < o.next:
			if !o.ring.has(event.Position{Epoch: epoch, Seq: e.Seq}, e.ID) {
				o.reportBroken(epoch)
			}
		case e.Seq == o.next:
			o.append(arrival{e, from}, &appended)
		default:
			o.hold(arrival{e, from}, epoch)
		}
	}
	switch {
	case len(o.pending) == 0:
		o.gapSince = time.Time{}
	case appended != counts{} || o.gapSince.IsZero():
		o.gapSince = time.Now()
		notify(o.gapped)
	}
	return appended
}

// hold makes an event pending, within the bounds.
func (o *order) hold(a arrival, epoch string) {
	have, ok := o.pending[a.Seq]
	switch {
	case ok && have.ID != a.ID:
		o.reportBroken(epoch)
	case !ok && len(o.pending) < maxPending && o.pendingBytes+len(a.Data) <= maxPendingBytes:
		o.pending[a.Seq] = a
		o.pendingBytes += len(a.Data)
	}
}

// reportBroken has Run begin a new epoch: two events of this one have the same number, so the log lost the first.
func (o *order) reportBroken(epoch string) {
	select {
	case o.broken <- epoch:
	default: // Run has not read the last report yet
	}
}

// append appends a, and the pending events that follow it without a gap.
func (o *order) append(a arrival, appended *counts) {
	for ok := true; ok; a, ok = o.pending[o.next] {
		e := a.Event
		if o.cfg.OnAppend != nil && e.Trace != "" {
			o.cfg.OnAppend(e, a.from.String(), o.ring.look().Generation)
		}
		appended[a.from]++
		if _, waited := o.pending[e.Seq]; waited {
			delete(o.pending, e.Seq)
			o.pendingBytes -= len(e.Data)
		}
		entry := &Entry{Seq: e.Seq, Post: e.PostID, Committed: e.Time, Summary: o.cfg.EncodeSummary(e), Full: o.cfg.EncodeFull(e), id: e.ID}
		if e.Redacted { // earlier entries may have the text that was removed from the log
			o.ring.replayFrom(e.Seq)
		}
		o.ring.add(entry)
		o.next++
	}
}

// nextSeq returns the seq that is appended next, and since when it is missing while later events are pending.
func (o *order) nextSeq() (next int64, gapSince time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next, o.gapSince
}

// reset drops the pending events and continues after at, in a new generation.
func (o *order) reset(at event.Position) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.restart(at.Seq+1, at.Epoch)
}

// moveTo resets the order to a position of another epoch. It returns the epoch before, and whether it was another one.
func (o *order) moveTo(at event.Position) (before string, changed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before = o.ring.look().Epoch; before != at.Epoch {
		o.restart(at.Seq+1, at.Epoch)
	}
	return before, before != at.Epoch
}

// skipTo resets the order to seq in the same epoch if that is ahead, and reports whether it was.
func (o *order) skipTo(seq int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if seq <= o.next {
		return false
	}
	o.restart(seq, o.ring.look().Epoch)
	return true
}

func (o *order) restart(next int64, epoch string) {
	o.next = next
	o.clearPending()
	o.ring.reset(next, epoch)
}

// dropPending drops the pending events: the log does not have the one before them.
func (o *order) dropPending() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearPending()
}

func (o *order) clearPending() {
	clear(o.pending)
	o.pendingBytes, o.gapSince = 0, time.Time{}
}
