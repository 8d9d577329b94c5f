package embedded

import (
	"context"
	"net"
	"sync"
)

// pipes is what the embedded broker listens on: connections that are made inside
// this process, and those of external clients.
type memListener struct {
	addr   net.Addr // what the broker tells clients to connect to; dial ignores it
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemListener(addr net.Addr) *memListener {
	return &memListener{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept returns the next connection.
func (l *memListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Addr returns the address of the broker.
func (l *memListener) Addr() net.Addr { return l.addr }

// Close ends Accept and every dial.
func (l *memListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// dial connects to the broker, whatever the address.
func (l *memListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if err := l.deliver(ctx, theirs); err != nil {
		return nil, err
	}
	return ours, nil
}

// hand gives the broker its end of a connection.
func (l *memListener) deliver(ctx context.Context, conn net.Conn) error {
	select {
	case l.conns <- conn:
		return nil
	case <-l.closed:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inside is the address of a broker that only this process reaches.
type memAddr struct{}

func (memAddr) Network() string { return "inside" }
func (memAddr) String() string  { return "inside:9092" }
