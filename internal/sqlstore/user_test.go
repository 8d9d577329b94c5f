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
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func addUser(t testing.TB, store *sqlstore.Store, email string, role auth.Role) auth.User {
	t.Helper()
	var u auth.User
	testkit.Must(t, store.UpdateAccess(t.Context(), func(tx auth.Tx) (err error) {
		u, err = tx.InsertUser(auth.User{Email: email, Name: "Name of " + email, Role: role, PasswordHash: "hash", CreatedAt: day})
		return err
	}))
	return u
}

func addSession(t testing.TB, store *sqlstore.Store, id string, user int64) auth.Session {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	s := auth.Session{ID: id, UserID: user, RefreshHash: []byte("hash of " + id),
		RefreshKey: []byte("key of " + id), Replaced: []time.Time{now, now.Add(-time.Minute)}, UserAgent: "test", CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour)}
	testkit.Must(t, insertSession(t, store, s))
	return s
}

func insertSession(t testing.TB, store *sqlstore.Store, s auth.Session) error {
	return store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.InsertSession(s) })
}

func revoke(t testing.TB, store *sqlstore.Store, id string) error {
	return store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.RevokeSession(id) })
}

// revoked reports whether the session was.
func revoked(t testing.TB, store *sqlstore.Store, id string) bool {
	t.Helper()
	s, _, err := store.Session(t.Context(), id)
	testkit.Must(t, err)
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
		testkit.Must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	err := store.UpdateAccess(t.Context(), func(tx auth.Tx) error {
		_, err := tx.InsertUser(auth.User{Email: "ana@example.org"})
		return err
	})
	wantKind(t, err, fault.Invalid)
	_, err = store.User(t.Context(), 99)
	wantKind(t, err, fault.NotFound)
	_, err = store.UserByEmail(t.Context(), "nobody@example.org")
	wantKind(t, err, fault.NotFound)
	all, err := store.Users(t.Context())
	testkit.Must(t, err)
	if diff := cmp.Diff([]auth.User{ana, bo}, all); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}

	addSession(t, store, "bo-1", bo.ID)
	addSession(t, store, "bo-2", bo.ID)
	addSession(t, store, "ana-1", ana.ID)
	testkit.Must(t, store.UpdateAccess(t.Context(), func(tx auth.Tx) error {
		u, err := tx.User(bo.ID)
		others, countErr := tx.CountOtherAdmins(bo.ID)
		if err := errors.Join(err, countErr); err != nil {
			return err
		}
		if others != 1 || u.Email != "bo@example.org" {
			t.Errorf("read %+v, %d other admins", u, others)
		}
		u.Name, u.Role, u.PasswordHash, u.Email = "Bo", auth.Viewer, "new", "ignored@example.org"
		return errors.Join(tx.UpdateUser(u), tx.RevokeSessions(bo.ID, "bo-2"))
	}))
	got, err := store.User(t.Context(), bo.ID)
	testkit.Must(t, err)
	if got.Name != "Bo" || got.Role != auth.Viewer || got.PasswordHash != "new" || got.Email != "bo@example.org" {
		t.Errorf("changed to %+v", got)
	}
	if !revoked(t, store, "bo-1") || revoked(t, store, "bo-2") || revoked(t, store, "ana-1") {
		t.Error("the wrong sessions were revoked")
	}
	err = store.UpdateAccess(t.Context(), func(tx auth.Tx) error {
		got.Name = "Another"
		return errors.Join(tx.UpdateUser(got), tx.RevokeSessions(bo.ID, ""), errOwn)
	})
	if got, _ := store.User(t.Context(), bo.ID); !errors.Is(err, errOwn) || got.Name != "Bo" || revoked(t, store, "bo-2") {
		t.Errorf("a refused change: %v, and the user is %+v", err, got)
	}
	err = store.UpdateAccess(t.Context(), func(tx auth.Tx) error {
		_, err := tx.User(99)
		return err
	})
	wantKind(t, err, fault.NotFound)
}

