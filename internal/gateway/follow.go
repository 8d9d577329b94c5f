package gateway

import (
	"slices"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/stream"
)

// follow is a post that a client has open, with the state that the client reported.
type follow struct {
	post  int64
	state string
	field string // that is being edited; empty: not reported
	line  int    // of content, from 1; 0: unknown
	since time.Time
}

// follows counts the connections that follow each post. Only the events of these posts
// are encoded with content too.
type follows struct {
	mu    sync.RWMutex
	count map[int64]int
}

func newFollows() *follows { return &follows{count: map[int64]int{}} }

func (f *follows) any(post int64) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.count[post] > 0
}

func (f *follows) add(post int64, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count[post] += n; f.count[post] == 0 {
		delete(f.count, post)
	}
}

// follow adds a post, or changes the state and field of one that is followed.
func (c *conn) follow(r request) {
	f := follow{post: *r.PostID, state: *r.State, since: time.Now()}
	if r.Field != nil {
		f.field = *r.Field
	}
	if r.Line != nil {
		f.line = *r.Line
	}
	c.mu.Lock()
	i := slices.IndexFunc(c.follows, func(have follow) bool { return have.post == f.post })
	full := i < 0 && len(c.follows) == maxFollows
	switch {
	case full:
	case i < 0:
		c.follows = append(c.follows, f)
		c.hub.follows.add(f.post, 1)
	default:
		if c.follows[i].state == f.state {
			f.since = c.follows[i].since
		}
		c.follows[i] = f
	}
	c.mu.Unlock()
	if full {
		c.send(errorFrame("too-many-follows", "a connection may follow 32 posts"))
		return
	}
	c.hub.presence.changed()
}

func (c *conn) unfollow(post int64) {
	c.mu.Lock()
	before := len(c.follows)
	c.follows = slices.DeleteFunc(c.follows, func(f follow) bool { return f.post == post })
	found := len(c.follows) < before
	c.mu.Unlock()
	if found {
		c.hub.follows.add(post, -1)
		c.hub.presence.changed()
	}
}

func (c *conn) unfollowAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.follows {
		c.hub.follows.add(f.post, -1)
	}
	c.follows = nil
}

// fullMask returns the bits of the entries that c gets with their content: those of the posts that it follows.
func (c *conn) fullMask(entries []*stream.Entry) (full uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.follows) == 0 {
		return 0
	}
	for i, e := range entries {
		if e.Full != nil && slices.ContainsFunc(c.follows, func(f follow) bool { return f.post == e.Post }) {
			full |= 1 << i
		}
	}
	return full
}
