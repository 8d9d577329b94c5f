package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// recentAuth is the time after a sign-in or Reauthenticate for which a session may change accounts.
const recentAuth = 10 * time.Minute

// requireRecentAdmin is RequireIn(tx, Admin). It also returns a Forbidden fault with CodeReauth unless the
// session has authenticated within recentAuth.
func (s *Service) requireRecentAdmin(tx Tx, by Actor) error {
	if err := by.RequireIn(tx, Admin); err != nil || by.SessionID == "" {
		return err
	}
	session, _, err := tx.LockSession(by.SessionID) // RequireIn may have older times
	if err != nil {
		return err
	}
	if s.now().Sub(session.AuthenticatedAt) > recentAuth {
		return errReauth
	}
	return nil
}

// Reauthenticate checks the actor's own password. For the next recentAuth the session may change accounts.
func (s *Service) Reauthenticate(ctx context.Context, by Actor, password string, client Client) error {
	u, err := s.store.User(ctx, by.ID)
	if err != nil {
		return err
	}
	ok, err := s.prove(ctx, u, password, client)
	if err != nil {
		return err
	}
	wrong := fault.InvalidFields(fault.Field{Name: "password", Message: "Incorrect password."})
	if !ok {
		s.logWrongPassword(ctx, u, by, client)
		return wrong
	}
	err = s.store.UpdateAccess(ctx, func(tx Tx) error {
		session, _, err := lockProven(tx, by, u, wrong)
		if err != nil {
			return err
		}
		session.AuthenticatedAt = s.now()
		return tx.UpdateSession(session)
	})
	if err != nil {
		return fmt.Errorf("reauthenticating: %w", err)
	}
	s.cfg.Logger.InfoContext(ctx, "password confirmed", client.logClient(), logUser(u), "session", by.SessionID)
	return nil
}

func (s *Service) logWrongPassword(ctx context.Context, u User, by Actor, client Client) {
	s.signIns.WithLabelValues(signInFailed).Inc()
	s.cfg.Logger.WarnContext(ctx, "wrong password in a session", client.logClient(), logUser(u), "session", by.SessionID)
}

var errWrongPassword = fault.InvalidFields(fault.Field{Name: "current", Message: "Current password is wrong."})

// ChangePassword sets the actor's own password and ends the other sessions.
func (s *Service) ChangePassword(ctx context.Context, by Actor, current, next string, client Client) error {
	if message := CheckPassword(next, by.Email, by.Name, s.cfg.Host); message != "" {
		return fault.InvalidFields(fault.Field{Name: "next", Message: message})
	}
	u, err := s.store.User(ctx, by.ID)
	if err != nil {
		return err
	}
	ok, err := s.prove(ctx, u, current, client)
	if err != nil {
		return err
	}
	if !ok {
		s.logWrongPassword(ctx, u, by, client)
		return errWrongPassword
	}
	if next == current {
		return fault.InvalidFields(fault.Field{Name: "next", Message: "Use a password that differs from the current one."})
	}
	hash, err := s.hasher.hash(ctx, hashLine(u.ID, "session", client), next)
	if err != nil {
		return err
	}
	err = s.takeAccess(ctx, func(tx Tx) error {
		_, stored, err := lockProven(tx, by, u, errWrongPassword)
		if err != nil {
			return err
		}
		stored.PasswordHash, stored.MustChangePassword = hash, false
		if err := tx.UpdateUser(stored); err != nil {
			return err
		}
		return tx.RevokeSessions(by.ID, by.SessionID)
	})
	if err == nil {
		s.cfg.Logger.InfoContext(ctx, "password changed", client.logClient(), logUser(u), "session", by.SessionID)
	}
	return err
}

// lockProven locks the actor's session, which must be live. It returns the error wrong unless the account still has
// the password of proven, which was verified before the transaction.
func lockProven(tx Tx, by Actor, proven User, wrong error) (Session, User, error) {
	session, stored, err := tx.LockSession(by.SessionID)
	if err := by.requireLive(session, stored, err); err != nil {
		return Session{}, User{}, err
	}
	if stored.PasswordHash != proven.PasswordHash {
		return Session{}, User{}, wrong
	}
	return session, stored, nil
}
