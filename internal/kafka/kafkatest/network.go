package kafkatest

import (
	"context"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
)

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

type mode int

const (
	open    mode = iota
	refused      // dials fail with ECONNREFUSED
	silent       // dials time out, and written bytes are dropped
)

// FaultyNetwork connects one node to all brokers, and fails on command. It begins open. Its methods
// may be called from any goroutine.
type FaultyNetwork struct {
	dials atomic.Int64

	mu    sync.Mutex
	next  dialFunc
	mode  mode
	conns map[*conn]struct{}
}

// newNetwork returns a network that dials with next; nil: over TCP.
func newNetwork(next dialFunc) *FaultyNetwork {
	if next == nil {
		next = new(net.Dialer).DialContext
	}
	return &FaultyNetwork{next: next, conns: map[*conn]struct{}{}}
}

// Dials returns the number of dials so far, failed ones included.
func (n *FaultyNetwork) Dials() int64 { return n.dials.Load() }

// Refuse closes all connections and refuses new ones, like the machines of stopped brokers.
func (n *FaultyNetwork) Refuse() {
	n.setMode(refused)
	n.Cut()
}

// Silence drops all bytes without an error, like a broken route or suspended brokers.
func (n *FaultyNetwork) Silence() { n.setMode(silent) }

// Restore opens the network again. After Silence it closes the connections, whose bytes are lost.
func (n *FaultyNetwork) Restore() {
	wasSilent := n.setMode(open) == silent
	if wasSilent {
		n.Cut()
	}
}

// Redirect restores the network with another way to the brokers, or with other brokers.
func (n *FaultyNetwork) Redirect(next dialFunc) {
	n.mu.Lock()
	n.next = next
	n.mu.Unlock()
	n.Restore()
}

// Cut closes all connections.
func (n *FaultyNetwork) Cut() {
	n.mu.Lock()
	conns := slices.Collect(maps.Keys(n.conns))
	n.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

func (n *FaultyNetwork) setMode(m mode) (before mode) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, n.mode = n.mode, m
	return before
}

func (n *FaultyNetwork) state() (mode, dialFunc) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mode, n.next
}

func (n *FaultyNetwork) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.dials.Add(1)
	switch mode, next := n.state(); mode {
	case refused:
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	case silent:
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
	default:
		dialed, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: dialed, network: n}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.conns[c] = struct{}{}
		return c, nil
	}
}

// conn is one connection of a network.
type conn struct {
	net.Conn
	network *FaultyNetwork
}

// Write drops b on a silent network, so no answer will arrive.
func (c *conn) Write(b []byte) (int, error) {
	if mode, _ := c.network.state(); mode == silent {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// Close closes the connection.
func (c *conn) Close() error {
	c.network.mu.Lock()
	delete(c.network.conns, c)
	c.network.mu.Unlock()
	return c.Conn.Close()
}
