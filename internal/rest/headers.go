package rest

import (
	"net/http"
	"strings"
)

// setSecurityHeaders sets what every answer has; the dashboard's page replaces the policy by its own.
func (s *server) setSecurityHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if anyOrigin(r.URL.Path) {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if strings.HasPrefix(s.cfg.Origin, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
