package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
)

const (
	presenceInterval = 500 * time.Millisecond // between two presence frames, at least
	presenceRate     = 32 << 20               // bytes a second that presence frames may take for all connections together
	maxPresence      = 200                    // entries of a presence frame
)

// presenceEntry is one user with one post open, or without any.
type presenceEntry struct {
	ID     int64   `json:"id"`
	Name   string  `json:"name"`
	PostID *int64  `json:"postId"`
	State  string  `json:"state"`
	Field  *string `json:"field"`
	Line   *int    `json:"line"` // of content that has the caret, from 1
	Since  moment  `json:"since"`
}

// moment is a time in the contract's format. It is truncated to the digits of that format, so that all nodes order entries alike.
type moment struct{ time.Time }

func momentOf(t time.Time) moment { return moment{t.Truncate(time.Millisecond)} }

// MarshalJSON encodes the time in UTC with milliseconds.
func (m moment) MarshalJSON() ([]byte, error) { return json.Marshal(stamp(m.Time)) }

// presenceSnapshot is a presence frame. A connection that was sent its version does not need it again.
type presenceSnapshot struct {
	version int
	frame   []byte
	event   func() []byte // the frame as a server-sent event, encoded at the first use
}

func newPresenceSnapshot(version int, frame []byte) *presenceSnapshot {
	return &presenceSnapshot{version, frame, sync.OnceValue(func() []byte { return appendSSE(nil, frame, noID) })}
}

func (s *presenceSnapshot) bytes(c *conn) []byte {
	if c.sse {
		return s.event()
	}
	return s.frame
}

// presence makes the presence list of the installation: of the connections of this node, and of the other nodes' notes.
type presence struct {
	conns func() []*conn
	wake  func() // has the snapshot sent to all connections
	peers Peers  // nil: this node is alone

	dirty    chan struct{} // notified when the list has changed, here or on another node
	unshared chan struct{} // notified when it has changed here, until the other nodes are sent it
	snapshot atomic.Pointer[presenceSnapshot]
}

func newPresence(conns func() []*conn, wake func(), peers Peers) *presence {
	return &presence{conns: conns, wake: wake, peers: peers, dirty: make(chan struct{}, 1), unshared: make(chan struct{}, 1)}
}

// changed has the list made again: a connection of this node was opened, closed, or changed its follows.
func (p *presence) changed() {
	notify(p.dirty)
	notify(p.unshared)
}

// run stores the newest snapshot after each change and wakes the shards, at most twice a second, and
// less often when its frames to all connections would exceed presenceRate.
func (p *presence) run(ctx context.Context) {
	for version := 1; ; {
		select {
		case <-ctx.Done():
			return
		case <-p.dirty:
		}
		frame := text(struct {
			Type  string          `json:"type"`
			Users []presenceEntry `json:"users"`
		}{"presence", p.collect(p.others()).list()})
		var cost time.Duration
		if last := p.snapshot.Load(); last == nil || !bytes.Equal(last.frame, frame) {
			p.snapshot.Store(newPresenceSnapshot(version, frame))
			version++
			p.wake()
			cost = time.Duration(len(frame)) * time.Duration(len(p.conns())) * time.Second / presenceRate
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(presenceInterval, cost)):
		}
	}
}

// collect returns the entries of others, and those of this node's connections.
func (p *presence) collect(others []presenceEntry) presenceEntries {
	all := presenceEntries{}
	for _, e := range others {
		all.add(e)
	}
	for _, c := range p.conns() {
		c.addPresence(all)
	}
	return all
}

// addPresence adds an entry without a post, and one for each post that c follows.
func (c *conn) addPresence(all presenceEntries) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := presenceEntry{ID: c.user, Name: c.grant.Actor.Name, State: stateOnline, Since: momentOf(c.since)}
	all.add(e)
	mayEdit := c.grant.Actor.Require(auth.Editor) == nil
	for _, f := range c.follows {
		if !mayEdit {
			f.state, f.field, f.line = stateViewing, "", 0
		}
		e.PostID, e.State, e.Field, e.Line, e.Since = &f.post, f.state, nil, nil, momentOf(f.since)
		if f.field != "" {
			e.Field = &f.field
		}
		if f.line > 0 {
			e.Line = &f.line
		}
		all.add(e)
	}
}

type presenceKey struct{ user, post int64 } // post 0: online

func (e presenceEntry) key() presenceKey {
	key := presenceKey{user: e.ID}
	if e.PostID != nil {
		key.post = *e.PostID
	}
	return key
}

// presenceEntries has one entry for each post that a user has open in any tab, on any node: the busiest.
type presenceEntries map[presenceKey]presenceEntry

func (all presenceEntries) add(e presenceEntry) {
	key := e.key()
	if have, ok := all[key]; !ok || busier(e, have) {
		all[key] = e
	}
}

var rank = map[string]int{stateEditing: 0, stateViewing: 1, stateOnline: 2}

// busier orders two entries of one user and post: editing before viewing, and the older of two equal states first.
func busier(a, b presenceEntry) bool {
	return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), a.Since.Compare(b.Since.Time)) < 0
}

// list returns the entries in a fixed order, editing first, then viewing, then online, at most maxPresence. A user with a post
// open has no entry without a post.
func (all presenceEntries) list() []presenceEntry {
	for key := range all {
		if key.post != 0 {
			delete(all, presenceKey{user: key.user})
		}
	}
	list := make([]presenceEntry, 0, len(all)) // not nil: JSON's null is no list
	for _, e := range all {
		list = append(list, e)
	}
	order := func(a, b presenceEntry) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), a.Since.Compare(b.Since.Time),
			cmp.Compare(a.ID, b.ID), comparePosts(a.PostID, b.PostID))
	}
	slices.SortFunc(list, order)
	return cutFairly(list, order)
}

// cutFairly keeps maxPresence entries: the first one of each user, then the second ones, and so on, so that a
// user with many posts open does not hide others.
func cutFairly(list []presenceEntry, order func(a, b presenceEntry) int) []presenceEntry {
	if len(list) <= maxPresence {
		return list
	}
	count := make(map[int64]int)
	nth := make(map[presenceKey]int, len(list))
	for _, e := range list {
		nth[e.key()] = count[e.ID]
		count[e.ID]++
	}
	slices.SortStableFunc(list, func(a, b presenceEntry) int { return cmp.Compare(nth[a.key()], nth[b.key()]) })
	list = list[:maxPresence:maxPresence]
	slices.SortFunc(list, order)
	return list
}

func comparePosts(a, b *int64) int {
	if a == nil || b == nil {
		return 0 // a user has at most one entry without a post
	}
	return cmp.Compare(*a, *b)
}
