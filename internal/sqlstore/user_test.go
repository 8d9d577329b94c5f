package sqlstore_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

func addUser(t testing.TB, store *sqlstore.Store, email string, role auth.Role) auth.User {
	t.Helper()
	u, err := store.CreateUser(t.Context(), auth.User{Email: email, Name: "Name of " + email, Role: role, PasswordHash: "hash", CreatedAt: day})
	must(t, err)
	return u
}

func addSession(t testing.TB, store *sqlstore.Store, id string, user int64) auth.Session {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	s := auth.Session{ID: id, UserID: user, RefreshHash: []byte("hash of " + id), UserAgent: "test", CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, store.CreateSession(t.Context(), s))
	return s
}

// revoked reports whether the session was.
func revoked(t testing.TB, store *sqlstore.Store, id string) bool {
	t.Helper()
	s, _, err := store.Session(t.Context(), id)
	must(t, err)
	return s.Revoked
}

func users(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	if all, err := store.Users(t.Context()); err != nil || all == nil || len(all) != 0 {
		t.Errorf("no users are %v, %v", all, err)
	}
	ana, bo := addUser(t, store, "ana@example.org", auth.Admin), addUser(t, store, "bo@example.org", auth.Editor)
	want := auth.User{ID: ana.ID, Email: "ana@example.org", Name: "Name of ana@example.org", Role: auth.Admin, PasswordHash: "hash", CreatedAt: day}
	for name, read := range map[string]func() (auth.User, error){
		"by id":     func() (auth.User, error) { return store.User(t.Context(), ana.ID) },
		"by e-mail": func() (auth.User, error) { return store.UserByEmail(t.Context(), "ana@example.org") },
	} {
		got, err := read()
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err := store.CreateUser(t.Context(), auth.User{Email: "ana@example.org"})
	wantKind(t, err, fault.Invalid)
	_, err = store.User(t.Context(), 99)
	wantKind(t, err, fault.NotFound)
	_, err = store.UserByEmail(t.Context(), "nobody@example.org")
	wantKind(t, err, fault.NotFound)
	all, err := store.Users(t.Context())
	must(t, err)
	if diff := cmp.Diff([]auth.User{ana, bo}, all); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}

	addSession(t, store, "bo-1", bo.ID)
	addSession(t, store, "bo-2", bo.ID)
	addSession(t, store, "ana-1", ana.ID)
	changed, err := store.UpdateUser(t.Context(), bo.ID, func(u *auth.User, otherAdmins int) (bool, string, error) {
		if otherAdmins != 1 || u.Email != "bo@example.org" {
			t.Errorf("change gets %+v, %d", u, otherAdmins)
		}
		u.Name, u.Role, u.PasswordHash, u.Email = "Bo", auth.Viewer, "new", "ignored@example.org"
		return true, "bo-2", nil
	})
	must(t, err)
	got, err := store.User(t.Context(), bo.ID)
	must(t, err)
	if got.Name != "Bo" || got.Role != auth.Viewer || got.PasswordHash != "new" || got.Email != "bo@example.org" || changed.Name != "Bo" {
		t.Errorf("changed to %+v", got)
	}
	if !revoked(t, store, "bo-1") || revoked(t, store, "bo-2") || revoked(t, store, "ana-1") {
		t.Error("the wrong sessions were revoked")
	}
	_, err = store.UpdateUser(t.Context(), bo.ID, func(u *auth.User, _ int) (bool, string, error) {
		u.Name = "Nobody"
		return true, "", errOwn
	})
	if got, _ := store.User(t.Context(), bo.ID); !errors.Is(err, errOwn) || got.Name != "Bo" || revoked(t, store, "bo-2") {
		t.Errorf("a refused change: %v, and the user is %+v", err, got)
	}
	_, err = store.UpdateUser(t.Context(), 99, func(*auth.User, int) (bool, string, error) { t.Error("called"); return false, "", nil })
	wantKind(t, err, fault.NotFound)
}

