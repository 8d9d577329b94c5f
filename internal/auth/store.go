package auth

import (
	"context"
	"time"
)

// Store is the database as auth needs it.
type Store interface {
	// User and UserByEmail return a NotFound fault when there is no such account.
	User(ctx context.Context, id int64) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	Users(ctx context.Context) ([]User, error) // by id
	// Session returns a NotFound fault when there is no such session.
	Session(ctx context.Context, id string) (Session, User, error)
	Sessions(ctx context.Context, userID int64) ([]Session, error) // live ones, newest first
	// KnownNetwork reports whether a session of the user, live or not, was opened from network
	// and used since.
	KnownNetwork(ctx context.Context, userID int64, network string, since time.Time) (bool, error)
	DeleteExpiredSessions(ctx context.Context, now time.Time) error
	Epoch(ctx context.Context) (Epoch, error)
	// Changes returns a channel that receives when another process may have changed the database, for
	// the life of the store.
	Changes() <-chan struct{}

	// UpdateAccess runs change in one transaction: all of it is durable when UpdateAccess
	// returns nil, none of it when it returns an error. The store repeats change after a conflict,
	// so change must have no effect outside tx. Its error is returned unchanged.
	UpdateAccess(ctx context.Context, change func(tx Tx) error) error
}

// Epoch identifies a state of the rights. It changes with each loss of rights, and with the database
// server: another server may reach the same count with other changes.
type Epoch struct {
	Server  int64 // number of changes of the database server in this process
	Changes int64 // counter in the database; each transaction that revokes rights increments it
}

// SessionReader reads sessions in the transaction of a change. From the first read to the end of the
// transaction, no other transaction revokes rights.
type SessionReader interface {
	// Session returns a NotFound fault when there is no such session.
	Session(id string) (Session, User, error)
}

// Tx is a transaction of Store.UpdateAccess. It sees its own changes.
type Tx interface {
	SessionReader
	// LockAccess makes this the only transaction that reads or changes rights until it ends. It must be
	// the first call of a change that depends on several accounts or revokes rights.
	LockAccess() error
	User(id int64) (User, error)                  // a NotFound fault when there is no such account
	CountOtherAdmins(id int64) (int, error)       // admins that are not disabled, without user id
	Emails() ([]string, error)                    // of all accounts, as stored
	InsertUser(u User) (User, error)              // assigns the id; ErrEmailTaken if an account has the same bytes as email
	UpdateUser(u User) error                      // increments Epoch
	LiveSessions(userID int64) ([]Session, error) // the least recently used first
	InsertSession(s Session) error
	// LockSession is Session with an exclusive lock on the session.
	LockSession(id string) (Session, User, error)
	UpdateSession(s Session) error                    // its refresh token and times
	RevokeSession(id string) error                    // increments Epoch
	RevokeSessions(userID int64, except string) error // increments Epoch
}
