package cluster_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// ledger has the events that writers and listeners have got so far. The first listener that gets an
// event records it; all others must get the same.
type ledger struct {
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
	data  json.RawMessage // of the frame, as the first listener got it
	frame string          // the same, as servertest.Frame writes it
	acks  int             // how often writers got an acknowledgement
	acked time.Time       // when first; zero: not yet
}

func newLedger(t *testing.T) *ledger { return &ledger{t: t, changes: map[change]*entry{}} }

func changeOf(e client.Event) (change, error) {
	var data struct{ ID, Version int64 }
	err := json.Unmarshal(e.Data, &data)
	return change{post: data.ID, version: data.Version, typ: e.Type}, err
}

// at returns the entry of c. Call it with mu held.
func (b *ledger) at(c change) *entry {
	e := b.changes[c]
	if e == nil {
		e = new(entry)
		b.changes[c] = e
	}
	return e
}

// acknowledge records that a writer got the answer that its change is saved.
func (b *ledger) acknowledge(c change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acks++
	e := b.at(c)
	if e.acks++; e.acks == 1 {
		e.acked = time.Now()
	}
}

// hear records an event of a listener and returns the time since its acknowledgement: 0 if it was not
// acknowledged before.
func (b *ledger) hear(e client.Event) (time.Duration, error) {
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
		if frame := servertest.Frame(b.t, e); frame != known.frame {
			return 0, fmt.Errorf("event %d is %s, and was %s for another", e.Seq, frame, known.frame)
		}
	}
	if known.acked.IsZero() {
		return 0, nil
	}
	return time.Since(known.acked), nil
}

// length returns the number of recorded events.
func (b *ledger) length() int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return int64(len(b.entries))
}

func (b *ledger) find(seq int64) (*entry, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if seq > int64(len(b.entries)) {
		return nil, false
	}
	return b.entries[seq-1], true
}

func (b *ledger) write(e client.Event) (*entry, error) {
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
		return nil, fmt.Errorf("a listener was sent %d before any was sent %d", e.Seq, len(b.entries)+1)
	}
	known := b.at(c)
	if known.id != "" {
		return nil, fmt.Errorf("events %s and %d are both of %+v", known.id, e.Seq, c)
	}
	known.id, known.data, known.frame = e.ID, e.Data, servertest.Frame(b.t, e)
	b.entries = append(b.entries, known)
	return known, nil
}

// check compares the ledger with the event log, which must be at rest: the listeners got the events of the log,
// and the log has each acknowledged change once, and nothing else.
func (b *ledger) check(t *testing.T, log []client.Event) {
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
