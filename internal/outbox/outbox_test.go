package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

var stamps atomic.Int64

// store is a log and a lease in memory, which several relays share.
type store struct {
	mu       sync.Mutex
	events   []event.Event
	term     outbox.Term
	expires  time.Time
	advances []time.Time
	broken   error // what every call answers while it is set
	asked    int   // calls of Position
	dropped  int64 // the retention removed the events up to here
	lost     []int64
	hidden   []int64
	requests int64 // to fill the topic again
	refilled int64
	refused  bool
	epochs   int // the number of the present one
	begun    int // epochs, but for the first
}

// commit adds n events and returns the last one's number.
func (s *store) commit(n int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		seq := int64(len(s.events)) + 1
		s.events = append(s.events, event.Event{Epoch: s.epoch(), Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: seq%3 + 1, Version: seq,
			Time: time.Now(), Data: json.RawMessage(fmt.Sprintf(`{"version":%d}`, seq))})
	}
	return int64(len(s.events))
}

func (s *store) enter() (unlock func(), err error) {
	s.mu.Lock()
	return s.mu.Unlock, s.broken
}

func (s *store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

// Stamp is another one at each call.
func (s *store) Stamp() [4]int64 { return [4]int64{stamps.Add(1)} }

func (s *store) epoch() string { return fmt.Sprint("epoch-", s.epochs) }

func (s *store) Position(context.Context) (event.Position, error) {
	unlock, err := s.enter()
	defer unlock()
	s.asked++
	return event.Position{Epoch: s.epoch(), Seq: int64(len(s.events))}, err
}

func (s *store) NewEpoch(_ context.Context, old string) (string, error) {
	unlock, err := s.enter()
	defer unlock()
	if err == nil && old == s.epoch() {
		s.begun++
		s.epochs = s.begun
		s.term.Watermark, s.term.Holder = 0, ""
		s.term.Fence++
		for i := range s.events {
			s.events[i].Epoch = s.epoch()
		}
	}
	return s.epoch(), err
}

func (s *store) After(_ context.Context, seq int64, limit int) ([]event.Event, error) {
	unlock, err := s.enter()
	defer unlock()
	if err != nil || seq >= int64(len(s.events)) {
		return nil, err
	}
	rest := slices.DeleteFunc(slices.Clone(s.events[seq:]), func(e event.Event) bool {
		return e.Seq <= s.dropped || slices.Contains(s.lost, e.Seq) || slices.Contains(s.hidden, e.Seq)
	})
	return rest[:min(limit, len(rest))], nil
}

// hide has After step over events, as a query may over what was just committed, until it is
// called again.
func (s *store) hide(seqs ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = seqs
}

// Gone reports whether the event was dropped or lost.
func (s *store) Gone(_ context.Context, seq int64) (bool, error) {
	unlock, err := s.enter()
	defer unlock()
	return seq <= s.dropped || slices.Contains(s.lost, seq), err
}

func (s *store) Acquire(_ context.Context, holder string, ttl time.Duration) (outbox.Term, error) {
	unlock, err := s.enter()
	defer unlock()
	if err != nil {
		return outbox.Term{}, err
	}
	if s.term.Holder != "" && s.term.Holder != holder && time.Now().Before(s.expires) {
		return s.term, outbox.ErrHeld
	}
	s.term.Holder, s.expires = holder, time.Now().Add(ttl)
	s.term.Fence++
	return s.term, nil
}

// change runs f if term is the present one.
func (s *store) change(term outbox.Term, f func()) error {
	unlock, err := s.enter()
	defer unlock()
	if err == nil && term.Fence != s.term.Fence {
		err = outbox.ErrFenced
	}
	if err == nil {
		f()
	}
	return err
}

func (s *store) Renew(_ context.Context, term outbox.Term, watermark int64, ttl time.Duration) error {
	return s.change(term, func() {
		s.expires = time.Now().Add(ttl)
		s.advance(watermark)
	})
}

func (s *store) Advance(_ context.Context, term outbox.Term, watermark int64) error {
	return s.change(term, func() { s.advance(watermark) })
}

func (s *store) advance(watermark int64) {
	if watermark != s.term.Watermark {
		s.term.Watermark = watermark
		s.advances = append(s.advances, time.Now())
	}
}

func (s *store) Release(_ context.Context, term outbox.Term) error {
	return s.change(term, func() { s.term.Holder = "" })
}

func (s *store) Refill(context.Context) (requested, done int64, refused bool, err error) {
	unlock, err := s.enter()
	defer unlock()
	return s.requests, s.refilled, s.refused, err
}

func (s *store) Refilled(_ context.Context, term outbox.Term, request int64, refused bool) error {
	return s.change(term, func() {
		if s.refilled, s.refused = request, refused; !refused {
			s.term.Watermark = 0
		}
	})
}

// expire ends the present term without a word to its holder.
func (s *store) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expires = time.Time{}
}

