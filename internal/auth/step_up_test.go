package auth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

func code(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// An administrator whose sign-in is more than 10 minutes ago proves the password again
// before accounts change.
func TestUsers_needARecentPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		ben := d.add("ben@example.org", auth.Editor)
		tokens := d.login("ana@example.org")
		by := d.actor(tokens)
		role, word, yes, name := auth.Admin, "another password", true, "Ben"
		changes := map[string]func() error{
			"create": func() error {
				_, err := d.CreateUser(t.Context(), by, auth.NewUser{Email: "new@example.org", Name: "N", Role: auth.Viewer, Password: password})
				return err
			},
		}
		for what, c := range map[string]auth.UserChange{"role": {Role: &role}, "password": {Password: &word}, "disable": {Disabled: &yes}, "name": {Name: &name}} {
			changes[what] = func() error { _, err := d.UpdateUser(t.Context(), by, ben.ID, c); return err }
		}
		time.Sleep(10*time.Minute + time.Millisecond)
		d.refresh(tokens.Refresh) // a refresh proves no password
		for what, change := range changes {
			if err := change(); code(err) != auth.CodeReauth || fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", what, err)
			}
		}
		wantKind(t, "a wrong password", d.Reauthenticate(t.Context(), by, "wrong", from(address)), fault.Invalid)
		if err := changes["role"](); code(err) != auth.CodeReauth {
			t.Errorf("after a wrong password: %v", err)
		}
		wantOK(t, "the right one", d.Reauthenticate(t.Context(), by, password, from(address)))
		time.Sleep(10 * time.Minute)
		for what, change := range changes {
			wantOK(t, what, change())
		}
		time.Sleep(time.Millisecond)
		if err := changes["role"](); code(err) != auth.CodeReauth {
			t.Errorf("10 minutes later: %v", err)
		}
		for range 20 {
			d.Reauthenticate(t.Context(), by, "wrong", from(address))
		}
		wantKind(t, "guessing", d.Reauthenticate(t.Context(), by, password, from(address)), fault.TooMany)
	})
}

// A temporary password opens a session that can change the password and nothing else.
func TestTemporaryPassword(t *testing.T) {
	d := newFixture(t, auth.Config{})
	ben, err := d.CreateUser(t.Context(), auth.System, auth.NewUser{Email: "ben@example.org", Name: "Ben", Role: auth.Admin, Password: password, Temporary: true})
	wantOK(t, "create", err)
	change := func(next string) {
		t.Helper()
		tokens := d.login("ben@example.org")
		if _, err := d.Verify(t.Context(), tokens.Access); code(err) != auth.CodeMustChange || fault.KindOf(err) != fault.Forbidden {
			t.Errorf("verify: %v", err)
		}
		grant, mustChange, err := d.Identify(t.Context(), tokens.Access)
		if err != nil || !mustChange || !tokens.User.MustChangePassword {
			t.Errorf("identify: %v, %v", mustChange, err)
		}
		role := auth.Viewer
		if _, err := d.UpdateUser(t.Context(), grant.Actor, d.admin.ID, auth.UserChange{Role: &role}); code(err) != auth.CodeMustChange {
			t.Errorf("a write: %v", err)
		}
		wantKind(t, "the same again", d.ChangePassword(t.Context(), grant.Actor, password, password, from(address)), fault.Invalid)
		wantOK(t, "change", d.ChangePassword(t.Context(), grant.Actor, password, next, from(address)))
		_, err = d.Verify(t.Context(), tokens.Access)
		wantOK(t, "the session after the change", err)
	}
	change("a password of Ben's own")
	word := password
	_, err = d.UpdateUser(t.Context(), auth.System, ben.ID, auth.UserChange{Password: &word, Temporary: true})
	wantOK(t, "reset", err)
	change("yet another password")
	_, err = d.UpdateUser(t.Context(), auth.System, ben.ID, auth.UserChange{Password: &word})
	wantOK(t, "a reset that is not temporary", err)
	d.actor(d.login("ben@example.org"))
}
