package rest_test

import (
	"strings"
	"testing"
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
