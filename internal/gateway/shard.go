package gateway

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/stream"
)

const (
	tickInterval = 500 * time.Millisecond // between two checks of idle connections
	pingInterval = 25 * time.Second       // between pings to a client
	maxSilence   = 60 * time.Second       // without bytes from a client, after which its connection is closed
	maxBlocked   = 30 * time.Second       // of one write that did not fit the socket buffer
	warnBefore   = 60 * time.Second       // between the warning that a token expires and its end
)

var pingFrame = []byte{0x89, 0}

// shard owns some of the connections, and is the only writer to them. It serves them in passes of one goroutine: the events that
// are appended during a pass are sent joined in the next one. A write never blocks the pass: the bytes that do not fit the socket
// buffer are written by a goroutine (conn.flushBlocking), and until it ends the connection is busy and left out.
type shard struct {
	hub    *Hub
	number int // index in Hub.shards
	writer *writer
	woken  chan struct{}
	behind atomic.Int64 // bytes that its connections are behind, as of the last tick
	sent   atomic.Int64 // events sent to its connections so far, once per connection

	mu    sync.Mutex
	queue []*conn // connections to serve in the next pass: new or ended ones, and those with frames of their own

	// The rest belongs to the goroutine of run.
	conns     []*conn
	spare     []*conn     // the queue's other half
	view      stream.View // as of this pass
	presence  *presenceSnapshot
	batches   batches
	delivered int64 // events in this pass
}

func newShard(h *Hub, number int) *shard {
	return &shard{hub: h, number: number, writer: newWriter(), woken: make(chan struct{}, 1)}
}

// enqueue has c served in the next pass. It never waits; the queue holds each connection once.
func (s *shard) enqueue(c *conn) {
	s.mu.Lock()
	if !c.queued {
		c.queued = true
		s.queue = append(s.queue, c)
	}
	s.mu.Unlock()
	notify(s.woken)
}

func (s *shard) run(ctx context.Context) {
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	s.view = s.hub.stream.View()
	for {
		ticks := tick.C
		if len(s.conns) == 0 && s.behind.Load() == 0 {
			ticks = nil // a tick would change nothing
		}
		select {
		case <-ctx.Done():
			return
		case <-s.woken:
			s.runPass()
		case <-ticks:
			s.tick()
		}
	}
}

// runPass serves the queued connections; if the stream or the presence list changed, it also sends the new frames to all others.
func (s *shard) runPass() {
	before, presence := s.view, s.presence
	s.view = s.hub.stream.View()
	s.presence = s.hub.presence.snapshot.Load()
	s.batches.clear()
	for _, c := range s.takeQueue() {
		s.serve(c)
	}
	if s.view.Generation != before.Generation {
		for _, c := range s.conns {
			s.checkGeneration(c)
		}
	}
	if s.view != before || s.presence != presence {
		for _, c := range s.conns {
			s.sendPending(c)
		}
	}
	s.sent.Add(s.delivered)
	s.delivered = 0
	s.observe(before.Next)
	s.hub.spans.passed(s.number, s.view, s.hub.Sockets)
}

// observe measures the delay of the events of this pass. Only the first shard does.
func (s *shard) observe(from int64) {
	if s.number != 0 {
		return
	}
	for _, e := range s.hub.stream.From(from, int(max(s.view.Next-from, 0))) {
		s.hub.metrics.broadcast.Observe(max(time.Since(e.Committed).Seconds(), 0))
	}
}

func (s *shard) takeQueue() []*conn {
	clear(s.spare)
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.queue
	s.queue, s.spare = s.spare[:0], queue
	for _, c := range queue {
		c.queued = false
	}
	return queue
}

// serve does everything that is due for c.
func (s *shard) serve(c *conn) {
	switch {
	case c.readerDone.Load():
		s.remove(c)
		return
	case !c.ready.Load():
		return
	case c.index < 0:
		s.add(c)
	}
	switch {
	case c.busy.Load(): // flushBlocking enqueues it
	case c.finished:
		c.closeWrite()
	default:
		s.flushDirect(c)
		s.sendPending(c)
	}
}

func (s *shard) add(c *conn) {
	c.index = len(s.conns)
	s.conns = append(s.conns, c)
	// The first ping at a random time, so that connections that were opened together are not pinged together.
	c.pinged = s.hub.clock() - rand.N(pingInterval)
	s.checkGeneration(c)
	s.checkExpiry(c, time.Now())
}

