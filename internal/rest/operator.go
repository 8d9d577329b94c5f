package rest

import (
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"
)

// fromOperator reports whether the request was sent directly from an address in MetricsAllow. A request that a proxy has forwarded was not,
// whatever its connection's address is.
func (s *server) fromOperator(r *http.Request) bool {
	for name := range r.Header {
		if name == "Forwarded" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			return false
		}
	}
	address, ok := parseAddress(r.RemoteAddr)
	return ok && slices.ContainsFunc(s.cfg.MetricsAllow, func(p netip.Prefix) bool { return p.Contains(address) })
}

// operatorsOnly answers 404 to others, so that they do not learn that the path exists.
func (s *server) operatorsOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.fromOperator(r) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// profiles serves the runtime's profiles under /debug/pprof/.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
