package gateway

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/event"
)

// The most that waits for an event before it; what is beyond comes from the log.
const (
	maxEarly      = 4096
	maxEarlyBytes = 32 << 20
)

// source is what brought an event to the stream first.
type source int

const (
	fromKafka source = iota
	fromLog
	fromCommit
)

// arrival is an event with its source.
type arrival struct {
	event.Event
	from source
}

// growth is the number of events that were appended to the stream, by their source.
type growth [3]int

// stream puts events in seq order and into the ring, each once.
type stream struct {
	ring    *ring
	follows *follows
	spans   *deliveries
	logger  *slog.Logger
	opened  chan struct{} // signalled when a hole opens
	broken  chan string   // gets the epoch in which an event came with the number of another

	mu         sync.Mutex
	next       int64             // the seq that is owed
	early      map[int64]arrival // those that came before their turn
	earlyBytes int
	hole       time.Time // since when next is missing though a later event is here; zero: it is not
}

func newStream(f *follows, spans *deliveries, cfg Config) *stream {
	return &stream{
		ring:    &ring{maxEvents: cfg.RingEvents, maxBytes: cfg.RingBytes},
		follows: f,
		spans:   spans,
		logger:  cfg.Logger,
		opened:  make(chan struct{}, 1),
		broken:  make(chan string, 1),
		early:   map[int64]arrival{},
	}
}

// offer takes events of one source in any order and returns by how many the stream grew.
func (s *stream) offer(events []event.Event, from source) (grown growth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	epoch := s.ring.look().epoch
	for _, e := range events {
		switch {
		case e.Epoch != epoch:
		case e.Seq < s.next:
			if !s.ring.has(event.Position{Epoch: epoch, Seq: e.Seq}, e.ID) {
				s.breakOff(epoch)
			}
		case e.Seq == s.next:
			s.append(arrival{e, from}, &grown)
		case e.Seq > s.next && len(s.early) < maxEarly && s.earlyBytes+len(e.Data) <= maxEarlyBytes:
			switch a, have := s.early[e.Seq]; {
			case !have:
				s.early[e.Seq] = arrival{e, from}
				s.earlyBytes += len(e.Data)
			case a.ID != e.ID:
				s.breakOff(epoch)
			}
		}
	}
	switch {
	case len(s.early) == 0:
		s.hole = time.Time{}
	case grown != growth{} || s.hole.IsZero():
		s.hole = time.Now()
		signal(s.opened)
	}
	return grown
}

// breakOff notes that two events of the epoch have the same number: the log lost the first.
func (s *stream) breakOff(epoch string) {
	select {
	case s.broken <- epoch:
	default: // it is about to be looked at anyway
	}
}

// append adds e and the early ones that it was the last to hold up.
func (s *stream) append(a arrival, grown *growth) {
	for ok := true; ok; a, ok = s.early[s.next] {
		e := a.Event
		s.spans.add(a, s.ring)
		grown[a.from]++
		if _, waited := s.early[e.Seq]; waited {
			delete(s.early, e.Seq)
			s.earlyBytes -= len(e.Data)
		}
		en := &entry{seq: e.Seq, id: e.ID, post: e.PostID, at: e.Time, brief: s.compile(e, event.EncodeSummaryFrame)}
		if e.Type != event.Deleted && s.follows.any(e.PostID) {
			en.full = s.compile(e, event.EncodeFrame)
		}
		if e.Redacted { // the entries before may hold the text that was removed from the log
			s.ring.replayFrom(e.Seq)
		}
		s.ring.add(en)
		s.next++
	}
}

// compile returns e as a text frame. An event whose data cannot be read still takes
// its place in the stream, with the post's id and version alone.
func (s *stream) compile(e event.Event, encode func(event.Event) ([]byte, error)) []byte {
	payload, err := encode(e)
	if err != nil {
		s.logger.Error("event sent without its data", "seq", e.Seq, "error", err)
		e.Data = fmt.Appendf(nil, `{"id":%d,"version":%d}`, e.PostID, e.Version)
		payload, _ = event.EncodeFrame(e)
	}
	return ws.MustCompileFrame(ws.NewTextFrame(payload))
}

// owed returns the seq that comes next, and since when later ones wait for it.
func (s *stream) owed() (next int64, hole time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next, s.hole
}

// reset drops the waiting events and continues after at; all positions held elsewhere become void.
func (s *stream) reset(at event.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restart(at.Seq+1, at.Epoch)
}

// follow resets the stream to a position of another epoch. It returns the epoch before, and
// whether it was another one.
func (s *stream) follow(at event.Position) (before string, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before = s.ring.look().epoch; before != at.Epoch {
		s.restart(at.Seq+1, at.Epoch)
	}
	return before, before != at.Epoch
}

// skip resets to seq when that is still ahead, and reports whether it was.
func (s *stream) skip(seq int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq <= s.next {
		return false
	}
	s.restart(seq, s.ring.look().epoch)
	return true
}

func (s *stream) restart(next int64, epoch string) {
	s.next = next
	s.dropEarly()
	s.ring.reset(next, epoch)
}

// forget drops the early events: the log, which is the truth, knows nothing before them.
func (s *stream) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropEarly()
}

func (s *stream) dropEarly() {
	clear(s.early)
	s.earlyBytes, s.hole = 0, time.Time{}
}
