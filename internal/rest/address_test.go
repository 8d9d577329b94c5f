package rest

import (
	"net/http"
	"net/netip"
	"slices"
	"testing"
)

// FuzzForwardedFor holds three promises for every X-Forwarded-For: it changes nothing on a connection that is not
// trusted; the client is one plain address, in one form; and entries before the client's own, which the
// client may have written, changes nothing.
func FuzzForwardedFor(f *testing.F) {
	for _, header := range []string{"", "198.51.100.1", "198.51.100.1:4711", "[2001:db8::1]:4711", "2001:db8::1%eth0", `"[::ffff:198.51.100.1]"`, "unknown", "_hidden",
		"10.0.0.2, 198.51.100.1,,10.0.0.3:1", "198.51.100.1, junk", "::", "0", "1.2.3.4.5", "[::1", "198.51.100.1]", "0x7f.1", "127.1", "198.051.100.001", "198.51.100.1:99999"} {
		f.Add(header)
	}
	trusted := netip.MustParsePrefix("10.0.0.0/8")
	s := &server{cfg: Config{TrustedProxies: []netip.Prefix{trusted}}}
	client := func(peer string, forwarded ...string) netip.Addr {
		return s.clientAddress(&http.Request{RemoteAddr: peer + ":1234", Header: http.Header{"X-Forwarded-For": forwarded}})
	}
	f.Fuzz(func(t *testing.T, header string) {
		const proxy, stranger = "10.0.0.1", "203.0.113.1"
		if got := client(stranger, header); got.String() != stranger {
			t.Errorf("%q on a connection from %s: %s", header, stranger, got)
		}
		got := client(proxy, header)
		if !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Errorf("%q: %s is not an address in its one form", header, got)
		}
		if !trusted.Contains(got) {
			for _, before := range []string{"192.0.2.1", "junk", proxy} {
				if again := client(proxy, before+", "+header); again != got {
					t.Errorf("%q: %s, after %q: %s", header, got, before, again)
				}
				if again := client(proxy, slices.Concat([]string{before}, []string{header})...); again != got {
					t.Errorf("%q: %s, after a header of %q: %s", header, got, before, again)
				}
			}
		}
	})
}
