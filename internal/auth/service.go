package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Config configures a Service. Only Secret is needed.
type Config struct {
	Secret         []byte        // signs access tokens; at least MinSecret bytes
	PreviousSecret []byte        // still accepted
	AccessTTL      time.Duration // life of an access token; zero means 15 minutes
	SessionTTL     time.Duration // life of a session without use; zero means 30 days
	Logger         *slog.Logger
}

// Service signs people in and keeps their accounts.
type Service struct {
	cfg    Config
	store  Store
	keys   *keyring
	limit  limiter
	hasher hasher
	guard  guard
	dummy  string // a hash that no password makes
	now    func() time.Time
}

// NewService returns a Service over store.
func NewService(store Store, cfg Config) (*Service, error) {
	if cfg.AccessTTL == 0 {
		cfg.AccessTTL = 15 * time.Minute
	}
	if cfg.SessionTTL == 0 {
		cfg.SessionTTL = 30 * 24 * time.Hour
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	keys, err := newKeyring(cfg.Secret, cfg.PreviousSecret)
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, store: store, keys: keys, limit: newLimiter(), hasher: newHasher(),
		guard: guard{states: make(map[string]state)}, now: func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }}
	if s.dummy, err = s.hasher.hash(context.Background(), randomText(16)); err != nil {
		return nil, err
	}
	return s, nil
}

// Tokens is what signing in gives.
type Tokens struct {
	Access         string
	AccessTTL      time.Duration
	Refresh        string // secret: it belongs into the cookie alone
	RefreshExpires time.Time
	User           User
}

var (
	errSignIn   = fault.New(fault.Unauthorized, "Incorrect email or password.")
	errDisabled = fault.New(fault.Forbidden, disabledText)
)

const disabledText = "Your account is disabled. Ask an administrator."

// Login opens a session. address is the caller's, for the rate limit.
func (s *Service) Login(ctx context.Context, email, password, address, userAgent string) (Tokens, error) {
	email = normalEmail(email)
	giveBack, err := s.limit.take(email, address, s.now())
	if err != nil {
		s.cfg.Logger.Warn("sign-in refused: too many failures", "address", address)
		return Tokens{}, err
	}
	u, err := s.store.UserByEmail(ctx, email)
	known := err == nil
	if err != nil && fault.Of(err) != fault.NotFound {
		giveBack()
		return Tokens{}, err
	}
	hash := s.dummy
	if known {
		hash = u.PasswordHash
	}
	ok, err := s.hasher.verify(ctx, hash, password)
	if err != nil {
		giveBack()
		return Tokens{}, err
	}
	if !ok || !known {
		s.cfg.Logger.Warn("sign-in failed", "address", address)
		return Tokens{}, errSignIn
	}
	giveBack()
	if u.Disabled { // shown only with the right password
		s.cfg.Logger.Warn("sign-in refused: the account is disabled", "user", u.ID, "address", address)
		return Tokens{}, errDisabled
	}
	return s.open(ctx, u, userAgent)
}

// OpenSession signs a user in without a password: for the command line on the
// server's own machine. An empty email stands for the first active admin.
func (s *Service) OpenSession(ctx context.Context, email, userAgent string) (Tokens, error) {
	u, err := s.Find(ctx, email)
	if err != nil {
		return Tokens{}, err
	}
	return s.open(ctx, u, userAgent)
}

// Find returns an active user by e-mail; an empty one stands for the first active admin.
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
	u, err := s.store.UserByEmail(ctx, normalEmail(email))
	if err == nil && u.Disabled {
		err = fault.New(fault.Forbidden, "The user "+u.Email+" is disabled.")
	}
	return u, err
}

func (s *Service) open(ctx context.Context, u User, userAgent string) (Tokens, error) {
	const maxAgent = 200
	now := s.now()
	secret := randomText(32)
	session := Session{ID: randomText(16), UserID: u.ID, RefreshHash: hashSecret(secret), CreatedAt: now, LastUsedAt: now,
		ExpiresAt: now.Add(s.cfg.SessionTTL), UserAgent: strings.ToValidUTF8(userAgent[:min(len(userAgent), maxAgent)], "")}
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Tokens{}, fmt.Errorf("opening a session: %w", err)
	}
	s.cfg.Logger.Info("signed in", "user", u.ID)
	return s.tokens(u, session.ID, secret, session.ExpiresAt)
}

func (s *Service) tokens(u User, session, secret string, expires time.Time) (Tokens, error) {
	access, err := s.keys.sign(u, session, s.now(), s.cfg.AccessTTL)
	if err != nil {
		return Tokens{}, fmt.Errorf("signing an access token: %w", err)
	}
	return Tokens{Access: access, AccessTTL: s.cfg.AccessTTL, Refresh: session + "." + secret, RefreshExpires: expires, User: u}, nil
}

var errRefresh = fault.New(fault.Unauthorized, "The session has ended. Sign in again.")

// Refresh exchanges a refresh token for new tokens. A token that was already
// exchanged has been stolen, or its owner's copy has: the session is revoked.
func (s *Service) Refresh(ctx context.Context, token string) (Tokens, error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok {
		return Tokens{}, errRefresh
	}
	session, u, err := s.store.Session(ctx, id)
	if fault.Of(err) == fault.NotFound {
		return Tokens{}, errRefresh
	}
	if err != nil {
		return Tokens{}, err
	}
	now := s.now()
	old := hashSecret(secret)
	if u.Disabled && subtle.ConstantTimeCompare(old, session.RefreshHash) == 1 {
		return Tokens{}, fault.New(fault.Unauthorized, disabledText)
	}
	if session.Revoked || u.Disabled || !session.ExpiresAt.After(now) {
		return Tokens{}, errRefresh
	}
	next := randomText(32)
	rotated := false
	if subtle.ConstantTimeCompare(old, session.RefreshHash) == 1 {
		rotated, err = s.store.RotateSession(ctx, id, old, hashSecret(next), now, now.Add(s.cfg.SessionTTL))
		if err != nil {
			return Tokens{}, fmt.Errorf("rotating a session: %w", err)
		}
	}
	if !rotated {
		s.cfg.Logger.Warn("refresh token used twice: session revoked", "user", u.ID)
		return Tokens{}, orElse(s.revoke(ctx, id), errRefresh)
	}
	return s.tokens(u, id, next, now.Add(s.cfg.SessionTTL))
}

// Logout ends the session that the access token, or else the refresh token, stands for.
func (s *Service) Logout(ctx context.Context, access, refresh string) error {
	grant, err := s.Verify(ctx, access)
	if err == nil {
		return s.revoke(ctx, grant.Actor.SessionID)
	}
	id, secret, _ := strings.Cut(refresh, ".")
	session, _, sessionErr := s.store.Session(ctx, id)
	if sessionErr != nil || subtle.ConstantTimeCompare(hashSecret(secret), session.RefreshHash) != 1 {
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
		return fault.New(fault.NotFound, "There is no such session.")
	}
	return s.revoke(ctx, id)
}

func (s *Service) revoke(ctx context.Context, id string) error {
	err := s.store.RevokeSession(ctx, id)
	s.guard.forget()
	if err != nil {
		return fmt.Errorf("revoking a session: %w", err)
	}
	return nil
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