// lastAdmin: two admins who demote each other at the same moment do not both succeed.
func lastAdmin(t *testing.T, url string) {
	stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	disabled := addUser(t, stores[0], "dora@example.org", auth.Admin)
	_, err := stores[0].UpdateUser(t.Context(), disabled.ID, func(u *auth.User, _ int) (bool, string, error) { u.Disabled = true; return false, "", nil })
	must(t, err)
	admins := []auth.User{addUser(t, stores[0], "ana@example.org", auth.Admin), addUser(t, stores[0], "bo@example.org", auth.Admin)}
	var refused atomic.Int64
	var both sync.WaitGroup
	for i, u := range admins {
		both.Go(func() {
			_, err := stores[i].UpdateUser(t.Context(), u.ID, func(u *auth.User, otherAdmins int) (bool, string, error) {
				if otherAdmins == 0 {
					return false, "", errOwn
				}
				u.Role = auth.Viewer
				return false, "", nil
			})
			if errors.Is(err, errOwn) {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if refused.Load() != 1 {
		t.Errorf("%d of two were refused", refused.Load())
	}
}

func sessions(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	ana, bo := addUser(t, store, "ana@example.org", auth.Admin), addUser(t, store, "bo@example.org", auth.Editor)
	first := addSession(t, store, "first", ana.ID)
	addSession(t, store, "bo", bo.ID)
	second := first
	second.ID, second.CreatedAt = "second", first.CreatedAt.Add(time.Second)
	expired := first
	expired.ID, expired.ExpiresAt = "expired", first.CreatedAt.Add(-time.Second)
	must(t, errors.Join(store.CreateSession(t.Context(), second), store.CreateSession(t.Context(), expired)))
	addSession(t, store, "gone", ana.ID)
	must(t, store.RevokeSession(t.Context(), "gone"))

	s, u, err := store.Session(t.Context(), "first")
	must(t, err)
	if diff := cmp.Diff(first, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ana, u); diff != "" {
		t.Errorf("its user (-want +got):\n%s", diff)
	}
	_, _, err = store.Session(t.Context(), "unknown")
	wantKind(t, err, fault.NotFound)
	live, err := store.Sessions(t.Context(), ana.ID)
	must(t, err)
	if diff := cmp.Diff([]auth.Session{second, first}, live); diff != "" {
		t.Errorf("live ones, newest first (-want +got):\n%s", diff)
	}
	must(t, store.DeleteExpiredSessions(t.Context(), time.Now()))
	if _, _, err := store.Session(t.Context(), "expired"); fault.Of(err) != fault.NotFound {
		t.Errorf("the expired one: %v", err)
	}
	if _, _, err := store.Session(t.Context(), "first"); err != nil {
		t.Errorf("a live one: %v", err)
	}
}

func sessionsRotateOnce(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	ana := addUser(t, store, "ana@example.org", auth.Admin)
	s := addSession(t, store, "s", ana.ID)
	now := time.Now().UTC().Truncate(time.Millisecond)
	rotate := func(id string, old []byte) bool {
		t.Helper()
		rotated, err := store.RotateSession(t.Context(), id, old, []byte("new"), now, now.Add(2*time.Hour))
		must(t, err)
		return rotated
	}
	if rotate("s", []byte("guess")) || rotate("unknown", s.RefreshHash) {
		t.Error("a wrong hash or session was rotated")
	}
	var winners atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if rotate("s", s.RefreshHash) {
				winners.Add(1)
			}
		})
	}
	all.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d of 8 rotated the same token", winners.Load())
	}
	got, _, err := store.Session(t.Context(), "s")
	must(t, err)
	if string(got.RefreshHash) != "new" || !got.LastUsedAt.Equal(now) || !got.ExpiresAt.Equal(now.Add(2*time.Hour)) {
		t.Errorf("got %+v", got)
	}
	must(t, store.RevokeSession(t.Context(), "s"))
	if rotate("s", []byte("new")) {
		t.Error("a revoked session was rotated")
	}
	late := addSession(t, store, "late", ana.ID)
	rotated, err := store.RotateSession(t.Context(), "late", late.RefreshHash, []byte("new"), late.ExpiresAt, late.ExpiresAt.Add(time.Hour))
	must(t, err)
	if rotated {
		t.Error("an expired session was rotated")
	}
}

// epoch: each loss of access raises it, so that other nodes notice; the rest does not.
func epoch(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	ana := addUser(t, store, "ana@example.org", auth.Admin)
	s := addSession(t, store, "s", ana.ID)
	for _, c := range []struct {
		name   string
		raises bool
		do     func() error
	}{
		{"a change of a user", true, func() error {
			_, err := store.UpdateUser(t.Context(), ana.ID, func(u *auth.User, _ int) (bool, string, error) { u.Role = auth.Viewer; return false, "", nil })
			return err
		}},
		{"a revocation", true, func() error { return store.RevokeSession(t.Context(), "s") }},
		{"a rotation", false, func() error {
			_, err := store.RotateSession(t.Context(), "s", s.RefreshHash, []byte("x"), time.Now(), time.Now().Add(time.Hour))
			return err
		}},
		{"a new session", false, func() error { addSession(t, store, "t", ana.ID); return nil }},
		{"a refused change", false, func() error {
			_, err := store.UpdateUser(t.Context(), ana.ID, func(*auth.User, int) (bool, string, error) { return true, "", errOwn })
			if !errors.Is(err, errOwn) {
				return err
			}
			return nil
		}},
	} {
		before, err := store.Epoch(t.Context())
		must(t, err)
		must(t, c.do())
		after, err := store.Epoch(t.Context())
		must(t, err)
		if (after > before) != c.raises {
			t.Errorf("%s: the epoch went from %d to %d", c.name, before, after)
		}
	}
}
