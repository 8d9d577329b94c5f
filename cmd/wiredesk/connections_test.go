package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// connection has an address and can be closed.
type connection struct {
	net.Conn
	remote string
	closed bool
}

func (c *connection) RemoteAddr() net.Addr { return netAddr(c.remote) }
func (c *connection) Close() error         { c.closed = true; return nil }

type netAddr string

func (a netAddr) Network() string { return "tcp" }
func (a netAddr) String() string  { return string(a) }

func TestConnectionLimit(t *testing.T) {
	var out bytes.Buffer
	limit := newConnectionLimit([]netip.Prefix{netip.MustParsePrefix("10.0.0.7/32")}, func() int { return 1 << 20 }, slog.New(slog.NewTextHandler(&out, nil)))
	open := func(remote string) *connection {
		c := &connection{remote: remote}
		limit.track(c, http.StateNew)
		limit.track(c, http.StateActive)
		return c
	}
	var conns []*connection
	for range maxConnections {
		conns = append(conns, open("203.0.113.5:1234"), open("[2001:db8::1]:1234"), open("127.0.0.1:80"), open("10.0.0.7:80"))
	}
	for _, c := range conns {
		if c.closed {
			t.Fatalf("a connection of %s within the limit is closed", c.remote)
		}
	}
	for remote, refused := range map[string]bool{
		"203.0.113.5:9": true, "[::ffff:203.0.113.5]:9": true, "[2001:db8::2]:9": true, // of the same /64
		"203.0.113.6:9": false, "[2001:db8:0:1::1]:9": false, "127.0.0.1:9": false, "[::1]:9": false, "10.0.0.7:9": false,
	} {
		c := open(remote)
		if c.closed != refused {
			t.Errorf("one more of %s: closed %v", remote, c.closed)
		}
		limit.track(c, http.StateClosed)
	}
	if lines := strings.Count(out.String(), "connections refused"); lines != 1 {
		t.Errorf("%d lines in the log:\n%s", lines, out.String())
	}
	limit.track(conns[0], http.StateHijacked)
	if c := open("203.0.113.5:9"); c.closed {
		t.Error("a socket counts")
	}
	for _, c := range conns[1:] {
		limit.track(c, http.StateClosed)
	}
	if len(limit.open) != 1 {
		t.Errorf("%d addresses are remembered, want the one with an open connection", len(limit.open))
	}
}
