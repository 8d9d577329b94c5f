package cluster_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/desk"
)

// book is what all writers and listeners have learnt of the log so far. Whoever hears an
// event first writes it down; everybody else must hear the same.
type book struct {
	t       *testing.T
	mu      sync.RWMutex
	entries []*entry // the event with number i+1 at i
	changes map[change]*entry
	acks    int
}

// change names an event as its writer knows it.
type change struct {
	post, version int64
	typ           client.EventType
}

type entry struct {
	id    string
	data  json.RawMessage // of the frame, as it was first heard
	frame string          // the same, as desk.Frame writes it
	acks  int             // how often writers were told of it
	acked time.Time       // when first; zero: not yet
}

func newBook(t *testing.T) *book { return &book{t: t, changes: map[change]*entry{}} }

func changeOf(e client.Event) (change, error) {
	var data struct{ ID, Version int64 }
	err := json.Unmarshal(e.Data, &data)
	return change{post: data.ID, version: data.Version, typ: e.Type}, err
}

// at returns the entry of c. Call it with mu held.
func (b *book) at(c change) *entry {
	e := b.changes[c]
	if e == nil {
		e = new(entry)
		b.changes[c] = e
	}
	return e
}

// acknowledge notes that a writer was told that its change is saved.
func (b *book) acknowledge(c change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acks++
	e := b.at(c)
	if e.acks++; e.acks == 1 {
		e.acked = time.Now()
	}
}

// hear notes an event and returns how long ago its writer was told of it: 0 when the
// writer was not told before.
func (b *book) hear(e client.Event) (time.Duration, error) {
	known, ok := b.find(e.Seq)
	if !ok {
		var err error
		if known, err = b.write(e); err != nil {
			return 0, err
		}
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if known.id != e.ID {
		return 0, fmt.Errorf("event %d is %s, and was %s for another", e.Seq, e.ID, known.id)
	}
	if !bytes.Equal(known.data, e.Data) { // a frame and the log differ in the content
		if frame := desk.Frame(b.t, e); frame != known.frame {
			return 0, fmt.Errorf("event %d is %s, and was %s for another", e.Seq, frame, known.frame)
		}
	}
	if known.acked.IsZero() {
		return 0, nil
	}
	return time.Since(known.acked), nil
}

// length returns the number of events that were heard by anybody.
func (b *book) length() int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return int64(len(b.entries))
}

func (b *book) find(seq int64) (*entry, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if seq > int64(len(b.entries)) {
		return nil, false
	}
	return b.entries[seq-1], true
}

func (b *book) write(e client.Event) (*entry, error) {
	c, err := changeOf(e)
	if err != nil {
		return nil, fmt.Errorf("reading event %d: %w", e.Seq, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case e.Seq <= int64(len(b.entries)): // another listener was faster
		return b.entries[e.Seq-1], nil
	case e.Seq != int64(len(b.entries))+1:
		return nil, fmt.Errorf("a listener was sent %d before anybody was sent %d", e.Seq, len(b.entries)+1)
	}
	known := b.at(c)
	if known.id != "" {
		return nil, fmt.Errorf("events %s and %d both tell of %+v", known.id, e.Seq, c)
	}
	known.id, known.data, known.frame = e.ID, e.Data, desk.Frame(b.t, e)
	b.entries = append(b.entries, known)
	return known, nil
}

// check compares the book with the log at rest: what the listeners were sent is the log,
// and the log holds each acknowledged change once, and nothing else.
func (b *book) check(t *testing.T, log []client.Event) {
	t.Helper()
	for _, e := range log {
		if _, err := b.hear(e); err != nil {
			t.Errorf("the log against the listeners: %v", err)
		}
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if len(log) != len(b.entries) {
		t.Errorf("the log has %d events and the listeners were sent %d", len(log), len(b.entries))
	}
	for c, e := range b.changes {
		if e.acks != 1 || e.id == "" {
			t.Errorf("%+v was acknowledged %d times; its event is %q", c, e.acks, e.id)
		}
	}
}
