package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Tokens is the result of a sign-in or a refresh.
type Tokens struct {
	Access         string
	AccessTTL      time.Duration
	Refresh        string // secret: only for the cookie
	RefreshExpires time.Time
	User           User
	Device         string // of a sign-in: the new device cookie
	DeviceExpires  time.Time
}

// Login checks the password and opens a session. An unknown email takes as long as a wrong password and
// has the same error.
func (s *Service) Login(ctx context.Context, email, password string, client Client) (Tokens, error) {
	u, err := s.userByEmail(ctx, email)
	if err != nil {
		if fault.KindOf(err) != fault.NotFound {
			return Tokens{}, err
		}
		u = User{Email: normalEmail(email), PasswordHash: s.dummy}
	}
	ok, err := s.prove(ctx, u, password, client)
	if err != nil {
		return Tokens{}, err
	}
	if !ok || u.ID == 0 {
		s.signIns.WithLabelValues(signInFailed).Inc()
		s.cfg.Logger.WarnContext(ctx, "sign-in failed", "address", client.Address, logUser(u))
		return Tokens{}, errSignIn
	}
	if u.Disabled { // disclosed only after the correct password
		s.signIns.WithLabelValues(accountDisabled).Inc()
		s.cfg.Logger.WarnContext(ctx, "sign-in refused: the account is disabled", "address", client.Address, logUser(u))
		return Tokens{}, errDisabled
	}
	tokens, err := s.open(ctx, u, client)
	if err != nil {
		return Tokens{}, err
	}
	now := s.now()
	tokens.DeviceExpires = now.Add(knownFor)
	if tokens.Device, err = s.keys.addDevice(u.ID, client.Device, now); err != nil {
		return Tokens{}, fmt.Errorf("signing a device cookie: %w", err)
	}
	return tokens, nil
}

// userByEmail returns the account of an email as typed. Accounts of earlier releases may have an email that
// is not in NFC.
func (s *Service) userByEmail(ctx context.Context, email string) (u User, err error) {
	typed := strings.ToLower(strings.TrimSpace(email))
	for _, form := range slices.Compact([]string{typed, norm.NFC.String(typed), norm.NFD.String(typed)}) {
		if u, err = s.store.UserByEmail(ctx, form); fault.KindOf(err) != fault.NotFound {
			break
		}
	}
	return u, err
}

// prove reports whether password is that of u. It counts failed attempts and returns a TooMany fault over
// a limit.
func (s *Service) prove(ctx context.Context, u User, password string, client Client) (bool, error) {
	known, err := s.knownFrom(ctx, u.ID, client)
	if err != nil {
		return false, err
	}
	refund, err := s.limits.reserve(u.Email, known, client, s.now())
	if err != nil {
		s.logLimited(ctx, u, client)
		return false, err
	}
	ok, err := s.hasher.verify(ctx, hashLine(u.ID, known, client), u.PasswordHash, password)
	if err != nil || ok {
		refund()
	}
	return ok, err
}

// OpenSession opens a session without a password, for the command line on the server's machine. An empty
// email selects the first active admin.
func (s *Service) OpenSession(ctx context.Context, email, userAgent string) (Tokens, error) {
	u, err := s.Find(ctx, email)
	if err != nil {
		return Tokens{}, err
	}
	return s.open(ctx, u, Client{UserAgent: userAgent})
}

// Find returns an active user by email; an empty email selects the first active admin.
func (s *Service) Find(ctx context.Context, email string) (User, error) {
	if email == "" {
		users, err := s.store.Users(ctx)
		for _, u := range users {
			if u.Role == Admin && !u.Disabled {
				return u, nil
			}
		}
		if err == nil {
			err = fault.New(fault.NotFound, "There is no active administrator. Set ADMIN_EMAIL and ADMIN_PASSWORD, or run 'wiredesk user add EMAIL --role admin'.")
		}
		return User{}, err
	}
	u, err := s.userByEmail(ctx, email)
	if err == nil && u.Disabled {
		err = fault.New(fault.Forbidden, "The user "+u.Email+" is disabled.")
	}
	return u, err
}

// maxSessions bounds the live sessions of a user. One more ends the least recently used one.
const maxSessions = 50

// open stores a session of u, if the account is enabled and still has the verified password.
func (s *Service) open(ctx context.Context, u User, client Client) (Tokens, error) {
	const maxAgent = 200
	now := s.now()
	session := Session{ID: randomText(16), UserID: u.ID, CreatedAt: now, LastUsedAt: now, AuthenticatedAt: now, ExpiresAt: s.sessionEnd(now, now),
		UserAgent: strings.ToValidUTF8(client.UserAgent[:min(len(client.UserAgent), maxAgent)], "")}
	if client.Address.IsValid() {
		session.Network = networks(client.Address)[0]
	}
	secret := session.newSecret()
	evicted := false
	err := s.store.UpdateAccess(ctx, func(tx Tx) (err error) {
		stored, err := tx.User(u.ID)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return errSignIn
		case err != nil:
			return err
		case stored.PasswordHash != u.PasswordHash:
			return errSignIn
		case stored.Disabled:
			return errDisabled
		}
		if evicted, err = evictSessions(tx, u.ID); err != nil {
			return err
		}
		return tx.InsertSession(session)
	})
	if evicted {
		s.sessions.invalidate()
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("opening a session: %w", err)
	}
	s.signIns.WithLabelValues(signedIn).Inc()
	s.cfg.Logger.InfoContext(ctx, "signed in", client.logClient(), logUser(u), "session", session.ID)
	return s.tokens(u, session, secret)
}

// evictSessions ends the least recently used sessions of a user until one more is allowed.
func evictSessions(tx Tx, user int64) (evicted bool, err error) {
	live, err := tx.LiveSessions(user)
	if err != nil {
		return false, err
	}
	for ; len(live) >= maxSessions; live = live[1:] {
		if err := tx.RevokeSession(live[0].ID); err != nil {
			return false, err
		}
		evicted = true
	}
	return evicted, nil
}

// sessionEnd returns the end of a session that is used at now.
func (s *Service) sessionEnd(created, now time.Time) time.Time {
	end, last := now.Add(s.cfg.SessionTTL), created.Add(s.cfg.SessionMax)
	if end.After(last) {
		return last
	}
	return end
}

func (s *Service) tokens(u User, session Session, secret string) (Tokens, error) {
	access, err := s.keys.sign(u, session.ID, s.now(), s.cfg.AccessTTL)
	if err != nil {
		return Tokens{}, fmt.Errorf("signing an access token: %w", err)
	}
	return Tokens{Access: access, AccessTTL: s.cfg.AccessTTL, Refresh: session.ID + "." + secret, RefreshExpires: session.ExpiresAt, User: u}, nil
}
