package auth_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/test/services"
)

// fullStore is a store that may store nothing: transactions run and end with kind.
type fullStore struct {
	auth.Store
	kind fault.Kind
	full atomic.Bool
}

func (s *fullStore) UpdateAccess(ctx context.Context, change func(auth.Tx) error) error {
	return s.Store.UpdateAccess(ctx, func(tx auth.Tx) error {
		if err := change(tx); err != nil || !s.full.Load() {
			return err
		}
		return fault.New(s.kind, "Nothing was saved.")
	})
}

// TestRefresh_onAFullDisk: live sessions keep their refresh token, which is replaced once writes succeed
// again. It is the same for a database that refuses writes for another reason.
func TestRefresh_onAFullDisk(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Full, fault.Unavailable} {
		store := &fullStore{Store: openStore(t, filepath.Join(t.TempDir(), "wiredesk.db")), kind: kind}
		d := fixture{t: t, Service: service(t, store, auth.Config{})}
		d.admin = d.add("ana@example.org", auth.Admin)
		tokens, lost := d.signInAndTakeAway()
		store.full.Store(true)
		d.wantSameToken(tokens)
		lost(d)
		store.full.Store(false)
		if next := d.refresh(tokens.Refresh); next.Refresh == tokens.Refresh {
			t.Error("with room again the token is not replaced")
		}
	}
}

// TestRefresh_readOnlyFile: the same on a SQLite file that is opened for reads alone.
func TestRefresh_readOnlyFile(t *testing.T) {
	d := newFixture(t, auth.Config{})
	tokens, lost := d.signInAndTakeAway()
	store := openConfig(t, sqlstore.Config{URL: "sqlite://" + d.path, ReadOnly: true})
	readOnly := fixture{t: t, Service: service(t, store, auth.Config{})}
	readOnly.wantSameToken(tokens)
	lost(readOnly)
	_, err := readOnly.Login(t.Context(), "ana@example.org", password, from(address))
	wantKind(t, "a sign-in", err, fault.Unavailable)
}

// TestRefresh_readOnlyServer: the same while a MariaDB server is read-only, and after it.
func TestRefresh_readOnlyServer(t *testing.T) {
	if !services.Running() {
		return
	}
	server := services.NewServer(t)
	d := newDeskAt(t, server.URL, auth.Config{})
	tokens, lost := d.signInAndTakeAway()
	server.Exec(t, "SET GLOBAL read_only = 1")
	d.wantSameToken(tokens)
	lost(d)
	server.Exec(t, "SET GLOBAL read_only = 0")
	if next := d.refresh(tokens.Refresh); next.Refresh == tokens.Refresh {
		t.Error("on a writable database the token is not replaced")
	}
}

// signInAndTakeAway signs in ana and returns her tokens. It also opens sessions that it revokes; lost fails
// unless these get no tokens.
func (d fixture) signInAndTakeAway() (tokens auth.Tokens, lost func(fixture)) {
	d.t.Helper()
	ctx := d.t.Context()
	d.add("bo@example.org", auth.Editor)
	cleo := d.add("cleo@example.org", auth.Editor)
	tokens, revoked, disabled := d.login("ana@example.org"), d.login("bo@example.org"), d.login("cleo@example.org")
	wantOK(d.t, "a sign-out", d.Logout(ctx, revoked.Access, revoked.Refresh))
	disable := true
	_, err := d.UpdateUser(ctx, d.actor(tokens), cleo.ID, auth.UserChange{Disabled: &disable})
	wantOK(d.t, "disabling an account", err)
	return tokens, func(d fixture) {
		d.t.Helper()
		d.wantEnded("a session that has ended", revoked)
		d.wantEnded("a disabled account", disabled)
		_, err := d.Refresh(ctx, tokens.Refresh+"x")
		wantKind(d.t, "a token that never was good", err, fault.Unauthorized)
	}
}

// wantSameToken refreshes several times and fails unless the refresh token stays the same.
func (d fixture) wantSameToken(tokens auth.Tokens) {
	d.t.Helper()
	for range 3 {
		again := d.refresh(tokens.Refresh)
		if again.Refresh != tokens.Refresh || !again.RefreshExpires.Equal(tokens.RefreshExpires) {
			d.t.Error("the token was replaced, though nothing was stored")
		}
		if _, err := d.Verify(d.t.Context(), again.Access); err != nil {
			d.t.Errorf("the access token: %v", err)
		}
	}
}
