package gateway

import (
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// entry is one event as WebSocket frames. Once in the ring it is shared by all
// connections and never changed.
type entry struct {
	seq    int64
	id     string
	post   int64
	at     time.Time // when it was committed
	brief  []byte    // without the post's content
	full   []byte    // with it; nil when nobody followed the post as the event came
	offset int64     // where brief starts in the stream of all brief frames
}

func (e *entry) size() int { return len(e.brief) + len(e.full) }

// ring keeps the newest entries, bounded by their number and their bytes.
type ring struct {
	maxEvents, maxBytes int

	mu      sync.RWMutex
	entries []*entry // in order, without gap
	bytes   int      // of entries
	view    view
}

// view is what a ring holds at one moment: the positions first (included) to next
// (excluded), and the stream's length up to next in bytes.
type view struct {
	first, next int64
	end         int64
	replayFirst int64  // the first position that a resume may take from the ring, if above first
	epoch       string // of the log
	generation  int    // raised when the log broke off and positions lost their meaning
}

func (r *ring) look() view {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.view
}

// add appends the entry for position next and drops the oldest that are over the bounds.
func (r *ring) add(e *entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.offset = r.view.end
	r.entries = append(r.entries, e)
	r.bytes += e.size()
	r.view.next++
	r.view.end += int64(len(e.brief))
	for len(r.entries) > r.maxEvents || r.bytes > r.maxBytes {
		r.bytes -= r.entries[0].size()
		r.entries[0] = nil
		r.entries = r.entries[1:]
		r.view.first++
	}
}

// replayFrom makes the entries before position seq unusable for a resume, which reads those positions from the log.
// Connections that are up still get them: some may not have been sent yet.
func (r *ring) replayFrom(seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.replayFirst = seq
}

// replays reports whether a resume may take the entries from position seq on.
func (r *ring) replays(seq int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return seq >= max(r.view.first, r.view.replayFirst)
}

// reset empties the ring and lets the stream go on at next, in an epoch of the log.
func (r *ring) reset(next int64, epoch string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries, r.bytes = nil, 0
	r.view = view{first: next, next: next, end: r.view.end, epoch: epoch, generation: r.view.generation + 1}
}

// has reports whether the event at that place was added with that id. The ids of entries that were
// dropped are not known any more.
func (r *ring) has(at event.Position, id string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return at.Epoch == r.view.epoch && at.Seq < r.view.next && (at.Seq < r.view.first || r.entries[at.Seq-r.view.first].id == id)
}

// newest returns the place and the id of the newest entry; the id is empty when there is none.
func (r *ring) newest() (at event.Position, id string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n := len(r.entries); n > 0 {
		id = r.entries[n-1].id
	}
	return event.Position{Epoch: r.view.epoch, Seq: r.view.next - 1}, id
}

// from returns up to limit entries from position seq on; none when seq is not in the ring.
func (r *ring) from(seq int64, limit int) []*entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if seq < r.view.first || seq >= r.view.next {
		return nil
	}
	rest := r.entries[seq-r.view.first:]
	return append([]*entry(nil), rest[:min(limit, len(rest))]...)
}

// behind returns how many bytes of stream there are from position seq on, and
// whether the ring still has them all.
func (r *ring) behind(seq int64) (bytes int64, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch {
	case seq >= r.view.next:
		return 0, true
	case seq < r.view.first:
		return 0, false
	}
	return r.view.end - r.entries[seq-r.view.first].offset, true
}
