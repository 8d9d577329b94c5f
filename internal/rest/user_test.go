package rest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestUsers(t *testing.T) {
	add := `{"email":"New@desk.test","name":" Nela ","role":"editor","password":"long enough"}`
	d := newDesk(t)
	other := d.signIn(viewer)
	play(t, d, []scenario{
		{name: "list", as: admin, call: "GET /api/users", status: 200, has: []string{`"email":"viewer@desk.test"`, `"disabled":false`}, hasNot: []string{"assword", "argon2"}},
		{name: "list as an editor", as: editor, call: "GET /api/users", status: 403, has: []string{"needs the role admin"}},
		{name: "list as nobody", call: "GET /api/users", status: 401},
		{name: "add", as: admin, call: "POST /api/users", body: add, status: 201, has: []string{`"id":4`, `"email":"new@desk.test"`, `"name":"Nela"`, `"role":"editor"`}, hasNot: []string{"long enough"}},
		{name: "add again", as: admin, call: "POST /api/users", body: add, status: 422, has: []string{`{"field":"email","message":"A user with this email already exists."}`}},
		{name: "add with every field broken", as: admin, call: "POST /api/users", body: `{"email":"nope","name":"","role":"king","password":"short"}`, status: 422,
			has: []string{`"field":"email"`, `"field":"name"`, `"field":"role"`, `"field":"password"`}, hasNot: []string{`"short"`}},
		{name: "add nothing", as: admin, call: "POST /api/users", body: `{}`, status: 422},
		{name: "add with an unknown field", as: admin, call: "POST /api/users", body: `{"id":1}`, status: 422, has: []string{`"field":"id"`}},
		{name: "add with a wrong type", as: admin, call: "POST /api/users", body: `{"role":1}`, status: 422, has: []string{`{"field":"role","message":"Use a string."}`}},
		{name: "add broken", as: admin, call: "POST /api/users", body: `{"email"`, status: 400},
		{name: "add too large", as: admin, call: "POST /api/users", body: strings.Repeat(" ", 20_000), status: 413},
		{name: "add as an editor", as: editor, call: "POST /api/users", body: `not even JSON`, status: 403},
		{name: "add as nobody", call: "POST /api/users", body: add, status: 401},
		{name: "rename", as: admin, call: "PATCH /api/users/3", body: `{"name":"Vera"}`, status: 200, has: []string{`"name":"Vera"`, `"role":"viewer"`}},
		{name: "the session stays", call: "GET /api/auth/me", header: []string{"Authorization: Bearer " + other.Access}, status: 200, has: []string{`"name":"Vera"`}},
		{name: "change nothing", as: admin, call: "PATCH /api/users/3", body: `{}`, status: 200},
		{name: "promote", as: admin, call: "PATCH /api/users/3", body: `{"role":"editor"}`, status: 200, has: []string{`"role":"editor"`}},
		{name: "the role counts at once", as: viewer, call: "POST /api/posts", body: `{"title":"Now I may"}`, status: 201, events: one("blog-created")},
		{name: "demote", as: admin, call: "PATCH /api/users/3", body: `{"role":"viewer"}`, status: 200},
		{name: "that too", as: viewer, call: "POST /api/posts", body: `{"title":"Now I may not"}`, status: 403},
		{name: "bad role", as: admin, call: "PATCH /api/users/3", body: `{"role":"king"}`, status: 422, has: []string{`"field":"role"`}},
		{name: "bad name", as: admin, call: "PATCH /api/users/3", body: `{"name":" "}`, status: 422, has: []string{`"field":"name"`}},
		{name: "bad password", as: admin, call: "PATCH /api/users/3", body: `{"password":"short"}`, status: 422, has: []string{`"field":"password"`}},
		{name: "e-mail cannot change", as: admin, call: "PATCH /api/users/3", body: `{"email":"b@desk.test"}`, status: 422, has: []string{`"field":"email"`}},
		{name: "wrong type", as: admin, call: "PATCH /api/users/3", body: `{"disabled":"yes"}`, status: 422, has: []string{`{"field":"disabled","message":"Use true or false."}`}},
		{name: "broken", as: admin, call: "PATCH /api/users/3", body: `[]`, status: 400},
		{name: "too large", as: admin, call: "PATCH /api/users/3", body: strings.Repeat(" ", 20_000), status: 413},
		{name: "no such user", as: admin, call: "PATCH /api/users/99", body: `{"name":"A"}`, status: 404, has: []string{"There is no such user."}},
		{name: "no number", as: admin, call: "PATCH /api/users/me", body: `{"name":"A"}`, status: 404},
		{name: "as an editor", as: editor, call: "PATCH /api/users/3", body: `{"role":"admin"}`, status: 403},
		{name: "as nobody", call: "PATCH /api/users/3", body: `{"role":"admin"}`, status: 401},
		{name: "the last admin stays", as: admin, call: "PATCH /api/users/1", body: `{"role":"viewer"}`, status: 422, has: []string{`{"field":"role","message":"This is the last active administrator. Make another user an administrator first."}`}},
		{name: "and active", as: admin, call: "PATCH /api/users/1", body: `{"disabled":true}`, status: 422, has: []string{`"field":"disabled"`}},
		{name: "new password", as: admin, call: "PATCH /api/users/3", body: `{"password":"long enough"}`, status: 200, hasNot: []string{"long enough"}},
		{name: "ends the sessions", call: "GET /api/auth/me", header: []string{"Authorization: Bearer " + other.Access}, status: 401},
		{name: "disable", as: admin, call: "PATCH /api/users/2", body: `{"disabled":true}`, status: 200, has: []string{`"disabled":true`}},
		{name: "ends them too", as: editor, call: "GET /api/auth/me", status: 401},
	})
}

