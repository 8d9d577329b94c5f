package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Access is read and changed under the lock of one row: the counter 'auth', which every
// loss of access raises. A transaction that acts on rights locks the row shared before its
// first read of them, once for all writes of the group; a transaction that takes rights
// away locks it exclusively. So whatever it read is still true at its commit, on every
// node. SQLite has one writing transaction at a time and needs no lock.

// accessLock is the lock that a transaction holds on the row.
type accessLock int

const (
	noAccessLock accessLock = iota
	sharedAccess
	exclusiveAccess
)

// access is the part of a transaction that concerns rights.
type access struct {
	lock     accessLock
	sessions map[string]storedSession // read under the lock; nil after a change
}

type storedSession struct {
	session auth.Session
	user    auth.User
	err     error
}

func (t *tx) lockAccess(want accessLock) error {
	d := t.w.store.dialect
	if t.access.lock >= want || d.forUpdate == "" {
		return nil
	}
	clause := d.forUpdate
	if want == sharedAccess {
		clause = d.forShare
	}
	var epoch int64
	if err := t.row("SELECT value FROM counters WHERE name = 'auth'" + clause).Scan(&epoch); err != nil {
		return fmt.Errorf("locking the access rights: %w", err)
	}
	t.access.lock = want
	return nil
}

// Session returns a session, revoked or not, and its user. The writes of a group share one
// read of each session.
func (t *tx) Session(id string) (auth.Session, auth.User, error) {
	if known, ok := t.access.sessions[id]; ok {
		return known.session, known.user, known.err
	}
	if err := t.lockAccess(sharedAccess); err != nil {
		return auth.Session{}, auth.User{}, err
	}
	session, u, err := scanSession(t.row(selectSession, id))
	if err != nil && fault.Of(err) != fault.NotFound {
		return session, u, err
	}
	if t.access.sessions == nil {
		t.access.sessions = make(map[string]storedSession)
	}
	t.access.sessions[id] = storedSession{session, u, err}
	return session, u, err
}

// accessTx is the transaction of Store.UpdateAccess.
type accessTx struct {
	*tx
	raised bool
}

var _ auth.Tx = (*accessTx)(nil)

// UpdateAccess runs change in one transaction.
func (s *Store) UpdateAccess(ctx context.Context, change func(auth.Tx) error) error {
	return s.update(ctx, func(t *tx) error { return change(&accessTx{tx: t}) })
}

func (t *accessTx) LockAccess() error { return t.lockAccess(exclusiveAccess) }

// raiseEpoch notes a change of rights: other nodes and the rest of the group read them again.
func (t *accessTx) raiseEpoch() error {
	t.access.sessions = nil
	if t.raised {
		return nil
	}
	if _, err := t.raise("auth", 1); err != nil {
		return fmt.Errorf("raising the auth epoch: %w", err)
	}
	t.raised, t.access.lock = true, exclusiveAccess
	return nil
}

func (t *accessTx) User(id int64) (auth.User, error) {
	if err := t.lockAccess(sharedAccess); err != nil {
		return auth.User{}, err
	}
	return scanUser(t.row("SELECT "+userColumns+" FROM users u WHERE u.id = ?", id))
}

func (t *accessTx) CountOtherAdmins(id int64) (n int, err error) {
	err = t.row("SELECT count(*) FROM users WHERE role = ? AND disabled = 0 AND id <> ?", string(auth.Admin), id).Scan(&n)
	return n, err
}

func (t *accessTx) InsertUser(u auth.User) (auth.User, error) {
	res, err := t.write("INSERT INTO users (email, name, role, disabled, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		u.Email, u.Name, string(u.Role), u.Disabled, u.PasswordHash, millis(u.CreatedAt))
	if uniqueViolation(err) {
		return u, fault.InvalidFields(fault.Field{Name: "email", Message: "A user with this email already exists."})
	}
	if err != nil {
		return u, fmt.Errorf("inserting user: %w", err)
	}
	u.ID, err = res.LastInsertId()
	return u, err
}

func (t *accessTx) UpdateUser(u auth.User) error {
	if err := t.raiseEpoch(); err != nil {
		return err
	}
	if err := t.exec("UPDATE users SET name = ?, role = ?, disabled = ?, password_hash = ? WHERE id = ?",
		u.Name, string(u.Role), u.Disabled, u.PasswordHash, u.ID); err != nil {
		return fmt.Errorf("updating user %d: %w", u.ID, err)
	}
	return nil
}

func (t *accessTx) LiveSessions(userID int64) ([]auth.Session, error) {
	stmt, err := t.stmt("SELECT " + sessionColumns + " FROM sessions s WHERE s.user_id = ? AND s.revoked = 0 AND s.expires_at > ? ORDER BY s.last_used_at, s.created_at, s.id")
	if err != nil {
		return nil, err
	}
	rows, err := stmt.Query(userID, millis(time.Now()))
	if err != nil {
		return nil, t.checkFatal(err)
	}
	defer rows.Close()
	var sessions []auth.Session
	for rows.Next() {
		var r sessionRow
		if err := rows.Scan(r.fields()...); err != nil {
			return nil, t.checkFatal(err)
		}
		sessions = append(sessions, r.session())
	}
	return sessions, t.checkFatal(rows.Err())
}

func (t *accessTx) InsertSession(n auth.Session) error {
	delete(t.access.sessions, n.ID)
	return t.exec(`INSERT INTO sessions (id, user_id, refresh_hash, refresh_key, replaced, user_agent, created_at, last_used_at, expires_at, revoked)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		n.ID, n.UserID, n.RefreshHash, n.RefreshKey, replacedBytes(n.Replaced), n.UserAgent, millis(n.CreatedAt), millis(n.LastUsedAt), millis(n.ExpiresAt))
}

func (t *accessTx) LockSession(id string) (auth.Session, auth.User, error) {
	if err := t.lockAccess(sharedAccess); err != nil {
		return auth.Session{}, auth.User{}, err
	}
	return scanSession(t.row(selectSession+t.w.store.dialect.forUpdate, id))
}

func (t *accessTx) UpdateSession(n auth.Session) error {
	delete(t.access.sessions, n.ID)
	return t.exec("UPDATE sessions SET refresh_hash = ?, refresh_key = ?, replaced = ?, last_used_at = ?, expires_at = ? WHERE id = ?",
		n.RefreshHash, n.RefreshKey, replacedBytes(n.Replaced), millis(n.LastUsedAt), millis(n.ExpiresAt), n.ID)
}

func (t *accessTx) RevokeSession(id string) error {
	if err := t.raiseEpoch(); err != nil {
		return err
	}
	if err := t.exec("UPDATE sessions SET revoked = 1 WHERE id = ?", id); err != nil {
		return fmt.Errorf("revoking a session: %w", err)
	}
	return nil
}

func (t *accessTx) RevokeSessions(userID int64, except string) error {
	if err := t.raiseEpoch(); err != nil {
		return err
	}
	if err := t.exec("UPDATE sessions SET revoked = 1 WHERE user_id = ? AND id <> ? AND revoked = 0", userID, except); err != nil {
		return fmt.Errorf("revoking sessions of user %d: %w", userID, err)
	}
	return nil
}
