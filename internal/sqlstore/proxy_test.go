package sqlstore_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a store and its database, and breaks what passes through it.
type proxy struct {
	server string // where it passes connections on to

	mu      sync.Mutex
	refuses bool
	conns   map[net.Conn]struct{} // both ends of each connection
	onText  string                // what a store sends with this in it
	then    fate                  // suffers this
}

// fate is what becomes of a statement and its connection.
type fate int

const (
	cutBefore fate = iota // the server never sees it, and both ends are closed
	cutAfter              // the server sees it, and its answer is lost with the connection
	withhold              // it goes nowhere, nor does anything else; both ends stay open
)

// newProxy returns a proxy for the server of a DATABASE_URL, and the URL through it.
func newProxy(t *testing.T, raw string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(raw)
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{server: u.Host, conns: make(map[net.Conn]struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.pass(client) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		all.Wait()
	})
	u.Host = listener.Addr().String()
	return p, u.String()
}

// cut closes all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// refuse says whether new connections are closed at once.
func (p *proxy) refuse(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = yes
}

// on has the next statement with that text suffer its fate.
func (p *proxy) on(text string, then fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onText, p.then = text, then
}

func (p *proxy) pass(client net.Conn) {
	defer client.Close()
	p.mu.Lock()
	refuses := p.refuses
	p.mu.Unlock()
	if refuses {
		return
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = struct{}{}, struct{}{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, client)
		delete(p.conns, server)
	}()
	var answers sync.WaitGroup
	answers.Go(func() {
		defer client.Close()
		io.Copy(client, server)
	})
	p.forward(client, server)
	server.Close()
	answers.Wait()
}

// forward passes on what the client sends, until something is to be broken.
func (p *proxy) forward(client, server net.Conn) {
	for buf := make([]byte, 64<<10); ; {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		hit, then := p.onText != "" && bytes.Contains(buf[:n], []byte(p.onText)), p.then
		if hit {
			p.onText = ""
		}
		p.mu.Unlock()
		switch {
		case hit && then == cutBefore:
			return
		case hit && then == withhold:
			io.Copy(io.Discard, client) // until the client gives up
			return
		case hit && then == cutAfter:
			client.Close() // the answer finds nobody
			server.Write(buf[:n])
			io.Copy(io.Discard, server)
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}
