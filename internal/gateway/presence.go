package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
)

const (
	presenceInterval = 500 * time.Millisecond // between two presence frames, at least
	presenceRate     = 32 << 20               // bytes a second that presence may cost all connections together
	maxPresent       = 200                    // entries of a presence frame: editing first, then viewing, then online
)

// present is one user on one post, or one who is merely online.
type present struct {
	ID     int64   `json:"id"`
	Name   string  `json:"name"`
	PostID *int64  `json:"postId"`
	State  string  `json:"state"`
	Field  *string `json:"field"`
	Line   *int    `json:"line"` // of content that has the caret, from 1
	Since  moment  `json:"since"`
}

// moment is a time that is written as the contract has it. It has no more digits than are
// written, so that all nodes order two alike.
type moment struct{ time.Time }

func momentOf(t time.Time) moment { return moment{t.Truncate(time.Millisecond)} }

func (m moment) MarshalJSON() ([]byte, error) { return json.Marshal(stamp(m.Time)) }

// told is a presence frame; a connection that was sent its version needs it no more.
type told struct {
	version int
	frame   []byte
	event   func() []byte // the frame as a server-sent event, made at the first use
}

func newTold(version int, frame []byte) *told {
	return &told{version, frame, sync.OnceValue(func() []byte { return appendSSE(nil, frame, noID) })}
}

func (t *told) bytes(c *conn) []byte {
	if c.sse {
		return t.event()
	}
	return t.frame
}

// presence is the news of who is here.
type presence struct {
	dirty    chan struct{} // somebody's place has changed, here or on another node
	unshared chan struct{} // … here, and the other nodes do not know
	now      atomic.Pointer[told]
}

func newPresence() *presence {
	return &presence{dirty: make(chan struct{}, 1), unshared: make(chan struct{}, 1)}
}

// changed says that somebody came, went or turned to something else on this node.
func (p *presence) changed() {
	signal(p.dirty)
	signal(p.unshared)
}

// tellPresence sends who is here when it changes: the newest state only, at most twice
// a second, and less often when there are so many that it would cost too much.
func (h *Hub) tellPresence(ctx context.Context) {
	for version := 1; ; {
		select {
		case <-ctx.Done():
			return
		case <-h.presence.dirty:
		}
		frame := text(struct {
			Type  string    `json:"type"`
			Users []present `json:"users"`
		}{"presence", h.present(h.others()).list()})
		var cost time.Duration
		if last := h.presence.now.Load(); last == nil || !bytes.Equal(last.frame, frame) {
			h.presence.now.Store(newTold(version, frame))
			version++
			h.wake()
			cost = time.Duration(len(frame)) * time.Duration(h.Sockets()) * time.Second / presenceRate
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(presenceInterval, cost)):
		}
	}
}

// present returns others' seats and those of this node's users.
func (h *Hub) present(others []present) seats {
	all := seats{}
	for _, p := range others {
		all.sit(p)
	}
	h.mu.Lock()
	conns := slices.Collect(maps.Keys(h.conns))
	h.mu.Unlock()
	for _, c := range conns {
		c.mu.Lock()
		p := present{ID: c.user, Name: c.grant.Actor.Name, State: stateOnline, Since: momentOf(c.since)}
		all.sit(p)
		mayEdit := c.grant.Actor.Require(auth.Editor) == nil
		for _, f := range c.follows {
			if !mayEdit {
				f.state, f.field, f.line = stateViewing, "", 0
			}
			p.PostID, p.State, p.Field, p.Line, p.Since = &f.post, f.state, nil, nil, momentOf(f.since)
			if f.field != "" {
				p.Field = &f.field
			}
			if f.line > 0 {
				p.Line = &f.line
			}
			all.sit(p)
		}
		c.mu.Unlock()
	}
	return all
}

type seat struct{ user, post int64 } // post 0: online

func seatOf(p present) seat {
	key := seat{user: p.ID}
	if p.PostID != nil {
		key.post = *p.PostID
	}
	return key
}

// seats holds for each post that a user has open in any tab, on any node, the state of
// the busiest.
type seats map[seat]present

func (s seats) sit(p present) {
	key := seatOf(p)
	if have, taken := s[key]; !taken || busier(p, have) {
		s[key] = p
	}
}

var rank = map[string]int{stateEditing: 0, stateViewing: 1, stateOnline: 2}

// busier orders what one user does with one post in two tabs: editing counts more than
// viewing, and of two alike what began first.
func busier(a, b present) bool {
	return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), a.Since.Compare(b.Since.Time)) < 0
}

// list returns the entries in one fixed order, cut to maxPresent by cutFairly. Only who has no post
// open has one without a post.
func (s seats) list() []present {
	for key := range s {
		if key.post != 0 {
			delete(s, seat{user: key.user})
		}
	}
	all := make([]present, 0, len(s)) // not nil: JSON's null is no list
	for _, p := range s {
		all = append(all, p)
	}
	order := func(a, b present) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), a.Since.Compare(b.Since.Time),
			cmp.Compare(a.ID, b.ID), comparePosts(a.PostID, b.PostID))
	}
	slices.SortFunc(all, order)
	return cutFairly(all, order)
}

// cutFairly keeps maxPresent entries: the first one of each user, then the second ones, and so on, so that one
// user with many posts open does not hide the others.
func cutFairly(all []present, order func(a, b present) int) []present {
	if len(all) <= maxPresent {
		return all
	}
	nth := make(map[int64]int)
	place := make(map[seat]int, len(all))
	for _, p := range all {
		place[seatOf(p)] = nth[p.ID]
		nth[p.ID]++
	}
	slices.SortStableFunc(all, func(a, b present) int { return cmp.Compare(place[seatOf(a)], place[seatOf(b)]) })
	all = all[:maxPresent:maxPresent]
	slices.SortFunc(all, order)
	return all
}

func comparePosts(a, b *int64) int {
	if a == nil || b == nil {
		return 0 // one user has at most one entry without a post
	}
	return cmp.Compare(*a, *b)
}
