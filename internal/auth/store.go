package auth

import (
	"context"
	"time"
)

// Store is what auth needs of a database. Methods that take access away (a session
// revoked, a role changed, a user disabled) raise Epoch in the same transaction.
type Store interface {
	// User and UserByEmail return a NotFound fault when there is no such account.
	User(ctx context.Context, id int64) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	Users(ctx context.Context) ([]User, error) // by id
	// CreateUser assigns the id. A taken e-mail is an Invalid fault.
	CreateUser(ctx context.Context, u User) (User, error)
	// UpdateUser changes the account in one transaction; otherAdmins is the number of
	// other admins that are not disabled. change's error is returned as it is. When
	// revoke says so, all of the user's sessions are revoked, save the one named keep.
	UpdateUser(ctx context.Context, id int64, change func(u *User, otherAdmins int) (revoke bool, keep string, err error)) (User, error)

	CreateSession(ctx context.Context, s Session) error
	// Session returns a NotFound fault when there is no such session.
	Session(ctx context.Context, id string) (Session, User, error)
	Sessions(ctx context.Context, userID int64) ([]Session, error) // live ones, newest first
	// RotateSession replaces the refresh hash if it still is old, and says whether it was.
	RotateSession(ctx context.Context, id string, old, new []byte, now, expires time.Time) (bool, error)
	RevokeSession(ctx context.Context, id string) error
	DeleteExpiredSessions(ctx context.Context, now time.Time) error

	Epoch(ctx context.Context) (int64, error)
}
