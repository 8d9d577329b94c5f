package rest

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// pages are the addresses of the dashboard's own pages, as web/src/app/routes.tsx has them. A name in braces
// matches any one segment. Other addresses get the application too, which shows "Page not found", but
// with status 404: a crawler that requests /feed must not get a page with 200.
var pages = []string{"/", "/posts/new", "/posts/{id}", "/posts/{id}/history", "/posts/{id}/history/{version}", "/activity", "/users", "/account"}

// dashboard serves the built dashboard: files under /assets/ carry their content's
// hash in the name and are cached for a year, pages are the application.
type dashboard struct {
	files   fs.FS
	origin  string
	origins string // all that the page may be opened at, separated by spaces
	index   string
	mu      sync.Mutex
	zipped  map[string][]byte // compressed files, made at their first use; as many as there are files
}

func newDashboard(files fs.FS, origin string, others []string) http.Handler {
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "The dashboard is not in this build: run 'make build'. The API is at /api/openapi.json.", http.StatusNotFound)
		})
	}
	return &dashboard{files: files, origin: origin, origins: strings.Join(append([]string{origin}, others...), " "), index: string(index), zipped: make(map[string][]byte)}
}

func (d *dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	body, err := fs.ReadFile(d.files, name)
	switch {
	case err == nil && name != "index.html" && !strings.HasPrefix(path.Base(name), "."):
		d.serveFile(w, r, name, body)
	case name == "" || name == "index.html" || isPage("/"+name):
		d.serveIndex(w, http.StatusOK)
	case strings.HasPrefix(name, "assets/") || path.Ext(name) != "":
		http.NotFound(w, r)
	default:
		d.serveIndex(w, http.StatusNotFound)
	}
}

// isPage reports whether the dashboard has a page at an address.
func isPage(address string) bool {
	segments := strings.Split(address, "/")
	return slices.ContainsFunc(pages, func(page string) bool {
		pattern := strings.Split(page, "/")
		if len(pattern) != len(segments) {
			return false
		}
		for i, p := range pattern {
			if p != segments[i] && (!strings.HasPrefix(p, "{") || segments[i] == "") {
				return false
			}
		}
		return true
	})
}

func (d *dashboard) serveFile(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=300")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(body) > 1024 {
		body = d.gzip(name, body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func (d *dashboard) gzip(name string, body []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if z := d.zipped[name]; z != nil {
		return z
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body) // a buffer takes everything
	z.Close()
	d.zipped[name] = b.Bytes()
	return b.Bytes()
}

// serveIndex fills in a fresh nonce for the styles that the components add at run time.
func (d *dashboard) serveIndex(w http.ResponseWriter, status int) {
	nonce := rand.Text()
	socket := "ws" + strings.TrimPrefix(d.origin, "http")
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'self'; script-src 'self'; style-src 'self' 'nonce-%s'; "+
		"img-src 'self' data: https:; connect-src 'self' %s; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'", nonce, socket))
	w.WriteHeader(status)
	fmt.Fprint(w, strings.NewReplacer("__CSP_NONCE__", nonce, "__ORIGIN__", html.EscapeString(d.origins)).Replace(d.index))
}
