package cluster_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// A user without access loses the sockets within a second, on every node.
func TestAccess_endsEverywhere(t *testing.T) {
	const within = time.Second
	s := newWorkload(t, newCluster(t, 2, "WIREDESK_ACCESS_TTL=5s"), 1)
	id := s.addUser(t, "ana@desk.test")
	user := fmt.Sprintf("/api/users/%d", id)
	for _, loss := range []struct {
		name string
		code int
		do   func(*testing.T, *client.Client)
	}{
		{"signed out", 4401, func(t *testing.T, ana *client.Client) { testkit.Must(t, ana.Logout(t.Context())) }},
		{"role changed", 4403, func(t *testing.T, _ *client.Client) { s.patch(t, user, map[string]any{"role": "viewer"}) }},
		{"disabled", 4401, func(t *testing.T, _ *client.Client) { s.patch(t, user, map[string]any{"disabled": true}) }},
		{"token expired", 4401, func(t *testing.T, _ *client.Client) {}},
	} {
		t.Run(loss.name, func(t *testing.T) {
			s.patch(t, user, map[string]any{"role": "editor", "disabled": false})
			ana := s.signInAt(t, s.nodes[0].URL, "ana@desk.test")
			token, err := ana.Token(t.Context(), "")
			testkit.Must(t, err)
			var sockets []*socket
			var expires time.Time
			for _, n := range s.nodes {
				socket := connect(t, n, token, fromNow)
				expires = socket.await(t, "welcome", 5*time.Second).ExpiresAt
				sockets = append(sockets, socket)
			}
			loss.do(t, ana)
			began := time.Now()
			if loss.name == "token expired" {
				began = expires
			}
			for i, socket := range sockets {
				f := socket.next(t, 10*time.Second)
				for f.Type != "close" {
					f = socket.next(t, 10*time.Second)
				}
				took := time.Since(began)
				t.Logf("%s closed with %d after %v", s.nodes[i].name, f.Code, took.Round(time.Millisecond))
				if f.Code != loss.code || took > within {
					t.Errorf("want %d within %v", loss.code, within)
				}
			}
		})
	}
	s.writers[0].step(s.ctx)
	s.close(t)
}

// patch changes something as the administrator, at the first node.
func (s *cluster) patch(t *testing.T, path string, body any) {
	t.Helper()
	if status := s.call(t, s.nodes[0].URL, http.MethodPatch, path, body, nil); status != http.StatusOK {
		t.Fatalf("PATCH %s: %d", path, status)
	}
}