// checkGeneration closes c when its position lost its meaning. The client then resumes.
func (s *shard) checkGeneration(c *conn) {
	if c.generation != s.view.Generation {
		c.closeWith(s.hub.restarting())
	}
}

func (s *shard) remove(c *conn) {
	if c.index < 0 {
		return
	}
	last := len(s.conns) - 1
	s.conns[c.index] = s.conns[last]
	s.conns[c.index].index = c.index
	s.conns[last] = nil
	s.conns = s.conns[:last]
	c.index = -1
}

// flushDirect writes the frames for c alone, and with them the presence list if c lacks it.
func (s *shard) flushDirect(c *conn) {
	out, reason := c.takeOut()
	if len(out) == 0 {
		return
	}
	if reason != nil {
		c.finished = true
	} else if s.presence != nil && c.presence != s.presence.version {
		c.presence = s.presence.version
		out = append(out, s.presence.bytes(c)...)
	}
	s.write(c, out)
	if reason != nil && !c.busy.Load() {
		c.closeWrite()
	}
}

// sendPending sends c the presence list and the events that it lacks, until it has all of them or its socket buffer is full.
func (s *shard) sendPending(c *conn) {
	if c.finished {
		return
	}
	for !c.busy.Load() && !c.finished {
		if s.presence != nil && c.presence != s.presence.version {
			c.presence = s.presence.version
			s.write(c, s.presence.bytes(c))
			continue
		}
		if c.pos >= s.view.Next {
			return
		}
		b := s.batches.at(c.pos, s.hub.stream)
		if b == nil { // the stream no longer has it in memory
			s.drop(c)
			return
		}
		c.pos = b.next
		s.delivered += int64(len(b.entries))
		s.write(c, b.bytes(c))
	}
	if s.lag(c) > int64(s.hub.cfg.MaxBehind) {
		s.drop(c)
	}
}

// drop closes a connection that is behind too far: it reads too slowly, unless its position lost its meaning.
func (s *shard) drop(c *conn) {
	if c.generation != s.hub.stream.View().Generation {
		c.closeWith(s.hub.restarting())
		return
	}
	c.evict()
}

// lag returns the bytes that c is behind, more than MaxBehind if the stream no longer has them in memory.
func (s *shard) lag(c *conn) int64 {
	bytes, ok := s.hub.stream.Behind(c.pos)
	if !ok {
		return int64(s.hub.cfg.MaxBehind) + 1
	}
	return bytes
}

// write writes whole frames to the socket buffer. A goroutine writes the bytes that do not fit; until it has
// enqueued c again there is no other writer, so the order holds.
func (s *shard) write(c *conn, frames []byte) {
	n := 0
	if c.raw != nil {
		var err error
		if n, err = s.writer.write(c.raw, frames); err != nil {
			c.finished = true
			c.nc.Close() // which ends the reader, and so c
			return
		}
	}
	if n == len(frames) {
		return
	}
	c.blockedSince = s.hub.clock()
	c.busy.Store(true)
	s.hub.wg.Go(func() { c.flushBlocking(frames[n:]) })
}

// tick closes connections that are silent, blocked or expired, and pings the idle ones.
func (s *shard) tick() {
	now, wall := s.hub.clock(), time.Now()
	var behind int64
	for _, c := range s.conns {
		busy := c.busy.Load()
		if busy {
			behind += min(s.lag(c), int64(s.hub.cfg.MaxBehind))
		}
		switch {
		case !c.sse && now-time.Duration(c.heard.Load()) > maxSilence:
			c.nc.Close()
		case busy && now-c.blockedSince > maxBlocked:
			s.drop(c)
		case !busy && !c.finished && c.sse && now-c.pinged >= heartbeatInterval:
			c.pinged = now
			s.write(c, heartbeat)
		case !busy && !c.finished && !c.sse && now-c.pinged >= pingInterval:
			c.pinged = now
			s.write(c, pingFrame)
		}
		s.checkExpiry(c, wall)
	}
	s.behind.Store(behind)
}

// checkExpiry warns c before its token expires, and closes it when it has.
func (s *shard) checkExpiry(c *conn, now time.Time) {
	expires := c.expires.Load()
	left := time.Duration(expires - now.UnixNano())
	switch {
	case left <= 0:
		c.closeWith(closeReason{code: closeSignIn, reason: "token expired"})
	case left <= warnBefore && c.warned != expires:
		c.warned = expires
		c.send(expiryFrame("auth-expiring", time.Unix(0, expires)))
	}
}
