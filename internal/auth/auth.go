// Package auth answers who acts and what they may do: users and their passwords,
// sessions with rotating refresh tokens, short-lived access tokens, and the
// rate limit on signing in. It does no HTTP and no SQL; its Store is given to it.
package auth

import (
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

// Actor is who acts: an active user in a live session.
type Actor struct {
	ID        int64
	Name      string
	Email     string
	Role      Role
	SessionID string // empty for the command line
}

// Require returns nil when a may do what least may do, else a Forbidden fault.
func (a Actor) Require(least Role) error {
	if rank[a.Role] >= rank[least] {
		return nil
	}
	return fault.New(fault.Forbidden, "This needs the role "+string(least)+"; yours is "+string(a.Role)+".")
}

// Grant is what a verified access token gives: who acts, and until when.
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
}

// Session is one signed-in browser or program.
type Session struct {
	ID          string
	UserID      int64
	RefreshHash []byte // SHA-256 of the one refresh token that is good now
	UserAgent   string
	CreatedAt   time.Time
	LastUsedAt  time.Time
	ExpiresAt   time.Time
	Revoked     bool
}
