package gateway

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	tickInterval = 500 * time.Millisecond // how often a shard looks after its idle connections
	pingInterval = 25 * time.Second       // between pings to a client
	maxSilence   = 60 * time.Second       // after which a client counts as dead
	maxParked    = 30 * time.Second       // that one write may take
	warnBefore   = 60 * time.Second       // how long before its token ends a client is warned
)

var pingFrame = []byte{0x89, 0}

// shard owns some of the connections and is their only writer. It walks them in passes:
// what comes during a pass leaves joined in the next.
type shard struct {
	hub    *Hub
	number int // of the hub's shards
	writer *writer
	woken  chan struct{}
	behind atomic.Int64 // bytes that its connections are behind, as of the last tick
	handed atomic.Int64 // events handed to its connections so far, once per connection

	mu    sync.Mutex
	queue []*conn // to be tended: new, gone, given back, or with something to say

	conns     []*conn
	spare     []*conn // the queue's other half
	view      view    // what the stream holds, as of this pass
	presence  *told   // likewise
	batches   batches
	delivered int64 // events in this pass
}

func newShard(h *Hub, number int) *shard {
	return &shard{hub: h, number: number, writer: newWriter(), woken: make(chan struct{}, 1)}
}

// tendSoon has c looked after in the next pass. It never waits; the queue holds each connection once.
func (s *shard) tendSoon(c *conn) {
	s.mu.Lock()
	if !c.queued {
		c.queued = true
		s.queue = append(s.queue, c)
	}
	s.mu.Unlock()
	s.poke()
}

func (s *shard) poke() { signal(s.woken) }

func (s *shard) run(ctx context.Context) {
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	s.view = s.hub.stream.ring.look()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.woken:
			s.pass()
		case <-tick.C:
			s.tick()
		}
	}
}

// pass tends those that asked for it and, when there is something new for all, brings all forward.
func (s *shard) pass() {
	before, presence := s.view, s.presence
	s.view = s.hub.stream.ring.look()
	s.presence = s.hub.presence.now.Load()
	s.batches.clear()
	for _, c := range s.takeQueue() {
		s.tend(c)
	}
	if s.view.generation != before.generation {
		for _, c := range s.conns {
			s.checkGeneration(c)
		}
	}
	if s.view != before || s.presence != presence {
		for _, c := range s.conns {
			s.advance(c)
		}
	}
	s.handed.Add(s.delivered)
	s.delivered = 0
	s.observe(before.next)
	s.hub.spans.passed(s.number, s.view, s.hub.Sockets)
}

// observe measures the events of this pass. One shard speaks for all.
func (s *shard) observe(from int64) {
	if s != s.hub.shards[0] {
		return
	}
	for _, e := range s.hub.stream.ring.from(from, int(max(s.view.next-from, 0))) {
		s.hub.metrics.broadcast.Observe(max(time.Since(e.at).Seconds(), 0))
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

// tend does all that there is to do for c.
func (s *shard) tend(c *conn) {
	switch {
	case c.gone.Load():
		s.remove(c)
		return
	case !c.ready.Load():
		return
	case c.index < 0:
		s.add(c)
	}
	switch {
	case c.busy.Load(): // it will be given back
	case c.finished:
		c.hangUp()
	default:
		s.speak(c)
		s.advance(c)
	}
}

func (s *shard) add(c *conn) {
	c.index = len(s.conns)
	s.conns = append(s.conns, c)
	// The first ping at a moment of its own, so that those who came together are not pinged together.
	c.pinged = s.hub.clock() - rand.N(pingInterval)
	s.checkGeneration(c)
	s.guard(c, time.Now())
}

// checkGeneration sends c away when its position belongs to a stream that broke off.
func (s *shard) checkGeneration(c *conn) {
	if c.generation != s.view.generation {
		c.shut(s.hub.restarting())
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

// speak writes what is for c alone, and with it the presence when that is due too.
func (s *shard) speak(c *conn) {
	out, how := c.takeOut()
	if len(out) == 0 {
		return
	}
	if how != nil {
		c.finished = true
	} else if s.presence != nil && c.presence != s.presence.version {
		c.presence = s.presence.version
		out = append(out, s.presence.bytes(c)...)
	}
	s.write(c, out)
	if how != nil && !c.busy.Load() {
		c.hangUp()
	}
}

// advance sends c what it has not seen yet, until it has everything or the kernel has no room.
func (s *shard) advance(c *conn) {
	if c.finished {
		return
	}
	for !c.busy.Load() && !c.finished {
		if s.presence != nil && c.presence != s.presence.version {
			c.presence = s.presence.version
			s.write(c, s.presence.bytes(c))
			continue
		}
		if c.pos >= s.view.next {
			return
		}
		b := s.batches.at(c.pos, s.hub.stream.ring)
		if b == nil { // out of the ring
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

// drop closes a connection that is behind too far: it reads too slowly, unless the stream broke off.
func (s *shard) drop(c *conn) {
	if c.generation != s.hub.stream.ring.look().generation {
		c.shut(s.hub.restarting())
		return
	}
	c.evict()
}

// lag returns how many bytes c is behind; one that is out of the ring is behind too far.
func (s *shard) lag(c *conn) int64 {
	bytes, ok := s.hub.stream.ring.behind(c.pos)
	if !ok {
		return int64(s.hub.cfg.MaxBehind) + 1
	}
	return bytes
}

// write hands whole frames to the kernel. What it has no room for is finished by a
// goroutine; until that gives c back nobody else writes, so the order holds.
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
	c.parked = s.hub.clock()
	c.busy.Store(true)
	s.hub.wg.Go(func() { c.finish(frames[n:]) })
}

// hangUp follows the close frame: nothing more is sent. The reader waits for the
// client's answer, lest unread bytes make the kernel throw the close frame away.
func (c *conn) hangUp() {
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

// tick looks after connections that nothing happens on.
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
		case busy && now-c.parked > maxParked:
			s.drop(c)
		case !busy && !c.finished && c.sse && now-c.pinged >= heartbeatInterval:
			c.pinged = now
			s.write(c, heartbeat)
		case !busy && !c.finished && !c.sse && now-c.pinged >= pingInterval:
			c.pinged = now
			s.write(c, pingFrame)
		}
		s.guard(c, wall)
	}
	s.behind.Store(behind)
}

// guard warns c before its token ends, and closes it when it has.
func (s *shard) guard(c *conn, now time.Time) {
	expires := c.expires.Load()
	left := time.Duration(expires - now.UnixNano())
	switch {
	case left <= 0:
		c.shut(closing{code: closeSignIn, reason: "token expired"})
	case left <= warnBefore && c.warned != expires:
		c.warned = expires
		c.send(expiryFrame("auth-expiring", time.Unix(0, expires)))
	}
}
