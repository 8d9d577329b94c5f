package client_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

const (
	email    = "ana@example.com"
	password = "correct horse"
)

// server implements the part of a Wiredesk server that the client uses: sessions, and a /ws whose
// connections a test scripts.
type server struct {
	*httptest.Server
	mux *http.ServeMux

	mu      sync.Mutex
	token   int  // the good access token is "token-<n>"
	refresh bool // whether the refresh token is accepted
	scripts []func(*peer)
	logins  int
	away    int // how many refreshes are answered with 503 first
}

// peer is the server's end of one socket.
type peer struct {
	net.Conn
	cursor string // as the client sent it
	epoch  string // as the client sent it
	token  string
}

// newServer runs a server whose n-th connection is handled by scripts[n]; the handshake
// of any other is answered with 503.
func newServer(t *testing.T, scripts ...func(*peer)) *server {
	t.Helper()
	s := startServer(scripts...)
	t.Cleanup(s.Close)
	return s
}

// startServer is newServer for examples. Close it.
func startServer(scripts ...func(*peer)) *server {
	s := &server{mux: http.NewServeMux(), token: 1, refresh: true, scripts: scripts}
	s.mux.HandleFunc("POST /api/auth/login", s.login)
	s.mux.HandleFunc("POST /api/auth/refresh", s.renew)
	s.mux.HandleFunc("GET /ws", s.socket)
	s.Server = httptest.NewServer(s.mux)
	return s
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Email, Password string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Email != email || in.Password != password {
		refuse(w, http.StatusUnauthorized)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins++
	s.refresh = true
	s.signedIn(w)
}

func (s *server) renew(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away > 0 {
		s.away--
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	cookie, err := r.Cookie("wiredesk_refresh")
	if err != nil || !s.refresh || cookie.Value != "refresh-"+strconv.Itoa(s.token) {
		refuse(w, http.StatusUnauthorized)
		return
	}
	s.token++
	s.signedIn(w)
}

func (s *server) signedIn(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: "wiredesk_refresh", Value: "refresh-" + strconv.Itoa(s.token), Path: "/api/auth", HttpOnly: true})
	fmt.Fprintf(w, `{"accessToken":"token-%d","expiresIn":900,"user":{"id":3,"email":"%s","name":"Ana","role":"editor"}}`, s.token, email)
}

// revoke ends the session: neither of its tokens is good any more.
func (s *server) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token++
	s.refresh = false
}

func (s *server) good(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Header.Get("Authorization") == "Bearer token-"+strconv.Itoa(s.token)
}

func (s *server) socket(w http.ResponseWriter, r *http.Request) {
	if !s.good(r) {
		refuse(w, http.StatusUnauthorized)
		return
	}
	s.mu.Lock()
	var script func(*peer)
	if len(s.scripts) > 0 {
		script, s.scripts = s.scripts[0], s.scripts[1:]
	}
	s.mu.Unlock()
	if script == nil {
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	nc, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return // the client's end fails too
	}
	defer nc.Close()
	script(&peer{Conn: nc, cursor: r.URL.Query().Get("cursor"), epoch: r.URL.Query().Get("epoch"), token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")})
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"about:blank","title":%q,"status":%d,"detail":"No.","requestId":"r1"}`, http.StatusText(status), status)
}

func (p *peer) send(frame string) { _ = wsutil.WriteServerText(p, []byte(frame)) }

func (p *peer) welcome(cursor int64, resume string) { p.welcomeIn("", cursor, resume) }

func (p *peer) welcomeIn(epoch string, cursor int64, resume string) {
	p.send(fmt.Sprintf(`{"type":"welcome","connection":"c","epoch":%q,"cursor":%d,"resume":%q,"user":{},"expiresAt":"2026-11-23T10:00:00.000Z"}`, epoch, cursor, resume))
}

// events sends the events with these numbers.
func (p *peer) events(seqs ...int64) {
	for _, seq := range seqs {
		p.send(fmt.Sprintf(`{"type":"blog-updated","seq":%d,"id":"e%d","time":"2026-11-23T10:00:00.000Z","actor":{"id":3,"name":"Ana"},"changed":["title"],"data":{"id":42}}`, seq, seq))
	}
}

func (p *peer) close(code ws.StatusCode, reason string) {
	_ = ws.WriteFrame(p, ws.NewCloseFrame(ws.NewCloseFrameBody(code, reason)))
}

// receive returns the next text frame of the client.
func (p *peer) receive() string {
	b, err := wsutil.ReadClientText(p)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
