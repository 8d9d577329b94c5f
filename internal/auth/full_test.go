package auth_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// fullStore is a store whose disk may be full: transactions run and are not stored.
type fullStore struct {
	auth.Store
	full atomic.Bool
}

func (s *fullStore) UpdateAccess(ctx context.Context, change func(auth.Tx) error) error {
	return s.Store.UpdateAccess(ctx, func(tx auth.Tx) error {
		if err := change(tx); err != nil || !s.full.Load() {
			return err
		}
		return fault.New(fault.Full, "The disk is full; nothing was saved.")
	})
}

// TestRefresh_onAFullDisk: access goes on with the same refresh token, for those who have it,
// and the token is replaced when there is room again.
func TestRefresh_onAFullDisk(t *testing.T) {
	store := &fullStore{Store: openStore(t, filepath.Join(t.TempDir(), "desk.db"))}
	d := desk{t: t, Service: service(t, store, auth.Config{})}
	d.admin = d.add("ana@example.org", auth.Admin)
	d.add("bo@example.org", auth.Editor)
	tokens, revoked := d.login("ana@example.org"), d.login("bo@example.org")
	if err := d.Logout(t.Context(), revoked.Access, revoked.Refresh); err != nil {
		t.Fatal(err)
	}
	store.full.Store(true)
	for range 3 {
		again := d.refresh(tokens.Refresh)
		if again.Refresh != tokens.Refresh || !again.RefreshExpires.Equal(tokens.RefreshExpires) {
			t.Error("the token was replaced, though nothing was stored")
		}
		if _, err := d.Verify(t.Context(), again.Access); err != nil {
			t.Errorf("the access token: %v", err)
		}
	}
	d.wantEnded("a session that has ended", revoked)
	_, err := d.Refresh(t.Context(), tokens.Refresh+"x")
	wantKind(t, "a token that never was good", err, fault.Unauthorized)
	store.full.Store(false)
	if next := d.refresh(tokens.Refresh); next.Refresh == tokens.Refresh {
		t.Error("with room again the token is not replaced")
	}
}
