package rest_test

import (
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
)

func TestSessions(t *testing.T) {
	d := newDesk(t)
	other, third, others := d.signIn(editor), d.signIn(editor), d.signIn(viewer)
	id := func(tokens auth.Tokens) string { id, _, _ := strings.Cut(tokens.Refresh, "."); return id }
	play(t, d, []scenario{
		{name: "list", as: editor, call: "GET /api/auth/sessions", status: 200, has: []string{id(other), `"userAgent":"a browser"`, `"current":true`, `"current":false`}, hasNot: []string{id(others)}},
		{name: "list as nobody", call: "GET /api/auth/sessions", status: 401},
		{name: "another user's", as: editor, call: "DELETE /api/auth/sessions/" + id(others), status: 404},
		{name: "none", as: editor, call: "DELETE /api/auth/sessions/none", status: 404},
		{name: "as nobody", call: "DELETE /api/auth/sessions/" + id(other), status: 401},
		{name: "own", as: editor, call: "DELETE /api/auth/sessions/" + id(other), status: 204},
		{name: "it has ended", call: "GET /api/auth/me", header: []string{"Authorization: Bearer " + other.Access}, status: 401},
		{name: "it is no longer listed", as: editor, call: "GET /api/auth/sessions", status: 200, hasNot: []string{id(other)}},
		{name: "all others as nobody", call: "DELETE /api/auth/sessions", status: 401},
		{name: "all others", as: editor, call: "DELETE /api/auth/sessions", status: 204},
		{name: "the current one stays", as: editor, call: "GET /api/auth/sessions", status: 200, hasNot: []string{`"current":false`}},
		{name: "another one has ended", call: "GET /api/auth/me", header: []string{"Authorization: Bearer " + third.Access}, status: 401},
		{name: "another user's lives", call: "GET /api/auth/me", header: []string{"Authorization: Bearer " + others.Access}, status: 200},
	})
}
