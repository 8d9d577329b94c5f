package stream

import (
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Entry is an appended event. All readers share it; none may change it.
type Entry struct {
	Seq       int64
	Post      int64
	Committed time.Time
	Summary   []byte // the event without the content of the post
	Full      []byte // with it; nil when no reader needed it as the event arrived

	id     string // of the event
	offset int64  // where Summary begins among the bytes of all summaries
}

// Size is the number of bytes that the entry counts in the ring.
func (e *Entry) Size() int { return len(e.Summary) + len(e.Full) }

// View describes the stream at one moment: the ring has the entries first to Next-1. Two views are equal if nothing happened
// between them.
type View struct {
	Next       int64  // seq of the next event
	Epoch      string // of the log; empty: nothing was read yet
	Generation int    // raised when positions lost their meaning

	first       int64
	end         int64 // bytes of all summaries so far
	replayFirst int64 // the first seq that a returning reader may take from the ring, if above first
}

// ring keeps the newest entries, bounded by their number and their bytes.
type ring struct {
	maxEvents, maxBytes int

	mu      sync.RWMutex
	entries []*Entry // in order, without gap
	bytes   int      // of entries
	view    View
}

func (r *ring) look() View {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.view
}

// add appends the entry with the seq Next, and drops the oldest ones beyond the bounds.
func (r *ring) add(e *Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.offset = r.view.end
	r.entries = append(r.entries, e)
	r.bytes += e.Size()
	r.view.Next++
	r.view.end += int64(len(e.Summary))
	for len(r.entries) > r.maxEvents || r.bytes > r.maxBytes {
		r.bytes -= r.entries[0].Size()
		r.entries[0] = nil
		r.entries = r.entries[1:]
		r.view.first++
	}
}

// replayFrom excludes the entries before seq from resuming: returning readers get those events from the log. Present readers
// still get the entries, as some may not have been sent yet.
func (r *ring) replayFrom(seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.replayFirst = seq
}

// replays reports whether a returning reader may take the entries from seq on.
func (r *ring) replays(seq int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return seq >= max(r.view.first, r.view.replayFirst)
}

// reset empties the ring and continues at next, in an epoch of the log and a new generation.
func (r *ring) reset(next int64, epoch string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries, r.bytes = nil, 0
	r.view = View{first: next, Next: next, end: r.view.end, Epoch: epoch, Generation: r.view.Generation + 1}
}

func (r *ring) has(at event.Position, id string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return at.Epoch == r.view.Epoch && at.Seq < r.view.Next && (at.Seq < r.view.first || r.entries[at.Seq-r.view.first].id == id)
}

// newest returns the position and the id of the newest entry; the id is empty when the ring is.
func (r *ring) newest() (at event.Position, id string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n := len(r.entries); n > 0 {
		id = r.entries[n-1].id
	}
	return event.Position{Epoch: r.view.Epoch, Seq: r.view.Next - 1}, id
}

func (r *ring) from(seq int64, limit int) []*Entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if seq < r.view.first || seq >= r.view.Next {
		return nil
	}
	rest := r.entries[seq-r.view.first:]
	return append([]*Entry(nil), rest[:min(limit, len(rest))]...)
}

func (r *ring) behind(seq int64) (bytes int64, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch {
	case seq >= r.view.Next:
		return 0, true
	case seq < r.view.first:
		return 0, false
	}
	return r.view.end - r.entries[seq-r.view.first].offset, true
}
