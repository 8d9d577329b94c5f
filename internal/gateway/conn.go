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
	"github.com/wiredesk/wiredesk/internal/stream"
)

const (
	closeTimeout = 5 * time.Second // for the last bytes and the client's answer
	maxOut       = 64 << 10        // bytes of frames that may wait for one connection alone
	maxFollows   = 32              // posts that a connection may follow
)

type buffer [4096]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// conn is the connection of one client, a WebSocket or an event stream. Until it is ready, the handshake alone writes to it; then
// its shard does. Its reader is the only goroutine that reads, and the one that ends it: every other part that wants the
// connection closed calls closeWith, or closes nc, which ends the reader. An idle connection costs this struct and the reader's
// small stack.
type conn struct {
	hub   *Hub
	shard *shard
	nc    net.Conn
	raw   syscall.RawConn // nil: every write takes a goroutine of its own
	sse   bool            // it gets server-sent events, not WebSocket frames
	user  int64
	since time.Time // when it was opened

	// These belong to the shard's goroutine.
	pos          int64 // the seq that it is sent next
	generation   int   // of the stream that pos is in
	index        int   // in the shard's list; -1: not there yet
	presence     int   // the version of the presence list that it was sent last
	pinged       time.Duration
	blockedSince time.Duration // since when it is busy
	warned       int64         // the expiry that auth-expiring was sent for
	finished     bool          // its close frame is written, or it is broken: nothing may follow

	ready      atomic.Bool  // its shard may write
	busy       atomic.Bool  // flushBlocking runs
	readerDone atomic.Bool  // the reader has ended
	heard      atomic.Int64 // when bytes were read last, by the hub's clock
	expires    atomic.Int64 // the token's end, Unix nanoseconds

	queued bool // in the shard's queue; guarded by the shard's mu

	// These belong to the reader.
	in           decoder
	discardInput bool // the connection is being closed

	mu      sync.Mutex
	grant   auth.Grant
	out     []byte // whole frames or events for this client alone, not yet written
	closing *closeReason
	follows []follow
}

func (h *Hub) newConn(nc net.Conn, g auth.Grant, at stream.Start) *conn {
	c := &conn{hub: h, nc: nc, raw: rawConn(nc), user: g.Actor.ID, since: time.Now(),
		pos: at.Next, generation: at.Generation, index: -1, grant: g}
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
	c.shard.enqueue(c)
}

// closeWith ends the connection: the client is sent the reason, and has closeTimeout to answer.
// Of several calls the first counts.
func (c *conn) closeWith(reason closeReason) {
	c.mu.Lock()
	first := c.closing == nil
	if first {
		c.closing = &reason
	}
	c.mu.Unlock()
	if !first {
		return
	}
	c.nc.SetDeadline(time.Now().Add(closeTimeout))
	c.shard.enqueue(c)
}

// evict closes a connection that reads too slowly.
func (c *conn) evict() {
	if c.ending() {
		return
	}
	c.hub.metrics.evictions.Inc()
	c.hub.evicted.add(c.granted().Actor.SessionID, time.Now())
	c.closeWith(closeReason{code: closeSlow, reason: "too slow"})
}

// takeOut returns the bytes for this client alone, with the close frame or event at their end if reason is not nil.
func (c *conn) takeOut() (out []byte, reason *closeReason) {
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

// flushBlocking writes the bytes that did not fit the socket buffer, then re-queues c on its shard.
func (c *conn) flushBlocking(rest []byte) {
	if _, err := c.nc.Write(rest); err != nil {
		c.nc.Close()
	}
	c.busy.Store(false)
	c.shard.enqueue(c)
}

// closeWrite ends the sending side after the close frame. The reader waits for the client's answer: a
// socket that is closed with unread bytes discards the close frame.
func (c *conn) closeWrite() {
	c.mu.Lock()
	both := c.closing == nil || c.closing.echo
	c.mu.Unlock()
	half, ok := c.nc.(interface{ CloseWrite() error })
	if both || !ok {
		c.nc.Close()
		return
	}
	half.CloseWrite()
}

// read waits for bytes once and handles them, then continues in a new goroutine: handling may
// grow the stack, and the one that waits shall be small.
func (c *conn) read() {
	buf, n, err := c.await()
	if err == nil && n == 0 {
		err = net.ErrClosed
	}
	if err == nil {
		c.heard.Store(int64(c.hub.clock()))
		err = c.handleInput(buf[:n])
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

// end is the last call of the reader: it alone removes c from the hub and the shard.
func (c *conn) end() {
	c.nc.Close()
	c.unfollowAll()
	c.readerDone.Store(true)
	c.hub.leave(c)
	c.shard.enqueue(c)
	c.hub.wg.Done()
}

// handleInput handles bytes of the client. An error ends the reader.
func (c *conn) handleInput(data []byte) error {
	if c.discardInput {
		return nil
	}
	if c.sse {
		c.discardInput = true
		c.closeWith(closeReason{code: closePolicy, reason: "a stream takes no input", problem: "malformed"})
		return nil
	}
	err := c.in.feed(c.hub.clock(), data, c.handle)
	var reason closeReason
	if !errors.As(err, &reason) {
		return err
	}
	if reason.echo && c.ending() {
		return err // the client has answered our close frame
	}
	c.discardInput = true
	c.closeWith(reason)
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
		return closeReason{code: closePolicy, reason: err.Error(), problem: "malformed"}
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

// renew replaces the token of the connection by a new one of the same user.
func (c *conn) renew(token string) error {
	before := c.hub.sessions.requests.Load()
	g, err := c.hub.sessions.verify(context.Background(), token)
	switch {
	case fault.KindOf(err) == fault.Unauthorized:
		return closeReason{code: closeSignIn, reason: "the token is not valid", problem: "unauthorized"}
	case err != nil:
		c.send(errorFrame("unavailable", "the token could not be verified; try again"))
		return nil
	case g.Actor.ID != c.user:
		return closeReason{code: closePolicy, reason: "the token is another user's", problem: "another-user"}
	}
	c.mu.Lock()
	c.grant = g
	c.mu.Unlock()
	c.expires.Store(g.Expires.UnixNano())
	c.hub.sessions.recheckSince(before)
	c.send(expiryFrame("auth-renewed", g.Expires))
	return nil
}
