package cluster_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// proxy forwards connections, and simulates failures of a network.
type proxy struct {
	address string
	dial    func() (net.Conn, error) // opens the other half of a connection

	mu       sync.Mutex
	listener net.Listener  // nil while it refuses
	silence  chan struct{} // closed by heal; nil while bytes are forwarded
	pairs    map[*pair]struct{}
	serving  sync.WaitGroup
}

// pair is one connection: the client's half and the server's.
type pair struct{ client, server net.Conn }

func (p *pair) close() {
	p.client.Close()
	p.server.Close()
}

// to dials one address.
func to(address string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.Dial("tcp", address) }
}

// balance dials the addresses in turn. It balances TCP connections, without
// sticky sessions.
func balance(addresses []string) func() (net.Conn, error) {
	var next atomic.Uint64
	return func() (c net.Conn, err error) {
		for range addresses {
			if c, err = net.Dial("tcp", addresses[next.Add(1)%uint64(len(addresses))]); err == nil {
				break
			}
		}
		return c, err
	}
}

// newProxy listens at once. Port 0 becomes a free one, which heal uses again.
func newProxy(t *testing.T, address string, dial func() (net.Conn, error)) *proxy {
	t.Helper()
	p := &proxy{address: address, dial: dial, pairs: map[*pair]struct{}{}}
	testkit.Must(t, p.open())
	t.Cleanup(func() {
		p.heal(t)
		p.refuse()
		p.serving.Wait()
	})
	return p
}

func (p *proxy) open() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		return fmt.Errorf("opening a proxy: %w", err)
	}
	p.listener, p.address = l, l.Addr().String()
	p.serving.Go(func() { p.serve(l) })
	return nil
}

// refuse closes the open connections and refuses new ones, as a host without the service does.
func (p *proxy) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	p.cutAll()
}

// cut closes the connections that are open, and takes new ones.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAll()
}

func (p *proxy) cutAll() {
	for pair := range p.pairs {
		pair.close()
	}
}

// swallow accepts connections and bytes, and forwards nothing, as a network does that
// drops every packet. The bytes are forwarded after heal.
func (p *proxy) swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silence == nil {
		p.silence = make(chan struct{})
	}
}

// heal ends every failure.
func (p *proxy) heal(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	if p.silence != nil {
		close(p.silence)
		p.silence = nil
	}
	p.mu.Unlock()
	if err := p.open(); err != nil {
		t.Error(err)
	}
}

// wait returns when bytes may be forwarded.
func (p *proxy) wait() {
	p.mu.Lock()
	silence := p.silence
	p.mu.Unlock()
	if silence != nil {
		<-silence
	}
}

func (p *proxy) serve(l net.Listener) {
	for {
		client, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			p.serving.Go(func() { p.carry(client) })
		}
	}
}

// carry forwards bytes both ways, until one side ends.
func (p *proxy) carry(client net.Conn) {
	p.wait()
	server, err := p.dial()
	if err != nil {
		client.Close()
		return
	}
	pair := &pair{client, server}
	p.mu.Lock()
	refused := p.listener == nil
	p.pairs[pair] = struct{}{}
	p.mu.Unlock()
	if refused { // between the accepting and now
		pair.close()
	}
	var ways sync.WaitGroup
	ways.Go(func() { p.copy(server, client); pair.close() })
	ways.Go(func() { p.copy(client, server); pair.close() })
	ways.Wait()
	p.mu.Lock()
	delete(p.pairs, pair)
	p.mu.Unlock()
}

func (p *proxy) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.wait()
		if _, broken := to.Write(buffer[:n]); err != nil || broken != nil {
			return
		}
	}
}
