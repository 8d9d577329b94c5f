package embedded

import (
	"context"
	"net"
	"sync"
)

// memListener is the listener of the broker. It accepts connections from memory: those of dial, and those
// of external clients.
type memListener struct {
	addr   net.Addr // advertised to clients; dial ignores it
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

// Close ends Accept, dial and deliver with net.ErrClosed.
func (l *memListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// dial connects to the broker. It ignores the address.
func (l *memListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if err := l.deliver(ctx, theirs); err != nil {
		return nil, err
	}
	return ours, nil
}

// deliver passes conn to Accept.
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

// memAddr is the address of a broker without an external listener.
type memAddr struct{}

func (memAddr) Network() string { return "inside" }
func (memAddr) String() string  { return "inside:9092" }
