package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/serverproc"
)

// clientPool is a set of sockets that stay connected and parse only the seq of frames.
type clientPool struct {
	*target
	began   time.Time
	members []*member
	dials   chan struct{} // bounds the connections in progress until opened
	readers sync.WaitGroup
	stop    context.CancelFunc

	timed   atomic.Bool  // members record the latency of marked events
	open    atomic.Int64 // members after the welcome frame
	goal    atomic.Int64 // the seq that wait waits for
	pending atomic.Int64 // members that have not received it
	reached chan time.Time

	events, bytes atomic.Int64 // frames that carried an event, and their size
}

// member is one socket of the pool. Its fields, except socket, belong to its
// goroutine until the pool is closed.
type member struct {
	pool             *clientPool
	last             int64 // seq of the newest event, and the cursor of a reconnect
	missed, repeated int64
	latencies        []time.Duration
	welcomed         atomic.Int64 // in nanoseconds since the start of the pool

	mu     sync.Mutex
	socket net.Conn
}

// newClientPool opens n sockets and waits until all are welcomed. The caller closes it.
func (t *target) newClientPool(ctx context.Context, n int) (*clientPool, error) {
	const atOnce = 64
	ctx, cancel := context.WithCancel(ctx)
	c := &clientPool{target: t, began: time.Now(), dials: make(chan struct{}, atOnce), stop: cancel, reached: make(chan time.Time, 1)}
	for range n {
		m := &member{pool: c, last: -1}
		c.members = append(c.members, m)
		c.readers.Go(func() { m.run(ctx) })
	}
	if err := c.await(ctx, func() bool { return c.open.Load() == int64(n) }); err != nil {
		c.close()
		return nil, fmt.Errorf("opening %d sockets, %d are open: %w", n, c.open.Load(), err)
	}
	return c, nil
}

func (c *clientPool) await(ctx context.Context, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return serverproc.Poll(ctx, 2*time.Millisecond, done)
}

// close ends all sockets and waits for their goroutines.
func (c *clientPool) close() {
	c.stop()
	c.disconnect()
	c.readers.Wait()
}

// disconnect closes all TCP connections at once, without a close frame.
func (c *clientPool) disconnect() {
	for _, m := range c.members {
		m.mu.Lock()
		if s, ok := m.socket.(*net.TCPConn); ok {
			s.SetLinger(0)
			s.Close()
		}
		m.mu.Unlock()
	}
}

// expect sets the seq that wait waits for. No member may have received it yet.
func (c *clientPool) expect(seq int64) {
	c.pending.Store(int64(len(c.members)))
	c.goal.Store(seq)
}

// wait returns the time at which the last member received the expected event.
func (c *clientPool) wait(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	select {
	case at := <-c.reached:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("%d of %d sockets never saw event %d: %w", c.pending.Load(), len(c.members), c.goal.Load(), ctx.Err())
	}
}

// head returns the seq that all members have received. No event may be in flight.
func (c *clientPool) head() int64 {
	var head int64
	for _, m := range c.members {
		m.mu.Lock()
		head = max(head, m.last)
		m.mu.Unlock()
	}
	return head
}

// run keeps the member connected until ctx ends.
func (m *member) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := m.connect(ctx); err != nil {
			timer := time.NewTimer(rand.N(50 * time.Millisecond))
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}
	}
}

func (m *member) connect(ctx context.Context) error {
	c := m.pool
	first := m.last < 0
	if first {
		c.dials <- struct{}{}
	}
	address := "ws" + c.socketURL[len("http"):] + "/ws"
	if !first {
		address += "?cursor=" + strconv.FormatInt(m.last, 10)
	}
	dialer := ws.Dialer{Timeout: 20 * time.Second, Header: ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer " + c.token}})}
	conn, ahead, _, err := dialer.Dial(ctx, address)
	if first {
		<-c.dials
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	m.mu.Lock()
	m.socket = conn
	m.mu.Unlock()
	if ctx.Err() != nil { // disconnect may have run before
		return ctx.Err()
	}
	f := frames{conn: conn}
	if ahead != nil {
		f.take(ahead)
		ws.PutReader(ahead)
	}
	for {
		if err := f.next(m.frame); err != nil {
			return err
		}
	}
}

var (
	welcomeHead = []byte(`{"type":"welcome"`)
	eventHead   = []byte(`{"type":"blog-`)
	seqKey      = []byte(`"seq":`)
	cursorKey   = []byte(`"cursor":`)
)

// frame handles one text frame.
func (m *member) frame(b []byte) {
	switch {
	case bytes.HasPrefix(b, eventHead):
		m.event(b)
	case bytes.HasPrefix(b, welcomeHead):
		if m.last < 0 {
			m.mu.Lock()
			m.last = number(b, cursorKey)
			m.mu.Unlock()
			m.pool.open.Add(1)
		}
		m.welcomed.Store(int64(time.Since(m.pool.began)))
	}
}

func (m *member) event(b []byte) {
	c := m.pool
	seq := number(b, seqKey)
	if seq <= m.last {
		m.repeated++
		return
	}
	m.missed += seq - m.last - 1
	m.mu.Lock()
	m.last = seq
	m.mu.Unlock()
	c.events.Add(1)
	c.bytes.Add(int64(len(b)))
	if c.timed.Load() {
		if at := bytes.Index(b, []byte(marker)); at >= 0 {
			m.latencies = append(m.latencies, time.Since(c.began)-time.Duration(number(b[at:], []byte(marker))))
		}
	}
	if seq == c.goal.Load() && c.pending.Add(-1) == 0 {
		c.reached <- time.Now()
	}
}

// number returns the number that follows key, 0 without one.
func number(b, key []byte) (n int64) {
	at := bytes.Index(b, key)
	if at < 0 {
		return 0
	}
	for _, d := range b[at+len(key):] {
		if d < '0' || d > '9' {
			break
		}
		n = n*10 + int64(d-'0')
	}
	return n
}

// latencies returns the latencies of all members. The pool must be closed.
func (c *clientPool) latencies() []time.Duration {
	var all []time.Duration
	for _, m := range c.members {
		all = append(all, m.latencies...)
	}
	return all
}

// frameSize returns the mean size of an event's frame, in bytes.
func (c *clientPool) frameSize() int64 { return c.bytes.Load() / max(1, c.events.Load()) }