// A user with a temporary password gets a problem with a code from all calls but those that
// lead out of it.
func TestUsers_temporaryPassword(t *testing.T) {
	d := newDesk(t)
	const word = "given by an administrator"
	a := d.do(admin, "POST /api/users", `{"email":"new@desk.test","name":"New","role":"editor","password":"`+word+`","temporary":true}`)
	if a.Code != 201 || !strings.Contains(a.body, `"mustChangePassword":true`) {
		t.Fatalf("create: %d %s", a.Code, a.body)
	}
	a = d.do(nobody, "POST /api/auth/login", credentials("new", word))
	tokens, err := decode[signedIn](a)
	testkit.Must(t, err)
	as := "Authorization: Bearer " + tokens.AccessToken
	refused := []string{`"code":"password-change-required"`}
	play(t, d, []scenario{
		{name: "me", call: "GET /api/auth/me", header: []string{as}, status: 200, has: []string{`"mustChangePassword":true`}},
		{name: "read", call: "GET /api/posts", header: []string{as}, status: 403, has: refused},
		{name: "write", call: "POST /api/posts", body: `{"title":"A"}`, header: []string{as}, status: 403, has: refused},
		{name: "sessions", call: "GET /api/auth/sessions", header: []string{as}, status: 403, has: refused},
		{name: "refresh", call: "POST /api/auth/refresh", header: []string{cookie(refreshCookie(t, a).Value)}, status: 200, has: []string{`"mustChangePassword":true`}},
		{name: "change", call: "POST /api/auth/password", body: `{"current":"` + word + `","next":"a word of my own"}`, header: []string{as}, status: 204},
		{name: "me afterwards", call: "GET /api/auth/me", header: []string{as}, status: 200, hasNot: []string{"mustChange"}},
		{name: "write afterwards", call: "POST /api/posts", body: `{"title":"A"}`, header: []string{as}, status: 201, events: []event.Type{event.Created}},
	})
}

func TestUsers_needARecentPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		time.Sleep(11 * time.Minute)
		refused := []string{`"code":"reauthentication-required"`}
		for _, c := range []scenario{
			{name: "change", as: admin, call: "PATCH /api/users/2", body: `{"role":"admin"}`, status: 403, has: refused},
			{name: "create", as: admin, call: "POST /api/users", body: `{"email":"n@desk.test","name":"N","role":"admin","password":"` + password + `"}`, status: 403, has: refused},
			{name: "list", as: admin, call: "GET /api/users", status: 200},
			{name: "prove nothing", as: admin, call: "POST /api/auth/reauthenticate", body: `{}`, status: 422},
			{name: "prove as nobody", call: "POST /api/auth/reauthenticate", body: `{"password":"x"}`, status: 401},
			{name: "prove with a wrong password", as: admin, call: "POST /api/auth/reauthenticate", body: `{"password":"wrong"}`, status: 422, has: []string{`"field":"password"`}},
			{name: "prove", as: admin, call: "POST /api/auth/reauthenticate", body: `{"password":"` + password + `"}`, status: 204},
			{name: "change again", as: admin, call: "PATCH /api/users/2", body: `{"role":"admin"}`, status: 200},
		} {
			if a := d.do(c.as, c.call, c.body); a.Code != c.status || len(c.has) > 0 && !strings.Contains(a.body, c.has[0]) {
				t.Errorf("%s: %d %s", c.name, a.Code, a.body)
			}
		}
	})
}
