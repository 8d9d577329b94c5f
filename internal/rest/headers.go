package rest

import (
	"net/http"
	"strings"
)

// securityHeaders are what every answer has. Answers share the values, which are never changed.
var securityHeaders = map[string][]string{
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"same-origin"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"Permissions-Policy":           {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
}

// Values of headers that many answers share. They are never changed.
var (
	crossOrigin    = []string{"cross-origin"}
	everyOrigin    = []string{"*"}
	varyOrigin     = []string{"Origin"}
	strictSecurity = []string{"max-age=31536000"}
	noStore        = []string{"no-store"}
)

// setSecurityHeaders sets what every answer has; the dashboard's page replaces the policy by its own.
func (s *server) setSecurityHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range securityHeaders {
		h[name] = values
	}
	if anyOrigin(r.URL.Path) {
		h["Cross-Origin-Resource-Policy"] = crossOrigin
	}
	if strings.HasPrefix(s.cfg.Origin, "https://") {
		h["Strict-Transport-Security"] = strictSecurity
	}
}
