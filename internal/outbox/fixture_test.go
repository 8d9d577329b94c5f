package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// memLog implements Source and Lease in memory. Several relays may share it.
type memLog struct {
	changes chan struct{} // of Changes; nil: the relay finds events without a Nudge at its own intervals

	mu       sync.Mutex
	events   []event.Event
	term     outbox.Term
	expires  time.Time
	advances []time.Time
	broken   error // the error of every call; nil: none
	reads    int   // calls of Position
	dropped  int64 // retention deleted the events up to this number
	lost     []int64
	hidden   []int64
	requests int64 // of a refill
	refilled int64
	refused  bool
	epochs   int // the number of the current one
	begun    int // epochs, without the first
}

// commit adds n events and returns the number of the last one.
func (s *memLog) commit(n int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		seq := int64(len(s.events)) + 1
		s.events = append(s.events, event.Event{Epoch: s.epoch(), Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: seq%3 + 1, Version: seq,
			Time: time.Now(), Data: json.RawMessage(fmt.Sprintf(`{"version":%d}`, seq))})
	}
	return int64(len(s.events))
}

func (s *memLog) enter() (unlock func(), err error) {
	s.mu.Lock()
	return s.mu.Unlock, s.broken
}

func (s *memLog) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

func (s *memLog) Changes() <-chan struct{} { return s.changes }

func (s *memLog) epoch() string { return fmt.Sprint("epoch-", s.epochs) }

func (s *memLog) Position(context.Context) (event.Position, error) {
	unlock, err := s.enter()
	defer unlock()
	s.reads++
	return event.Position{Epoch: s.epoch(), Seq: int64(len(s.events))}, err
}

func (s *memLog) NewEpoch(_ context.Context, old string) (string, error) {
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

func (s *memLog) After(_ context.Context, seq int64, limit int) ([]event.Event, error) {
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

// hide makes After skip events, as a query may miss events that are being committed, until the next
// call of hide.
func (s *memLog) hide(seqs ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = seqs
}

// Gone reports whether the event was dropped or lost.
func (s *memLog) Gone(_ context.Context, seq int64) (bool, error) {
	unlock, err := s.enter()
	defer unlock()
	return seq <= s.dropped || slices.Contains(s.lost, seq), err
}

func (s *memLog) Acquire(_ context.Context, holder string, ttl time.Duration) (outbox.Term, error) {
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

// change runs f if term is the current one.
func (s *memLog) change(term outbox.Term, f func()) error {
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

func (s *memLog) Renew(_ context.Context, term outbox.Term, watermark int64, ttl time.Duration) error {
	return s.change(term, func() {
		s.expires = time.Now().Add(ttl)
		s.advance(watermark)
	})
}

func (s *memLog) Advance(_ context.Context, term outbox.Term, watermark int64) error {
	return s.change(term, func() { s.advance(watermark) })
}

func (s *memLog) advance(watermark int64) {
	if watermark != s.term.Watermark {
		s.term.Watermark = watermark
		s.advances = append(s.advances, time.Now())
	}
}

func (s *memLog) Release(_ context.Context, term outbox.Term) error {
	return s.change(term, func() { s.term.Holder = "" })
}

func (s *memLog) Refill(context.Context) (requested, done int64, refused bool, err error) {
	unlock, err := s.enter()
	defer unlock()
	return s.requests, s.refilled, s.refused, err
}

func (s *memLog) Refilled(_ context.Context, term outbox.Term, request int64, refused bool) error {
	return s.change(term, func() {
		if s.refilled, s.refused = request, refused; !refused {
			s.term.Watermark = 0
		}
	})
}

// expire ends the current term. Its holder notices at the next renewal.
func (s *memLog) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expires = time.Time{}
}

// headReads returns the number of calls of Position.
func (s *memLog) headReads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// left returns the time until the term expires.
func (s *memLog) left() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.expires)
}

// stored returns the times at which the watermark was stored.
func (s *memLog) stored() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.advances)
}

func (s *memLog) holder() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term.Holder
}

func (s *memLog) watermark() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term.Watermark
}

// infoLogger returns a logger to l without debug lines, so that tests can count the lines.
func infoLogger(l *testkit.LogBuffer) *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// runningRelay is a relay with the goroutine of its Run.
type runningRelay struct {
	*outbox.Relay
	cancel context.CancelFunc
	done   chan error
}

func start(t testing.TB, source outbox.Source, p outbox.Publisher, lease outbox.Lease, cfg outbox.Config) *runningRelay {
	if cfg.Holder == "" {
		cfg.Holder = "node-1"
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &runningRelay{outbox.NewRelay(source, p, lease, cfg), cancel, make(chan error, 1)}
	go func() { r.done <- r.Run(ctx) }()
	return r
}

func (r *runningRelay) stop(t testing.TB) {
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

// inBubble runs f in a synctest bubble, where time passes only while all goroutines wait.
func inBubble(t *testing.T, f func(*testing.T)) { synctest.Test(t, f) }

var errAway = errors.New("away")
