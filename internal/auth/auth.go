// Package auth authenticates users and authorises their actions: accounts and passwords,
// sessions with rotating refresh tokens, short-lived access tokens, and the rate limit on
// signing in. It does no HTTP and no SQL; the caller provides its Store.
//
// Rights are checked at two points. Verify checks a request before its body is read, with a cache that is
// at most a quarter of a second old. Actor.RequireIn checks in the transaction of the change: the stored
// session, account and role.
//
// A session has one refresh token at a time, which each use replaces (refresh.go). Access tokens are JWTs
// of minutes; a revoked session invalidates them at once, because Verify also checks the session.
// Passwords are argon2id hashes. Every change of an account or session is logged (audit.go).
//
// Service.Run is the only goroutine: it detects changes of rights by other nodes.
package auth

import (
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Role is the set of rights of a user. Each role includes the rights of the ones before it.
type Role string

// The roles: a viewer reads everything, an editor also writes posts, an admin also manages users.
const (
	Viewer Role = "viewer"
	Editor Role = "editor"
	Admin  Role = "admin"
)

var rank = map[Role]int{Viewer: 1, Editor: 2, Admin: 3}

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return rank[r] > 0 }

// Actor is an authenticated user. Its role is that of the last read; RequireIn checks the stored one.
type Actor struct {
	ID        int64
	Name      string
	Email     string
	Role      Role
	SessionID string // empty for the command line, which has no session
}

// Require returns nil if a has the rights of role least, else a Forbidden fault.
func (a Actor) Require(least Role) error {
	if rank[a.Role] >= rank[least] {
		return nil
	}
	return fault.New(fault.Forbidden, "This needs the role "+string(least)+"; yours is "+string(a.Role)+".")
}

// RequireIn is Require with the stored role, in the transaction of a change. It returns an Unauthorized
// fault if the session has ended or the account is disabled, and a Forbidden fault if the role does not
// suffice or the password must be changed first. An actor without a session keeps its role.
func (a Actor) RequireIn(tx SessionReader, least Role) error {
	if a.SessionID == "" {
		return a.Require(least)
	}
	session, u, err := tx.Session(a.SessionID)
	if err := a.requireLive(session, u, err); err != nil {
		return err
	}
	if u.MustChangePassword {
		return errMustChange
	}
	return Actor{Role: u.Role}.Require(least)
}

// requireLive returns an error unless the actor's session is live. Its parameters are the result of the
// read of the session.
func (a Actor) requireLive(session Session, u User, err error) error {
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return errSessionEnded
	case err != nil:
		return fmt.Errorf("reading the session again: %w", err)
	case !session.live(u, time.Now()):
		return errSessionEnded
	}
	return nil
}

// Grant is the actor of an access token, and the end of the token.
type Grant struct {
	Actor   Actor
	Expires time.Time
}

// User is an account.
type User struct {
	ID        int64     `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      Role      `json:"role"`
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"createdAt"`

	PasswordHash string `json:"-"`
	// MustChangePassword: another user has set the password. Until it is changed, every other operation
	// is refused.
	MustChangePassword bool `json:"mustChangePassword,omitempty"`
}

// Session is a signed-in browser or program. It ends at ExpiresAt, which each refresh extends, or when it
// is revoked.
type Session struct {
	ID          string
	UserID      int64
	RefreshHash []byte // SHA-256 of the secret of the current refresh token
	// RefreshKey derives each refresh token from the one before. Nil: a session of an earlier release,
	// until its next refresh.
	RefreshKey []byte
	Replaced   []time.Time // when the latest refresh tokens were replaced, the newest first
	UserAgent  string
	Network    string // of the sign-in: an IPv4 address or IPv6 /64; empty: the command line
	CreatedAt  time.Time
	LastUsedAt time.Time
	// AuthenticatedAt is the time of the last password check in the session.
	AuthenticatedAt time.Time
	ExpiresAt       time.Time
	Revoked         bool
}

// live reports whether the session of u is valid at now.
func (s Session) live(u User, now time.Time) bool {
	return !s.Revoked && !u.Disabled && s.ExpiresAt.After(now)
}
