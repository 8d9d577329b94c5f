// Package auth authenticates users and authorises their actions: accounts and passwords,
// sessions with rotating refresh tokens, short-lived access tokens, and the rate limit on
// signing in. It does no HTTP and no SQL; the caller provides its Store.
//
// Rights are checked twice. Verify checks a request before its body is read, from a cache
// that may be a quarter of a second old. Actor.RequireIn checks again in the transaction
// that acts: the session, the account and its role as they are stored then.
package auth

import (
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// Role is what a user may do. Each role may do all that the ones before it may.
type Role string

// The roles: a viewer reads everything, an editor also writes posts, an admin also keeps the users.
const (
	Viewer Role = "viewer"
	Editor Role = "editor"
	Admin  Role = "admin"
)

var rank = map[Role]int{Viewer: 1, Editor: 2, Admin: 3}

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return rank[r] > 0 }

// Actor is a user in a session, with the rights of the time at which it was read.
type Actor struct {
	ID        int64
	Name      string
	Email     string
	Role      Role
	SessionID string // empty for the command line, which has no session
}

// Require returns nil when a has the rights of role least, else a Forbidden fault.
func (a Actor) Require(least Role) error {
	if rank[a.Role] >= rank[least] {
		return nil
	}
	return fault.New(fault.Forbidden, "This needs the role "+string(least)+"; yours is "+string(a.Role)+".")
}

// RequireIn is Require in the transaction that acts. It returns an Unauthorized fault when
// the actor's session has ended or the account is disabled, and a Forbidden fault when its
// role no longer suffices or its password must be changed first. The command line keeps the role that it has.
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

// requireLive takes the result of reading the actor's session.
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

// Grant is the actor that an access token stands for, and the end of the token.
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
	// MustChangePassword: the password was set by somebody else; all but changing it is refused.
	MustChangePassword bool `json:"mustChangePassword,omitempty"`
}

// Session is one signed-in browser or program.
type Session struct {
	ID          string
	UserID      int64
	RefreshHash []byte // SHA-256 of the secret of the current refresh token
	// RefreshKey derives each refresh token from the one before. Nil: a session of an older
	// version, until its next refresh.
	RefreshKey []byte
	Replaced   []time.Time // when the latest refresh tokens were replaced, the newest first
	UserAgent  string
	Network    string // from which it was opened: an IPv4 address or IPv6 /64; empty: the command line
	CreatedAt  time.Time
	LastUsedAt time.Time
	// AuthenticatedAt is when the session last proved the password of its account.
	AuthenticatedAt time.Time
	ExpiresAt       time.Time
	Revoked         bool
}

// live reports whether the session of u may act at now.
func (s Session) live(u User, now time.Time) bool {
	return !s.Revoked && !u.Disabled && s.ExpiresAt.After(now)
}
