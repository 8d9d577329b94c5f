package rest_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// halfSent is a request body whose rest arrives when release is closed.
type halfSent struct {
	io.Reader
	begun, release chan struct{}
}

func newHalfSent(body string) *halfSent {
	return &halfSent{strings.NewReader(body), make(chan struct{}), make(chan struct{})}
}

func (b *halfSent) Read(p []byte) (int, error) {
	select {
	case <-b.begun:
	default:
		close(b.begun)
		<-b.release
	}
	return b.Reader.Read(p)
}

// A request whose body is complete only after its user was disabled, demoted or signed out,
// by another node, changes nothing.
func TestRights_areReadAgainAfterTheBody(t *testing.T) {
	urls := map[string]func(testing.TB) string{"sqlite": sqliteURL}
	if services.Running() {
		urls["mysql"] = services.MySQL
	}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) { rightsAreReadAgain(t, url(t)) })
	}
}

func rightsAreReadAgain(t *testing.T, url string) {
	d := newDeskAt(t, url)
	other := secondNode(t, url)
	live, bin := d.fresh(), d.fresh()
	d.edit(live, 1, `{"content":"Other words."}`)
	if a := d.do(editor, fmt.Sprintf("DELETE /api/posts/%d", bin), ""); a.Code != 204 {
		t.Fatal(a.text())
	}
	yes, viewerRole, editorRole := true, viewer, editor
	word := "another password"
	type loss struct {
		change auth.UserChange
		status int
	}
	disabled, reset := loss{auth.UserChange{Disabled: &yes}, 401}, loss{auth.UserChange{Password: &word}, 401}
	for _, c := range []struct {
		role   auth.Role
		call   string
		body   string
		header string
		losses []loss
	}{
		{editor, "POST /api/posts", `{"title":"New"}`, "", []loss{disabled, reset, {auth.UserChange{Role: &viewerRole}, 403}}},
		{editor, fmt.Sprintf("PATCH /api/posts/%d", live), `{"title":"New"}`, `If-Match: "2"`, []loss{disabled, {auth.UserChange{Role: &viewerRole}, 403}}},
		{editor, fmt.Sprintf("PUT /api/posts/%d/publish", live), `{"published":true}`, "", []loss{disabled, {auth.UserChange{Role: &viewerRole}, 403}}},
		{editor, fmt.Sprintf("POST /api/posts/%d/restore", live), `{"version":1}`, "", []loss{disabled, {auth.UserChange{Role: &viewerRole}, 403}}},
		{editor, fmt.Sprintf("POST /api/posts/%d/restore", bin), `{"version":1}`, "", []loss{disabled}},
		{editor, fmt.Sprintf("DELETE /api/posts/%d", live), ` `, "", []loss{disabled, {auth.UserChange{Role: &viewerRole}, 403}}},
		{editor, "POST /api/posts", `{"title":"With a key"}`, "Idempotency-Key: k", []loss{disabled}},
		{admin, "POST /api/users", `{"email":"backdoor@desk.test","name":"B","role":"admin","password":"` + password + `"}`, "", []loss{disabled, reset, {auth.UserChange{Role: &editorRole}, 403}}},
		{admin, "PATCH /api/users/2", `{"role":"admin"}`, "", []loss{disabled, {auth.UserChange{Role: &editorRole}, 403}}},
		{viewer, "POST /api/auth/password", `{"current":"` + password + `","next":"the next password"}`, "", []loss{disabled}},
	} {
		for i, l := range c.losses {
			u, token := d.temporaryUser(c.role)
			head, usersBefore := d.head(), d.countUsers()
			body := newHalfSent(c.body)
			header := []string{"Authorization: Bearer " + token}
			if c.header != "" {
				header = append(header, c.header)
			}
			req := d.request(nobody, c.call, c.body, header...)
			req.Body = io.NopCloser(body)
			rec := httptest.NewRecorder()
			done := make(chan struct{})
			go func() {
				defer close(done)
				d.handler.ServeHTTP(rec, req)
			}()
			<-body.begun
			_, err := other.UpdateUser(t.Context(), auth.System, u.ID, l.change)
			testkit.Must(t, err)
			close(body.release)
			<-done
			if rec.Code != l.status || d.head() != head || d.countUsers() != usersBefore {
				t.Errorf("%s after loss %d: status %d, want %d; events %d, users %d: %s", c.call, i, rec.Code, l.status, d.head()-head, d.countUsers()-usersBefore, rec.Body)
			}
		}
	}
}

// temporaryUser adds a user, and signs in as that user.
func (d *desk) temporaryUser(role auth.Role) (auth.User, string) {
	d.Helper()
	d.made++
	u := d.users[admin]
	u.Email, u.Name, u.Role = fmt.Sprintf("temporary%d@desk.test", d.made), "T", role
	testkit.Must(d, d.store.UpdateAccess(d.Context(), func(tx auth.Tx) (err error) {
		u, err = tx.InsertUser(u)
		return err
	}))
	tokens, err := d.auth.OpenSession(d.Context(), u.Email, "a browser")
	testkit.Must(d, err)
	return u, tokens.Access
}

func (d *desk) countUsers() int {
	d.Helper()
	users, err := d.store.Users(d.Context())
	testkit.Must(d, err)
	return len(users)
}

// secondNode is the auth service of another node on the database at url.
func secondNode(t *testing.T, url string) *auth.Service {
	t.Helper()
	store, stop := openStore(t, url, slog.New(slog.DiscardHandler), nil)
	t.Cleanup(stop)
	s, err := auth.NewService(store, auth.Config{Secret: []byte(secret), Logger: slog.New(slog.DiscardHandler)})
	testkit.Must(t, err)
	return s
}
