package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// maxConnections is how many HTTP connections one address, or one IPv6 /64, may have open at once. Sockets do
// not count: the gateway limits them by user.
const maxConnections = 256

// connectionLimit closes connections of an address that has too many, so that idle ones of one client do not
// use up the file descriptors. Loopback and trusted proxies carry the connections of many clients.
type connectionLimit struct {
	exempt []netip.Prefix
	log    *slog.Logger

	mu     sync.Mutex
	open   map[netip.Prefix]int
	logged time.Time
}

func newConnectionLimit(trustedProxies []netip.Prefix, log *slog.Logger) *connectionLimit {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	return &connectionLimit{exempt: append(loopback, trustedProxies...), log: log, open: make(map[netip.Prefix]int)}
}

// track is an http.Server's ConnState.
func (l *connectionLimit) track(c net.Conn, state http.ConnState) {
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
			l.logRefusal(client)
		}
	case http.StateHijacked, http.StateClosed:
		if l.open[client]--; l.open[client] <= 0 {
			delete(l.open, client)
		}
	}
}

// clientOf returns the network that a connection counts for; ok is false when it does not count.
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

// logRefusal writes one line a minute at most. The caller holds mu.
func (l *connectionLimit) logRefusal(client netip.Prefix) {
	if now := time.Now(); now.Sub(l.logged) > time.Minute {
		l.logged = now
		l.log.Warn("connections refused: one address has too many open", "address", client, "limit", maxConnections)
	}
}
