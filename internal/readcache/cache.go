// Package readcache keeps answers that were made from the database, as long as the event log has nothing newer.
//
// A Cache holds a position of the log, its head, with two invariants. No event up to the head concerns an entry: when the
// head moves over an event, the entries of its post and those that depend on every event are removed. And at the time
// confirmed the log had no event after the head. Entries are served only within maxAge of that time; then the
// log is asked for its newest event again (see confirm.go). Events that the node learns of earlier, by its own commits, by Kafka or
// by the log, are passed to Seen and act at once.
//
// An answer is stored only if no event that concerns it was seen since before its database read began: an event that
// the node does not know of by then has a number after the head, and removes the entry when the head moves over it.
package readcache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Times of a Cache.
const (
	// maxAge bounds the time since the head was confirmed within which entries are served, with room below
	// the second that is promised.
	maxAge = 800 * time.Millisecond
	// refreshAge is the age of the confirmation from which a request starts the next one in the background.
	refreshAge = 250 * time.Millisecond
	// joinTime bounds the age of a read that a request may share.
	joinTime = 500 * time.Millisecond
	// life bounds the age of an entry: a row that was changed by hand, without an event, shows after it.
	life = time.Minute
	// readTime bounds a shared read, which outlives its first caller.
	readTime = 30 * time.Second
)

// Bounds of a Cache.
type Bounds struct {
	Entries int
	Bytes   int // of all entries
	Each    int // bytes of one entry; larger answers are not kept
}

// Made is an answer made from the database.
type Made[V any] struct {
	Value V
	Bytes int   // its size in memory
	Post  int64 // the one post whose events change it; 0: every event may
	Keep  bool  // whether it may be stored
}

// Log is the event log.
type Log interface {
	// Newest returns the end of the log.
	Newest(ctx context.Context) (event.Head, error)
	// Marks returns at most limit events from number seq on, in order. It may leave out events that a later query finds.
	Marks(ctx context.Context, seq int64, limit int) ([]event.Mark, error)
}

// Cache keeps answers by their keys. Its methods may be called from any goroutine.
type Cache[K comparable, V any] struct {
	log     Log
	bounds  Bounds
	metrics *metrics

	mu         sync.Mutex
	entries    entries[K, V]
	reads      map[K]*shared[V] // the newest one of each key
	events     uint64           // events seen so far; a flush counts as more than recent holds
	recent     [64]event.Mark   // the last events, by events modulo the length
	head       event.Head
	confirmed  time.Time     // at which the log had nothing after head; zero: not known
	doubts     int           // calls of Doubt
	confirming chan struct{} // closed at the end of the confirmation that runs; nil: none does
}

// shared is one database read, which requests share.
type shared[V any] struct {
	began  time.Time
	events uint64 // seen before
	done   chan struct{}
	made   Made[V] // after done, like err
	err    error
}

var errAborted = errors.New("the read was aborted")

// Get returns the answer of key: a stored one, or the one that read makes. Requests of one key at the same time share one call of
// read, whose context does not end with ctx. While the head cannot be confirmed, each request calls read for itself.
func (c *Cache[K, V]) Get(ctx context.Context, key K, read func(context.Context) (Made[V], error)) (value V, err error) {
	now := time.Now()
	if !c.ready(ctx, now) {
		c.mu.Unlock()
		c.metrics.bypassed.Inc()
		made, err := read(ctx)
		c.mu.Lock()
		c.forget(key)
		c.mu.Unlock()
		return made.Value, err
	}
	if value, ok := c.entries.get(key, now); ok {
		c.mu.Unlock()
		c.metrics.hits.Inc()
		return value, nil
	}
	r := c.reads[key]
	isNew := r == nil || r.events != c.events || now.Sub(r.began) > joinTime
	if isNew {
		r = &shared[V]{began: now, events: c.events, done: make(chan struct{}), err: errAborted}
		c.reads[key] = r
	}
	c.mu.Unlock()
	c.metrics.misses.Inc()
	if isNew {
		c.run(ctx, key, r, read)
		return r.made.Value, r.err
	}
	select {
	case <-r.done:
		return r.made.Value, r.err
	case <-ctx.Done():
		return value, context.Cause(ctx)
	}
}

// forget drops the answer of key, and the newest read of it, because a request got an answer that may be newer. c.mu is held.
func (c *Cache[K, V]) forget(key K) {
	delete(c.reads, key)
	c.entries.removeKey(key)
}

// run makes the answer, and stores it unless another read of the key has begun meanwhile.
func (c *Cache[K, V]) run(ctx context.Context, key K, r *shared[V], read func(context.Context) (Made[V], error)) {
	defer func() { // also when read panics
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.reads[key] != r { // of two reads at the same time, the one that began first may have read last
			c.forget(key)
			close(r.done)
			return
		}
		delete(c.reads, key)
		if r.err == nil && r.made.Keep && r.made.Bytes <= c.bounds.Each && c.unchanged(r.made.Post, r.events) {
			c.entries.add(key, r.made, r.began)
		}
		close(r.done)
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	defer cancel()
	r.made, r.err = read(ctx)
}

// unchanged reports whether no event about the post, 0 for any, came after the first n events. c.mu is held.
func (c *Cache[K, V]) unchanged(post int64, n uint64) bool {
	if c.events-n > uint64(len(c.recent)) {
		return false
	}
	for ; n < c.events; n++ {
		if post == 0 || c.recent[n%uint64(len(c.recent))].PostID == post {
			return false
		}
	}
	return true
}

// Seen takes events that were committed, in any order, also again. Entries that they concern are gone when it returns.
func (c *Cache[K, V]) Seen(events []event.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		if e.Epoch != c.head.Epoch {
			c.doubt()
			continue
		}
		c.apply(event.Mark{Seq: e.Seq, ID: e.ID, PostID: e.PostID})
	}
}

// Doubt has the next request ask the log for its newest event: another epoch may have begun.
func (c *Cache[K, V]) Doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubt()
}

func (c *Cache[K, V]) doubt() {
	c.confirmed = time.Time{}
	c.doubts++
}

// apply removes the entries that an event of the log concerns, unless that was done, and moves the head over it if it
// is the next one. c.mu is held.
func (c *Cache[K, V]) apply(m event.Mark) {
	if !c.applied(m) {
		c.recent[c.events%uint64(len(c.recent))] = m
		c.events++
		c.entries.removeOf(m.PostID)
		c.entries.removeOf(0)
	}
	if m.Seq == c.head.Seq+1 {
		c.head.Seq, c.head.ID = m.Seq, m.ID
	}
}

func (c *Cache[K, V]) applied(m event.Mark) bool {
	for i := range c.recent {
		if c.recent[i] == m {
			return true
		}
	}
	return false
}

// flush removes all entries and continues after head. c.mu is held.
func (c *Cache[K, V]) flush(head event.Head) {
	c.entries.clear()
	c.recent = [len(c.recent)]event.Mark{}
	c.events += uint64(len(c.recent)) + 1
	c.head = head
}