// reads returns how often the head was read.
func (s *store) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// left returns how long the term will last.
func (s *store) left() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.expires)
}

// stored returns when the watermark was stored.
func (s *store) stored() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.advances)
}

func (s *store) holder() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term.Holder
}

func (s *store) watermark() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term.Watermark
}

// topic is a Publisher in memory, for what cannot be made to happen with a real broker.
type topic struct {
	mu       sync.Mutex
	seqs     []int64
	epochs   []string // of the same events
	ids      []string
	attempts []time.Time
	broken   error  // what Publish answers while it is set
	hang     bool   // whether Publish waits for its context
	then     func() // called when events are published, and before the relay knows
	forgets  bool   // whether Tail shows nothing
	trouble  string // what Trouble returns
	noEmpty  error  // what Empty returns
	noEnd    bool   // whether Empty waits for its context
	empties  int    // calls of Empty
	emptying bool   // whether Empty waits
}

// topicOf returns a topic that has the events with these numbers.
func topicOf(seqs ...int64) *topic {
	p := new(topic)
	for _, seq := range seqs {
		p.seqs, p.epochs, p.ids = append(p.seqs, seq), append(p.epochs, new(store).epoch()), append(p.ids, fmt.Sprintf("id-%d", seq))
	}
	return p
}

func (p *topic) Trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

func (p *topic) Publish(ctx context.Context, events []event.Event) error {
	p.mu.Lock()
	p.attempts = append(p.attempts, time.Now())
	hang, err := p.hang, p.broken
	if !hang && err == nil {
		for _, e := range events {
			p.seqs, p.epochs, p.ids = append(p.seqs, e.Seq), append(p.epochs, e.Epoch), append(p.ids, e.ID)
		}
	}
	then := p.then
	p.mu.Unlock()
	if then != nil {
		then()
	}
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (p *topic) Tail(_ context.Context, epoch string, _ int) (outbox.Tail, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.forgets {
		return outbox.Tail{From: 1 << 60}, nil
	}
	tail := outbox.Tail{From: 1, IDs: map[int64]string{}}
	for i, seq := range p.seqs {
		if tail.Newest = p.epochs[i]; tail.Newest == epoch {
			tail.IDs[seq] = p.ids[i]
		}
	}
	return tail, nil
}

func (p *topic) Empty(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.empties++
	if p.noEnd {
		p.emptying = true
		p.mu.Unlock()
		<-ctx.Done()
		p.mu.Lock()
		p.emptying = false
		return ctx.Err()
	}
	if p.noEmpty == nil {
		p.seqs, p.epochs, p.ids = nil, nil, nil
	}
	return p.noEmpty
}

func (p *topic) set(change func(*topic)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// lastEpoch returns the epoch of the event that was published last.
func (p *topic) lastEpoch() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.epochs[len(p.epochs)-1]
}

func (p *topic) published() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seqs)
}

// logbook collects what is logged.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// running is a relay that runs.
type running struct {
	*outbox.Relay
	cancel context.CancelFunc
	done   chan error
}

func start(t testing.TB, source outbox.Source, p outbox.Publisher, lease outbox.Lease, cfg outbox.Config) *running {
	if cfg.Holder == "" {
		cfg.Holder = "node-1"
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{outbox.NewRelay(source, p, lease, cfg), cancel, make(chan error, 1)}
	go func() { r.done <- r.Run(ctx) }()
	return r
}

func (r *running) stop(t testing.TB) {
	t.Helper()
	r.cancel()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

func span(first, last int64) []int64 {
	var seqs []int64
	for s := first; s <= last; s++ {
		seqs = append(seqs, s)
	}
	return seqs
}

func want[T any](t testing.TB, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// in runs f in a bubble, where time stands still unless everybody waits.
func in(t *testing.T, f func(*testing.T)) { synctest.Test(t, f) }

var errAway = errors.New("away")
