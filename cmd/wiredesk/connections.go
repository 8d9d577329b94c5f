package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

// maxConnections bounds the open HTTP connections of one address, or one IPv6 /64. Sockets do not count: the gateway
// limits them by user.
const maxConnections = 256

// connectionLimit closes new connections above a total and above a number per address, so that they do not exhaust the
// file descriptors. Loopback and trusted proxies carry the connections of many clients: they count for the total only.
type connectionLimit struct {
	exempt []netip.Prefix
	left   func() int // the present bound of all connections without sockets
	log    *slog.Logger

	mu                sync.Mutex
	all               int
	open              map[netip.Prefix]int
	perAddress, inAll limit.Lines // bound the lines in the server log
}

func newConnectionLimit(trustedProxies []netip.Prefix, left func() int, log *slog.Logger) *connectionLimit {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	return &connectionLimit{exempt: append(loopback, trustedProxies...), left: left, log: log, open: make(map[netip.Prefix]int)}
}

// track is the ConnState hook of an http.Server.
func (l *connectionLimit) track(c net.Conn, state http.ConnState) {
	if state == http.StateActive || state == http.StateIdle { // twice for each request
		return
	}
	l.trackAll(c, state)
	client, ok := l.clientOf(c)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew:
		l.open[client]++
		if l.open[client] > maxConnections {
			c.Close()
			if _, due := l.perAddress.Add(time.Now()); due {
				l.log.Warn("connections refused: too many from one address", "address", client, "limit", maxConnections)
			}
		}
	case http.StateHijacked, http.StateClosed:
		if l.open[client]--; l.open[client] <= 0 {
			delete(l.open, client)
		}
	}
}

// clientOf returns the address or IPv6 /64 that a connection counts for; ok is false for exempt peers.
func (l *connectionLimit) clientOf(c net.Conn) (client netip.Prefix, ok bool) {
	peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Prefix{}, false
	}
	address := peer.Addr().Unmap().WithZone("")
	for _, p := range l.exempt {
		if p.Contains(address) {
			return netip.Prefix{}, false
		}
	}
	bits := 64
	if address.Is4() {
		bits = 32
	}
	client, err = address.Prefix(bits)
	return client, err == nil
}

// trackAll counts all connections.
func (l *connectionLimit) trackAll(c net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew:
		l.all++
		if left := l.left(); l.all > left {
			c.Close()
			if _, due := l.inAll.Add(time.Now()); due {
				l.log.Warn("connections refused: too few file descriptors: raise the limit of open files", "limit", left)
			}
		}
	case http.StateHijacked, http.StateClosed:
		l.all--
	}
}
