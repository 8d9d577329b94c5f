package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

// memTopic is a Publisher in memory, for states that a test cannot cause with a real broker.
type memTopic struct {
	mu       sync.Mutex
	seqs     []int64
	epochs   []string // of the events, in the same order
	ids      []string
	attempts []time.Time
	broken   error         // the error of Publish; nil: none
	hang     bool          // Publish waits for the end of its context
	slow     time.Duration // of storing events; the end of the context does not stop it, as the request was sent
	storing  int           // events that are being stored
	raced    bool          // Empty was called meanwhile
	then     func()        // called after events are stored and before Publish returns
	onTail   func()        // called at the start of Tail
	forgets  bool          // Tail returns an empty tail
	trouble  string        // the result of BlockedReason
	noEmpty  error         // the error of Empty; nil: none
	noEnd    bool          // Empty waits for the end of its context
	empties  int           // calls of Empty
	emptying bool          // Empty is waiting
}

// topicOf returns a topic that has the events with these numbers.
func topicOf(seqs ...int64) *memTopic {
	p := new(memTopic)
	for _, seq := range seqs {
		p.seqs, p.epochs, p.ids = append(p.seqs, seq), append(p.epochs, new(memLog).epoch()), append(p.ids, fmt.Sprintf("id-%d", seq))
	}
	return p
}

func (p *memTopic) BlockedReason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

func (p *memTopic) Publish(ctx context.Context, events []event.Event) error {
	p.mu.Lock()
	p.attempts = append(p.attempts, time.Now())
	hang, err := p.hang, p.broken
	if !hang && err == nil && p.slow > 0 {
		p.storing += len(events)
		slow := p.slow
		p.mu.Unlock()
		return p.store(ctx, slow, events)
	}
	if !hang && err == nil {
		p.append(events)
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

// append adds events; p.mu is held.
func (p *memTopic) append(events []event.Event) {
	for _, e := range events {
		p.seqs, p.epochs, p.ids = append(p.seqs, e.Seq), append(p.epochs, e.Epoch), append(p.ids, e.ID)
	}
}

// store appends events after slow, also if ctx ends before.
func (p *memTopic) store(ctx context.Context, slow time.Duration, events []event.Event) error {
	stored := make(chan struct{})
	time.AfterFunc(slow, func() {
		p.set(func(p *memTopic) { p.append(events); p.storing -= len(events) })
		close(stored)
	})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-stored:
		return nil
	}
}

func (p *memTopic) Tail(_ context.Context, epoch string, _ int) (outbox.Tail, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.onTail != nil {
		p.onTail()
	}
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

func (p *memTopic) Empty(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.empties++
	p.raced = p.raced || p.storing > 0
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

func (p *memTopic) set(change func(*memTopic)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// lastEpoch returns the epoch of the newest published event.
func (p *memTopic) lastEpoch() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.epochs[len(p.epochs)-1]
}

func (p *memTopic) published() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seqs)
}

func (p *memTopic) publishedIDs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.ids)
}
