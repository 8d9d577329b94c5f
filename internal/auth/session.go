package auth

import (
	"context"
	"fmt"
	"strings"
)

// Logout ends the session of the access token or, if that is not valid, of the refresh token.
func (s *Service) Logout(ctx context.Context, access, refresh string) error {
	grant, _, err := s.Identify(ctx, access)
	if err == nil {
		by := grant.Actor
		return s.signOut(ctx, User{ID: by.ID, Email: by.Email}, by.SessionID)
	}
	id, secret, _ := strings.Cut(refresh, ".")
	session, u, sessionErr := s.store.Session(ctx, id)
	if sessionErr != nil {
		return err
	}
	if state, _ := session.lookUp(secret, s.now()); state == unknownSecret {
		return err
	}
	return s.signOut(ctx, u, id)
}

func (s *Service) signOut(ctx context.Context, u User, session string) error {
	err := s.revoke(ctx, session)
	if err == nil {
		s.cfg.Logger.InfoContext(ctx, "signed out", logUser(u), "session", session)
	}
	return err
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
	err = s.takeAccess(ctx, func(tx Tx) error {
		if err := by.RequireIn(tx, Viewer); err != nil {
			return err
		}
		return tx.RevokeSession(id)
	})
	if err == nil {
		s.cfg.Logger.InfoContext(ctx, "session revoked", "user", by.ID, "session", id, by.logActor())
	}
	return err
}

// RevokeOtherSessions ends all of the actor's sessions but the current one.
func (s *Service) RevokeOtherSessions(ctx context.Context, by Actor) error {
	err := s.takeAccess(ctx, func(tx Tx) error {
		if err := by.RequireIn(tx, Viewer); err != nil {
			return err
		}
		return tx.RevokeSessions(by.ID, by.SessionID)
	})
	if err == nil {
		s.cfg.Logger.InfoContext(ctx, "all other sessions revoked", "user", by.ID, by.logActor())
	}
	return err
}

// revoke ends a session. The caller has verified its token.
func (s *Service) revoke(ctx context.Context, id string) error {
	err := s.takeAccess(ctx, func(tx Tx) error { return tx.RevokeSession(id) })
	if err != nil {
		return fmt.Errorf("revoking a session: %w", err)
	}
	return nil
}

// takeAccess runs a change that revokes rights, and empties the session cache of this process.
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