// lastAdmin: of two admins that demote each other at the same moment, one fails.
func lastAdmin(t *testing.T, url string) {
	stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	disabled := addUser(t, stores[0], "dora@example.org", auth.Admin)
	disabled.Disabled = true
	testkit.Must(t, stores[0].UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.UpdateUser(disabled) }))
	admins := []auth.User{addUser(t, stores[0], "ana@example.org", auth.Admin), addUser(t, stores[0], "bo@example.org", auth.Admin)}
	var refused atomic.Int64
	var both sync.WaitGroup
	for i, u := range admins {
		both.Go(func() {
			err := stores[i].UpdateAccess(t.Context(), func(tx auth.Tx) error {
				if err := tx.LockAccess(); err != nil {
					return err
				}
				others, err := tx.CountOtherAdmins(u.ID)
				if err != nil {
					return err
				}
				if others == 0 {
					return errOwn
				}
				u.Role = auth.Viewer
				return tx.UpdateUser(u)
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
	testkit.Must(t, errors.Join(insertSession(t, store, second), insertSession(t, store, expired)))
	addSession(t, store, "gone", ana.ID)
	testkit.Must(t, revoke(t, store, "gone"))

	s, u, err := store.Session(t.Context(), "first")
	testkit.Must(t, err)
	if diff := cmp.Diff(first, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ana, u); diff != "" {
		t.Errorf("its user (-want +got):\n%s", diff)
	}
	_, _, err = store.Session(t.Context(), "unknown")
	wantKind(t, err, fault.NotFound)
	live, err := store.Sessions(t.Context(), ana.ID)
	testkit.Must(t, err)
	if diff := cmp.Diff([]auth.Session{second, first}, live); diff != "" {
		t.Errorf("live ones, newest first (-want +got):\n%s", diff)
	}
	testkit.Must(t, store.DeleteExpiredSessions(t.Context(), time.Now()))
	if _, _, err := store.Session(t.Context(), "expired"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the expired one: %v", err)
	}
	if _, _, err := store.Session(t.Context(), "first"); err != nil {
		t.Errorf("a live one: %v", err)
	}
}

// sessionsRotateOnce: of transactions of two nodes that change a session after they have
// locked it, each sees the change of the one before.
func sessionsRotateOnce(t *testing.T, url string) {
	stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	ana := addUser(t, stores[0], "ana@example.org", auth.Admin)
	s := addSession(t, stores[0], "s", ana.ID)
	var winners atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			won := false
			if err := stores[i%2].UpdateAccess(t.Context(), func(tx auth.Tx) error {
				got, _, err := tx.LockSession("s")
				if won = err == nil && string(got.RefreshHash) == string(s.RefreshHash); !won {
					return err
				}
				got.RefreshHash, got.LastUsedAt, got.Replaced = []byte("new"), s.LastUsedAt.Add(time.Minute), nil
				return tx.UpdateSession(got)
			}); err != nil {
				t.Error(err)
			}
			if won {
				winners.Add(1)
			}
		})
	}
	all.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d of 8 replaced the same token", winners.Load())
	}
	got, _, err := stores[0].Session(t.Context(), "s")
	testkit.Must(t, err)
	if string(got.RefreshHash) != "new" || !got.LastUsedAt.Equal(s.LastUsedAt.Add(time.Minute)) || len(got.Replaced) != 0 {
		t.Errorf("got %+v", got)
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
			return store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.UpdateUser(ana) })
		}},
		{"a revocation", true, func() error { return revoke(t, store, "s") }},
		{"the revocation of all", true, func() error {
			return store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.RevokeSessions(ana.ID, "") })
		}},
		{"a refresh", false, func() error {
			return store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.UpdateSession(s) })
		}},
		{"a new session", false, func() error { addSession(t, store, "t", ana.ID); return nil }},
		{"a lock", false, func() error {
			return store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.LockAccess() })
		}},
		{"a refused change", false, func() error {
			err := store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return errors.Join(tx.UpdateUser(ana), errOwn) })
			if !errors.Is(err, errOwn) {
				return err
			}
			return nil
		}},
	} {
		before, err := store.Epoch(t.Context())
		testkit.Must(t, err)
		testkit.Must(t, c.do())
		after, err := store.Epoch(t.Context())
		testkit.Must(t, err)
		if (after.Changes > before.Changes) != c.raises {
			t.Errorf("%s: the epoch went from %v to %v", c.name, before, after)
		}
	}
}
