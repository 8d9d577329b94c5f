package rest

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress returns the address of the client: that of the connection or, if that is
// one of TrustedProxies, the last one in X-Forwarded-For that is not. An entry that is no
// address ends the search: the client then counts as the connection.
func (s *server) clientAddress(r *http.Request) netip.Addr {
	connection, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return netip.Addr{}
	}
	client := connection
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(forwarded) {
		if hop = strings.TrimSpace(hop); hop == "" {
			continue
		}
		if !slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(client) }) {
			break
		}
		if client, ok = parseAddress(hop); !ok {
			return connection
		}
	}
	return client
}

// parseAddress reads the forms in which servers and proxies write an address: plain or in
// brackets, with or without a port, a zone, or quotes.
func parseAddress(text string) (addr netip.Addr, ok bool) {
	text = strings.Trim(text, `"`)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		text = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Unmap().WithZone(""), true
}
