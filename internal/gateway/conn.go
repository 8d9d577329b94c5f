package gateway

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

const (
	closeTimeout = 5 * time.Second // for the last bytes and the client's answer
	maxOut       = 64 << 10        // bytes of answers that may wait for a connection
	maxFollows   = 32              // posts that a connection may follow
)

type buffer [4096]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// conn is one client's connection. Its shard alone writes to it, its reader alone
// reads; an idle one is this struct and the reader's small stack.
type conn struct {
	hub   *Hub
	shard *shard
	nc    net.Conn
	raw   syscall.RawConn // nil: every write takes a goroutine of its own
	sse   bool            // it gets server-sent events, not WebSocket frames
	user  int64
	since time.Time // when it was opened

	// The shard's alone.
	pos        int64 // the seq that it is sent next
	generation int   // of the stream that pos is in
	index      int   // in the shard's list; -1: not there yet
	presence   int   // the version that it was sent last
	pinged     time.Duration
	parked     time.Duration // since when it is busy
	warned     int64         // the expiry that auth-expiring was sent for
	finished   bool          // its close frame is written, or it is broken: nothing may follow

	ready   atomic.Bool  // handed to the shard; until then the handshake writes
	busy    atomic.Bool  // a goroutine finishes a write that the kernel had no room for
	gone    atomic.Bool  // the reader has ended
	heard   atomic.Int64 // when bytes came last, by the hub's clock
	expires atomic.Int64 // the token's end, Unix nanoseconds

	queued bool // in the shard's list of those to tend; the shard's mu

	// The reader's alone.
	in   decoder
	deaf bool // what comes is dropped until the connection ends

	mu      sync.Mutex
	grant   auth.Grant
	out     []byte // whole frames or events for this client alone, not yet written
	closing *closing
	follows []follow
}

func (h *Hub) newConn(nc net.Conn, g auth.Grant, at place) *conn {
	c := &conn{hub: h, nc: nc, raw: rawConn(nc), user: g.Actor.ID, since: time.Now(),
		pos: at.pos, generation: at.generation, index: -1, grant: g}
	c.expires.Store(g.Expires.UnixNano())
	return c
}

// send queues a frame for this client alone.
func (c *conn) send(frame []byte) {
	frame = c.encode(frame, noID)
	c.mu.Lock()
	full := len(c.out)+len(frame) > maxOut
	if !full && c.closing == nil {
		c.out = append(c.out, frame...)
	}
	c.mu.Unlock()
	if full {
		c.evict()
	}
	c.shard.tendSoon(c)
}

// shut ends the connection: the client is sent how, and has closeTimeout to take note.
// Of several calls the first counts.
func (c *conn) shut(how closing) {
	c.mu.Lock()
	first := c.closing == nil
	if first {
		c.closing = &how
	}
	c.mu.Unlock()
	if !first {
		return
	}
	c.nc.SetDeadline(time.Now().Add(closeTimeout))
	c.shard.tendSoon(c)
}

// evict closes a connection that reads too slowly.
func (c *conn) evict() {
	c.mu.Lock()
	first := c.closing == nil
	c.mu.Unlock()
	if first {
		c.hub.metrics.evictions.Inc()
		c.hub.evicted.add(c.granted().Actor.SessionID, time.Now())
		c.shut(closing{code: closeSlow, reason: "too slow"})
	}
}

// takeOut returns the bytes for this client alone, with the close frame or event if how is not nil.
func (c *conn) takeOut() (out []byte, how *closing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out, c.out = c.out, nil
	switch {
	case c.closing == nil:
	case c.sse:
		out = append(out, c.closing.events()...)
	default:
		out = append(out, c.closing.frames()...)
	}
	return out, c.closing
}

// finish writes what the kernel had no room for, then gives c back to its shard.
func (c *conn) finish(rest []byte) {
	if _, err := c.nc.Write(rest); err != nil {
		c.nc.Close()
	}
	c.busy.Store(false)
	c.shard.tendSoon(c)
}

// read waits for the client's bytes once and handles them, then goes on in a fresh
// goroutine: handling may grow the stack, and the one that waits is to be small.
func (c *conn) read() {
	buf, n, err := c.await()
	if err == nil && n == 0 {
		err = net.ErrClosed
	}
	if err == nil {
		c.heard.Store(int64(c.hub.clock()))
		err = c.take(buf[:n])
	}
	if buf != nil {
		buffers.Put(buf)
	}
	if err != nil {
		c.end()
		return
	}
	go c.read()
}

func (c *conn) await() (*buffer, int, error) {
	if c.raw != nil {
		return receive(c.raw)
	}
	buf := buffers.Get().(*buffer)
	n, err := c.nc.Read(buf[:])
	return buf, n, err
}

// end is the reader's last act: it alone takes c out of the hub and the shard.
func (c *conn) end() {
	c.nc.Close()
	c.unfollowAll()
	c.gone.Store(true)
	c.hub.leave(c)
	c.shard.tendSoon(c)
	c.hub.wg.Done()
}

// take handles bytes of the client. It returns an error when there is nothing left to wait for.
func (c *conn) take(data []byte) error {
	if c.deaf {
		return nil
	}
	if c.sse {
		c.deaf = true
		c.shut(closing{code: closePolicy, reason: "a stream takes no input", problem: "malformed"})
		return nil
	}
	err := c.in.feed(c.hub.clock(), data, c.handle)
	var how closing
	if !errors.As(err, &how) {
		return err
	}
	c.mu.Lock()
	closed := c.closing != nil
	c.mu.Unlock()
	if closed && how.echo {
		return err // both have said goodbye
	}
	c.deaf = true
	c.shut(how)
	return nil
}

// handle answers one message or control frame.
func (c *conn) handle(op ws.OpCode, payload []byte) error {
	switch op {
	case ws.OpClose:
		return answer(payload)
	case ws.OpPing:
		c.send(ws.MustCompileFrame(ws.NewPongFrame(payload)))
		return nil
	case ws.OpPong:
		return nil
	}
	r, err := parse(payload)
	if err != nil {
		return closing{code: closePolicy, reason: err.Error(), problem: "malformed"}
	}
	switch r.Type {
	case "auth":
		return c.renew(*r.Token)
	case "follow":
		c.follow(r)
	case "unfollow":
		c.unfollow(*r.PostID)
	case "ping":
		c.send(pongFrame)
	}
	return nil
}

// renew puts a new token in the place of the old one. It must be the same user's.
func (c *conn) renew(token string) error {
	before := c.hub.rechecks.Load()
	g, err := c.hub.verify(context.Background(), token)
	switch {
	case fault.KindOf(err) == fault.Unauthorized:
		return closing{code: closeSignIn, reason: "the token is not valid", problem: "unauthorized"}
	case err != nil:
		c.send(errorFrame("unavailable", "the token could not be verified; try again"))
		return nil
	case g.Actor.ID != c.user:
		return closing{code: closePolicy, reason: "the token is another user's", problem: "another-user"}
	}
	c.mu.Lock()
	c.grant = g
	c.mu.Unlock()
	c.expires.Store(g.Expires.UnixNano())
	c.hub.recheckSince(before)
	c.send(expiryFrame("auth-renewed", g.Expires))
	return nil
}
