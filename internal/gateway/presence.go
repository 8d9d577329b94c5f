package gateway

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"
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
	Since  string  `json:"since"`
}

// told is a presence frame; a connection that was sent its version needs it no more.
type told struct {
	version int
	frame   []byte
}

// presence is who is here, kept by node so that others' can be merged in.
type presence struct {
	dirty chan struct{}
	now   atomic.Pointer[told]
	nodes map[string][]present // "" is this node; only tellPresence touches it
}

func newPresence() *presence {
	return &presence{dirty: make(chan struct{}, 1), nodes: map[string][]present{}}
}

// changed says that somebody came, went or turned to something else.
func (p *presence) changed() { signal(p.dirty) }

// tellPresence sends who is here when it changes: the newest state only, at most twice
// a second, and less often when there are so many that it would cost too much.
func (h *Hub) tellPresence(ctx context.Context) {
	for version := 1; ; {
		select {
		case <-ctx.Done():
			return
		case <-h.presence.dirty:
		}
		h.presence.nodes[""] = h.present()
		frame := text(struct {
			Type  string    `json:"type"`
			Users []present `json:"users"`
		}{"presence", merge(h.presence.nodes)})
		var cost time.Duration
		if last := h.presence.now.Load(); last == nil || !bytes.Equal(last.frame, frame) {
			h.presence.now.Store(&told{version, frame})
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

type seat struct{ user, post int64 } // post 0: online

// present lists this node's users: one entry for each post that a user has open in any
// tab, in the state of the busiest; one without a post for who has none open.
func (h *Hub) present() []present {
	type who struct {
		name string
		follow
	}
	seats := map[seat]who{}
	sit := func(c *conn, f follow) {
		key := seat{c.user, f.post}
		have, taken := seats[key]
		if !taken || busier(f, have.follow) {
			seats[key] = who{c.grant.Actor.Name, f}
		}
	}
	h.mu.Lock()
	conns := slices.Collect(maps.Keys(h.conns))
	h.mu.Unlock()
	for _, c := range conns {
		c.mu.Lock()
		for _, f := range c.follows {
			sit(c, f)
		}
		sit(c, follow{state: stateOnline, since: c.since})
		c.mu.Unlock()
	}
	for key := range seats {
		if key.post != 0 {
			delete(seats, seat{user: key.user})
		}
	}
	list := make([]present, 0, len(seats))
	for key, w := range seats {
		p := present{ID: key.user, Name: w.name, State: w.state, Since: stamp(w.since)}
		if key.post != 0 {
			p.PostID = &key.post
		}
		if w.field != "" {
			p.Field = &w.field
		}
		list = append(list, p)
	}
	return list
}

var rank = map[string]int{stateEditing: 0, stateViewing: 1, stateOnline: 2}

// busier orders what one user does with one post in two tabs: editing counts more than
// viewing, and of two alike what began first.
func busier(a, b follow) bool {
	return cmp.Or(cmp.Compare(rank[a.state], rank[b.state]), a.since.Compare(b.since)) < 0
}

// merge joins the nodes' lists in one fixed order, cut to maxPresent.
func merge(nodes map[string][]present) []present {
	all := []present{} // not nil: JSON's null is no list
	for _, list := range nodes {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b present) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), cmp.Compare(a.Since, b.Since),
			cmp.Compare(a.ID, b.ID), comparePosts(a.PostID, b.PostID))
	})
	return all[:min(len(all), maxPresent):min(len(all), maxPresent)]
}

func comparePosts(a, b *int64) int {
	if a == nil || b == nil {
		return 0 // one user has at most one entry without a post
	}
	return cmp.Compare(*a, *b)
}
