package sqlstore_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// proxy forwards the connections of a store to its database, and breaks some of them.
type proxy struct {
	server string // where it passes connections on to

	mu      sync.Mutex
	refuses bool
	conns   map[net.Conn]struct{} // both ends of each connection
	onText  string                // a packet of the store with this text
	then    fate                  // suffers this
	armed   bool                  // so does, once, the statement
	left    int                   // after so many
	hit     string                // which was this one
}

// fate is what becomes of a statement and its connection. From rollBackWith on the server
// rolls the transaction back instead, and answers with the error of a number.
type fate int

func rollBackWith(number uint16) fate { return fate(number) + 1000 }

// replacement is the command that is sent to the server in place of another one.
func (f fate) replacement() []byte {
	text := fmt.Sprintf("\x03BEGIN NOT ATOMIC ROLLBACK; SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = %d, MESSAGE_TEXT = 'injected fault'; END", f-1000)
	n := len(text)
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), 0}, text...)
}

const (
	cutBefore fate = iota // the server never sees it, and both ends are closed
	cutAfter              // the server sees it, and its answer is lost with the connection
	withhold              // it goes nowhere, nor does anything else; both ends stay open
)

// newProxy returns a proxy for the server of a DATABASE_URL, and the URL through it.
func newProxy(t *testing.T, raw string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(raw)
	testkit.Must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.Must(t, err)
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

// refuse sets whether new connections are closed at once.
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
	refuses, address := p.refuses, p.server
	p.mu.Unlock()
	if refuses {
		return
	}
	server, err := net.Dial("tcp", address)
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
	p.forward(client, server, &answers)
	server.Close()
	answers.Wait()
}

// atStatement has the n-th statement from now on, counted from 0, suffer its fate.
func (p *proxy) atStatement(n int, then fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.left, p.then, p.hit = true, n, then, ""
}

// disarm returns the statement that suffered its fate; empty when there were not so many.
func (p *proxy) disarm() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	return p.hit
}

// hits reports whether a packet of a client is to suffer a fate.
func (p *proxy) hits(packet []byte) (then fate, hit bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.onText != "" && bytes.Contains(packet, []byte(p.onText)) {
		p.onText = ""
		return p.then, true
	}
	const query, prepare, execute = 3, 0x16, 0x17
	if !p.armed || packet[3] != 0 || len(packet) < 5 || packet[4] != query && packet[4] != prepare && packet[4] != execute || string(packet[5:]) == "ROLLBACK" {
		return 0, false
	}
	if p.left--; p.left >= 0 {
		return 0, false
	}
	p.armed, p.hit = false, fmt.Sprintf("%q", packet[4:min(len(packet), 60)])
	return p.then, true
}

// readPacket reads a packet with its header, as clients send it.
func readPacket(from io.Reader) ([]byte, error) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	packet := append(header, make([]byte, int(header[0])|int(header[1])<<8|int(header[2])<<16)...)
	_, err := io.ReadFull(from, packet[4:])
	return packet, err
}

// forward sends the packets of the client to the server, until one is to be broken.
func (p *proxy) forward(client, server net.Conn, answers *sync.WaitGroup) {
	for from := bufio.NewReader(client); ; {
		packet, err := readPacket(from)
		if err != nil {
			return
		}
		switch then, hit := p.hits(packet); {
		case hit && then == cutBefore:
			return
		case hit && then == withhold:
			io.Copy(io.Discard, from) // until the client gives up
			return
		case hit && then == cutAfter:
			client.Close()
			server.Write(packet)
			answers.Wait() // it ends when there is an answer, which cannot be passed on
			return
		case hit:
			packet = then.replacement()
		}
		if _, err := server.Write(packet); err != nil {
			return
		}
	}
}
