package auth

import (
	"context"
	"fmt"
	"strings"
)

// Logout ends the session of the access token or, when that is not valid, of the refresh token.
func (s *Service) Logout(ctx context.Context, access, refresh string) error {
	grant, _, err := s.Identify(ctx, access)
	if err == nil {
		return s.revoke(ctx, grant.Actor.SessionID)
	}
	id, secret, _ := strings.Cut(refresh, ".")
	session, _, sessionErr := s.store.Session(ctx, id)
	if sessionErr != nil {
		return err
	}
	if state, _ := session.lookUp(secret, s.now()); state == unknownSecret {
		return err
	}
	return s.revoke(ctx, id)
}

// Sessions returns the actor's live sessions, newest first.
func (s *Service) Sessions(ctx context.Context, by Actor) ([]Session, error) {
	return s.store.Sessions(ctx, by.ID)
}

// RevokeSession ends one of the actor's own sessions.
func (s *Service) RevokeSession(ctx context.Context, by Actor, id string) error {
	session, _, err := s.store.Session(ctx, id)
	if err != nil {
		return err
	}
	if session.UserID != by.ID {
		return errNoSession
	}
	if session.Revoked {
		return nil
	}
	return s.takeAccess(ctx, func(tx Tx) error {
		if err := by.RequireIn(tx, Viewer); err != nil {
			return err
		}
		return tx.RevokeSession(id)
	})
}

// RevokeOtherSessions ends all of the actor's sessions but the current one.
func (s *Service) RevokeOtherSessions(ctx context.Context, by Actor) error {
	return s.takeAccess(ctx, func(tx Tx) error {
		if err := by.RequireIn(tx, Viewer); err != nil {
			return err
		}
		return tx.RevokeSessions(by.ID, by.SessionID)
	})
}

// revoke ends a session whose token the caller has verified.
func (s *Service) revoke(ctx context.Context, id string) error {
	err := s.takeAccess(ctx, func(tx Tx) error { return tx.RevokeSession(id) })
	if err != nil {
		return fmt.Errorf("revoking a session: %w", err)
	}
	return nil
}

// takeAccess runs a change that takes access away, and applies it to this process at once.
func (s *Service) takeAccess(ctx context.Context, change func(Tx) error) error {
	err := s.store.UpdateAccess(ctx, func(tx Tx) error {
		if err := tx.LockAccess(); err != nil {
			return err
		}
		return change(tx)
	})
	s.sessions.invalidate()
	return err
}
