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

type dial = func(ctx context.Context, network, address string) (net.Conn, error)

type condition int

const (
	open    condition = iota
	refused           // connections are not made
	silent            // nothing gets through, and nobody is told
)

// Line is the way from one node to all brokers. It begins open.
type Line struct {
	dials atomic.Int64

	mu        sync.Mutex
	through   dial
	condition condition
	conns     map[*wire]struct{}
}

func newLine(through dial) *Line {
	if through == nil {
		through = new(net.Dialer).DialContext
	}
	return &Line{through: through, conns: map[*wire]struct{}{}}
}

// Dials returns how many connections were asked for so far.
func (l *Line) Dials() int64 { return l.dials.Load() }

// Refuse cuts all connections and refuses new ones, as the machines of stopped brokers do.
func (l *Line) Refuse() {
	l.set(refused)
	l.Cut()
}

// Silence lets nothing through any more, as a network that lost its way to the
// brokers does, or brokers that stand still.
func (l *Line) Silence() { l.set(silent) }

// Restore opens the line again. The connections that were silent are cut: what was
// said on them is lost.
func (l *Line) Restore() {
	wasSilent := l.set(open) == silent
	if wasSilent {
		l.Cut()
	}
}

// Lead restores the line to other brokers, or the same ones somewhere else.
func (l *Line) Lead(through dial) {
	l.mu.Lock()
	l.through = through
	l.mu.Unlock()
	l.Restore()
}

// Cut closes all connections.
func (l *Line) Cut() {
	l.mu.Lock()
	conns := slices.Collect(maps.Keys(l.conns))
	l.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

func (l *Line) set(c condition) (before condition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.condition = l.condition, c
	return before
}

func (l *Line) state() (condition, dial) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.condition, l.through
}

func (l *Line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.dials.Add(1)
	switch condition, through := l.state(); condition {
	case refused:
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	case silent:
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
	default:
		conn, err := through(ctx, network, address)
		if err != nil {
			return nil, err
		}
		w := &wire{Conn: conn, line: l}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns[w] = struct{}{}
		return w, nil
	}
}

// wire is one connection of a line.
type wire struct {
	net.Conn
	line *Line
}

// Write loses what is said on a silent line: no answer will come.
func (w *wire) Write(b []byte) (int, error) {
	if condition, _ := w.line.state(); condition == silent {
		return len(b), nil
	}
	return w.Conn.Write(b)
}

// Close closes the connection.
func (w *wire) Close() error {
	w.line.mu.Lock()
	delete(w.line.conns, w)
	w.line.mu.Unlock()
	return w.Conn.Close()
}
