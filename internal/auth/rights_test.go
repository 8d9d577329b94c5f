package auth_test

import (
	"context"
	"sync"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// heldStore holds the first read of an account between the query and its result.
type heldStore struct {
	auth.Store
	first      sync.Once
	read, goOn chan struct{}
}

func hold(store auth.Store) *heldStore {
	return &heldStore{Store: store, read: make(chan struct{}), goOn: make(chan struct{})}
}

func (s *heldStore) wait() {
	s.first.Do(func() {
		close(s.read)
		<-s.goOn
	})
}

func (s *heldStore) UserByEmail(ctx context.Context, email string) (auth.User, error) {
	u, err := s.Store.UserByEmail(ctx, email)
	s.wait()
	return u, err
}

func (s *heldStore) User(ctx context.Context, id int64) (auth.User, error) {
	u, err := s.Store.User(ctx, id)
	s.wait()
	return u, err
}

// A sign-in that has verified the password opens no session once the password was reset or
// the account was disabled meanwhile, on this node or another one.
func TestLogin_heldOverAChange(t *testing.T) {
	next, yes, no := "another password", true, false
	for name, c := range map[string]struct {
		changes []auth.UserChange
		kind    fault.Kind
	}{
		"reset":                {[]auth.UserChange{{Password: &next}}, fault.Unauthorized},
		"disabled":             {[]auth.UserChange{{Disabled: &yes}}, fault.Forbidden},
		"disabled and enabled": {[]auth.UserChange{{Disabled: &yes}, {Password: &next}, {Disabled: &no}}, fault.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				d := newDeskAt(t, url, auth.Config{})
				ben := d.add("ben@example.org", auth.Editor)
				store := hold(openURL(t, url))
				node := service(t, store, auth.Config{})
				done := make(chan error, 1)
				go func() {
					_, err := node.Login(context.Background(), "ben@example.org", password, from(address))
					done <- err
				}()
				<-store.read
				for _, change := range c.changes {
					_, err := d.UpdateUser(t.Context(), auth.System, ben.ID, change)
					wantOK(t, "change", err)
				}
				close(store.goOn)
				wantKind(t, "the sign-in", <-done, c.kind)
				sessions, err := d.Sessions(t.Context(), auth.Actor{ID: ben.ID})
				if err != nil || len(sessions) != 0 {
					t.Errorf("%d sessions, error %v", len(sessions), err)
				}
			})
		})
	}
}

// A change of the own password is refused when an administrator has reset it meanwhile.
func TestChangePassword_heldOverAReset(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		d := newDeskAt(t, url, auth.Config{})
		by := d.actor(d.login("ana@example.org"))
		store := hold(openURL(t, url))
		node := service(t, store, auth.Config{})
		done := make(chan error, 1)
		go func() {
			done <- node.ChangePassword(context.Background(), by, password, "a password of the thief", from(address))
		}()
		<-store.read
		next := "another password"
		_, err := d.UpdateUser(t.Context(), auth.System, d.admin.ID, auth.UserChange{Password: &next})
		wantOK(t, "reset", err)
		close(store.goOn)
		wantKind(t, "the change", <-done, fault.Unauthorized)
		_, err = d.Login(t.Context(), "ana@example.org", next, from(address))
		wantOK(t, "the password of the reset", err)
	})
}

// Rights are those of the transaction: an actor that was verified before loses them with
// the session, the account or the role.
func TestActor_losesRights(t *testing.T) {
	yes, editor, word := true, auth.Editor, "another password"
	for name, c := range map[string]struct {
		change auth.UserChange
		kind   fault.Kind
	}{
		"disabled": {auth.UserChange{Disabled: &yes}, fault.Unauthorized},
		"demoted":  {auth.UserChange{Role: &editor}, fault.Forbidden},
		"reset":    {auth.UserChange{Password: &word}, fault.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				d := newDeskAt(t, url, auth.Config{})
				cem := d.add("cem@example.org", auth.Admin)
				by := d.actor(d.login("cem@example.org"))
				other := service(t, openURL(t, url), auth.Config{})
				_, err := other.UpdateUser(t.Context(), auth.System, cem.ID, c.change)
				wantOK(t, "change", err)

				_, err = d.CreateUser(t.Context(), by, auth.NewUser{Email: "backdoor@example.org", Name: "B", Role: auth.Admin, Password: password})
				wantKind(t, "create a user", err, c.kind)
				role := auth.Viewer
				_, err = d.UpdateUser(t.Context(), by, d.admin.ID, auth.UserChange{Role: &role})
				wantKind(t, "change a user", err, c.kind)
				if c.kind == fault.Unauthorized {
					wantKind(t, "end other sessions", d.RevokeOtherSessions(t.Context(), by), c.kind)
				}
				users, err := d.Users(t.Context(), auth.System)
				if err != nil || len(users) != 2 || users[0].Role != auth.Admin {
					t.Errorf("users %+v, error %v", users, err)
				}
			})
		})
	}
}
