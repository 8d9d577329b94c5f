// Package streamtest has an event log in memory, for tests of the stream and of the packages that read it. Tests make it hide,
// lose and prune events, go back, and fail.
package streamtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Log is a stream.Log. Its zero value is empty, in epoch-0. Its methods may be called from any goroutine.
type Log struct {
	mu         sync.Mutex
	events     []event.Event // from pruned+1 on
	pruned     int64
	away       error   // of every call
	unreadable error   // of After
	reads      int     // calls of After
	positions  int     // calls of Position
	hidden     []int64 // not in the answers of After
	lost       []int64
	epochs     int // that were begun
}

// Position implements stream.Log.
func (l *Log) Position(context.Context) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.positions++
	return event.Position{Epoch: l.epoch(), Seq: l.head()}, l.away
}

// ID implements stream.Log.
func (l *Log) ID(_ context.Context, seq int64) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.pruned || seq > l.head() {
		return "", l.away
	}
	return l.events[seq-l.pruned-1].ID, l.away
}

// Changes implements stream.Log. The channel receives four times a second.
func (l *Log) Changes() <-chan struct{} {
	const every = 250 * time.Millisecond
	c := make(chan struct{}, 1)
	var report func()
	report = func() {
		select {
		case c <- struct{}{}:
		default: // a report waits
		}
		time.AfterFunc(every, report) // and no goroutine, which would not end with a test in fake time
	}
	time.AfterFunc(every, report)
	return c
}

// NewEpoch implements stream.Log.
func (l *Log) NewEpoch(_ context.Context, old string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away == nil && old == l.epoch() {
		l.epochs++
		for i := range l.events {
			l.events[i].Epoch = l.epoch()
		}
	}
	return l.epoch(), l.away
}

// Oldest implements stream.Log.
func (l *Log) Oldest(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pruned + 1, l.away
}

// After implements stream.Log.
func (l *Log) After(_ context.Context, seq int64, limit int) ([]event.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if err := cmp.Or(l.away, l.unreadable); err != nil {
		return nil, err
	}
	from := min(max(seq-l.pruned, 0), int64(len(l.events)))
	page := slices.Clone(l.events[from:min(int(from)+limit, len(l.events))])
	return slices.DeleteFunc(page, func(e event.Event) bool { return slices.Contains(l.lost, e.Seq) || slices.Contains(l.hidden, e.Seq) }), nil
}

// Gone implements stream.Log: it reports whether the event was pruned or lost.
func (l *Log) Gone(_ context.Context, seq int64) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return seq <= l.pruned || slices.Contains(l.lost, seq), l.away
}

// Commit appends n events of posts 1 to 5 in turn, and returns them.
func (l *Log) Commit(n int) []event.Event { return l.CommitWith(n, func(*event.Event) {}) }

// CommitWith is Commit of events that change has changed.
func (l *Log) CommitWith(n int, change func(*event.Event)) []event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		e := Event(l.head()+1, 20)
		e.Epoch = l.epoch()
		change(&e)
		l.events = append(l.events, e)
	}
	return slices.Clone(l.events[len(l.events)-n:])
}

// CommitOther is Commit of events that have other ids than those of Commit.
func (l *Log) CommitOther(n int) []event.Event {
	return l.CommitWith(n, func(e *event.Event) { e.ID = fmt.Sprintf("other-%d", e.Seq) })
}

// Edit replaces the events that were not pruned by those that edit returns.
func (l *Log) Edit(edit func(events []event.Event) []event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = edit(l.events)
}

// Prune drops all events up to seq, as retention does.
func (l *Log) Prune(seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = l.events[seq-l.pruned:]
	l.pruned = seq
}

// Hide has After leave these events out until it is called again, as a query may do with an event that was just committed.
func (l *Log) Hide(seqs ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hidden = seqs
}

// Lose removes events for good.
func (l *Log) Lose(seqs ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = seqs
}

// SetAway has every method fail with err; nil: none.
func (l *Log) SetAway(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = err
}

// SetUnreadable has After fail with err; nil: it does not.
func (l *Log) SetUnreadable(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unreadable = err
}

// Reads returns the number of calls of After.
func (l *Log) Reads() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// Positions returns the number of calls of Position.
func (l *Log) Positions() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.positions
}

// Epoch returns the present epoch.
func (l *Log) Epoch() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch()
}

func (l *Log) epoch() string { return fmt.Sprint("epoch-", l.epochs) }

func (l *Log) head() int64 { return l.pruned + int64(len(l.events)) }

// Event returns the event seq of epoch-0: an update of one of the posts 1 to 5, with a description of size bytes.
func Event(seq int64, size int) event.Event {
	post := (seq-1)%5 + 1
	return event.Event{Epoch: "epoch-0", Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: post, Version: seq,
		Time: time.Date(2026, 11, 23, 10, 0, 0, int(seq%1000)*1e6, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"},
		Changed: []string{"title"},
		Data: fmt.Appendf(nil, `{"id":%d,"title":"T%d","description":%q,"content":"body %d","version":%d}`,
			post, seq, strings.Repeat("d", size), seq, seq)}
}
