package auth_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

func TestRole(t *testing.T) {
	for _, tc := range []struct {
		role, least auth.Role
		ok          bool
	}{
		{auth.Viewer, auth.Viewer, true}, {auth.Viewer, auth.Editor, false}, {auth.Editor, auth.Editor, true},
		{auth.Editor, auth.Admin, false}, {auth.Admin, auth.Editor, true}, {"", auth.Viewer, false}, {"root", auth.Viewer, false},
	} {
		if err := (auth.Actor{Role: tc.role}).Require(tc.least); (err == nil) != tc.ok {
			t.Errorf("%q doing what needs %q: %v", tc.role, tc.least, err)
		}
	}
}

func TestUsers_areTheAdminsAlone(t *testing.T) {
	d := newFixture(t, auth.Config{})
	for _, role := range []auth.Role{auth.Viewer, auth.Editor} {
		by := auth.Actor{ID: 9, Role: role}
		_, err := d.Users(t.Context(), by)
		wantKind(t, "list", err, fault.Forbidden)
		_, err = d.CreateUser(t.Context(), by, auth.NewUser{Email: "x@example.org", Name: "X", Role: auth.Admin, Password: password})
		wantKind(t, "create", err, fault.Forbidden)
		_, err = d.UpdateUser(t.Context(), by, d.admin.ID, auth.UserChange{})
		wantKind(t, "update", err, fault.Forbidden)
	}
	users, err := d.Users(t.Context(), auth.System)
	if err != nil || len(users) != 1 {
		t.Errorf("users %+v, error %v", users, err)
	}
}

func TestCreateUser_checksEveryField(t *testing.T) {
	d := newFixture(t, auth.Config{})
	_, err := d.CreateUser(t.Context(), auth.System, auth.NewUser{Email: "no address", Name: " ", Role: "king", Password: "short"})
	wantKind(t, "everything wrong", err, fault.Invalid)
	if f, ok := err.(*fault.Error); !ok || len(f.Fields) != 4 {
		t.Errorf("one entry per field: %v", err)
	}
	_, err = d.CreateUser(t.Context(), auth.System, auth.NewUser{Email: "ANA@example.org", Name: "Ana", Role: auth.Viewer, Password: password})
	wantKind(t, "taken in another case", err, fault.Invalid)
	_, err = d.CreateUser(t.Context(), auth.System, auth.NewUser{Email: "z@example.org", Name: "Z", Role: auth.Viewer, Password: strings.Repeat("é", auth.MaxPassword+1)})
	wantKind(t, "password too long", err, fault.Invalid)
}

func TestUpdateUser(t *testing.T) {
	d := newFixture(t, auth.Config{})
	ben := d.add("ben@example.org", auth.Editor)
	tokens := d.login("ben@example.org")
	grant, err := d.Verify(t.Context(), tokens.Access)
	wantOK(t, "verify", err)

	viewer := auth.Viewer
	_, err = d.UpdateUser(t.Context(), auth.System, ben.ID, auth.UserChange{Role: &viewer})
	wantOK(t, "demote", err)
	if now := d.actor(tokens); now.Role != auth.Viewer {
		t.Errorf("the token's role is %s at once after the change", now.Role)
	}
	verdicts, err := d.Recheck(t.Context(), []auth.Grant{grant})
	wantOK(t, "recheck", err)
	wantKind(t, "verdict on the old role", verdicts[0], fault.Forbidden)

	next := "another password"
	_, err = d.UpdateUser(t.Context(), auth.System, ben.ID, auth.UserChange{Password: &next})
	wantOK(t, "new password", err)
	verdicts, err = d.Recheck(t.Context(), []auth.Grant{grant})
	wantOK(t, "recheck", err)
	wantKind(t, "verdict after a new password", verdicts[0], fault.Unauthorized)
	_, err = d.Login(t.Context(), "ben@example.org", password, from(address))
	wantKind(t, "the old password", err, fault.Unauthorized)

	short := "short"
	_, err = d.UpdateUser(t.Context(), auth.System, ben.ID, auth.UserChange{Password: &short})
	wantKind(t, "short password", err, fault.Invalid)
	_, err = d.UpdateUser(t.Context(), auth.System, 99, auth.UserChange{})
	wantKind(t, "unknown user", err, fault.NotFound)
}

func TestUpdateUser_keepsTheLastAdmin(t *testing.T) {
	d := newFixture(t, auth.Config{})
	editor, off := auth.Editor, true
	for name, change := range map[string]auth.UserChange{"role": {Role: &editor}, "disabled": {Disabled: &off}} {
		_, err := d.UpdateUser(t.Context(), auth.System, d.admin.ID, change)
		wantKind(t, name, err, fault.Invalid)
	}
	second := d.add("cem@example.org", auth.Admin)
	_, err := d.UpdateUser(t.Context(), auth.System, d.admin.ID, auth.UserChange{Role: &editor})
	wantOK(t, "with a second admin", err)
	_, err = d.UpdateUser(t.Context(), auth.System, second.ID, auth.UserChange{Disabled: &off})
	wantKind(t, "the last one again", err, fault.Invalid)
}

func TestChangePassword(t *testing.T) {
	d := newFixture(t, auth.Config{})
	here, there := d.login("ana@example.org"), d.login("ana@example.org")
	by := d.actor(here)
	wantKind(t, "wrong current", d.ChangePassword(t.Context(), by, "wrong", "another password", from(address)), fault.Invalid)
	wantKind(t, "short", d.ChangePassword(t.Context(), by, password, "short", from(address)), fault.Invalid)
	wantKind(t, "the same", d.ChangePassword(t.Context(), by, password, password, from(address)), fault.Invalid)
	wantOK(t, "change", d.ChangePassword(t.Context(), by, password, "another password", from(address)))
	_, err := d.Verify(t.Context(), here.Access)
	wantOK(t, "this session", err)
	_, err = d.Verify(t.Context(), there.Access)
	wantKind(t, "the other session", err, fault.Unauthorized)
	_, err = d.Login(t.Context(), "ana@example.org", "another password", from(address))
	wantOK(t, "the new password", err)
}

func TestBootstrap(t *testing.T) {
	d := newFixture(t, auth.Config{})
	generated, err := d.Bootstrap(t.Context(), "boss@localhost", "")
	if err != nil || generated != "" {
		t.Errorf("with users there: %q, %v", generated, err)
	}
	empty := service(t, openStore(t, t.TempDir()+"/new.db"), auth.Config{})
	generated, err = empty.Bootstrap(t.Context(), "boss@localhost", "")
	if err != nil || len(generated) < 16 {
		t.Fatalf("first start: %q, %v", generated, err)
	}
	_, err = empty.Login(t.Context(), "boss@localhost", generated, from(address))
	wantOK(t, "the generated password", err)
}

// Of nodes that start at the same time, one creates the admin and returns the password.
func TestBootstrap_ofManyNodes(t *testing.T) {
	path := t.TempDir() + "/new.db"
	const nodes = 4
	words, services := make([]string, nodes), make([]*auth.Service, nodes)
	for i := range services {
		services[i] = service(t, openStore(t, path), auth.Config{})
	}
	var all sync.WaitGroup
	for i, s := range services {
		all.Go(func() {
			var err error
			if words[i], err = s.Bootstrap(t.Context(), "boss@localhost", ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	word := strings.Join(words, "")
	_, err := services[0].Login(t.Context(), "boss@localhost", word, from(address))
	wantOK(t, "the one password", err)
}
