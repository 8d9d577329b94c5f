package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
)

// Rights are read and changed under the lock of one row: the counter 'auth', which every loss of
// rights increments. A transaction locks the row shared before it first reads rights, once for all
// ops of its batch; a transaction that revokes rights locks it exclusively. So the rights that it
// read are valid at its commit, on every node. SQLite has one write transaction at a time and needs
// no lock.

// accessLock is the lock of a transaction on the row.
type accessLock int

const (
	noAccessLock accessLock = iota
	sharedAccess
	exclusiveAccess
)

// access is the state of a transaction with respect to rights.
type access struct {
	lock        accessLock
	known       bool // epoch was read under the lock
	epoch       auth.Epoch
	incremented bool // by this transaction: rights that it reads may never be committed
}

// lockAccess locks the row and reads the epoch of the rights.
func (t *tx) lockAccess(want accessLock) error {
	d := t.w.db.dialect
	if t.access.known && (t.access.lock >= want || d.forUpdate == "") {
		return nil
	}
	clause := d.forUpdate
	if want == sharedAccess {
		clause = d.forShare
	}
	if err := t.row("SELECT value FROM counters WHERE name = 'auth'" + clause).Scan(&t.access.epoch.Changes); err != nil {
		return fmt.Errorf("locking the access rights: %w", err)
	}
	t.access.epoch.Server = t.w.generation
	t.access.lock, t.access.known = want, true
	return nil
}

// Session returns a session, revoked or not, and its user. The rights are current; the refresh token
// and the times may be older.
func (t *tx) Session(id string) (auth.Session, auth.User, error) {
	if err := t.lockAccess(sharedAccess); err != nil {
		return auth.Session{}, auth.User{}, err
	}
	cache := &t.w.db.rights
	if session, u, ok := cache.get(t.access, id); ok {
		return session, u, nil
	}
	session, u, err := scanSession(t.row(selectSession, id))
	if err == nil {
		cache.put(t.access, id, session, u)
	}
	return session, u, err
}

// rightsCache caches the sessions read at one epoch of the rights. Their rights are current as long as
// the epoch is, so a batch of writes costs one read of the epoch.
type rightsCache struct {
	mu       sync.Mutex
	epoch    auth.Epoch
	sessions map[string]storedSession
}

type storedSession struct {
	session auth.Session
	user    auth.User
}

// maxRights bounds the sessions in the cache; one more empties it.
const maxRights = 10_000

// get returns no session that has expired since it was read: it may have been extended.
func (c *rightsCache) get(a access, id string) (auth.Session, auth.User, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.incremented || c.epoch != a.epoch {
		return auth.Session{}, auth.User{}, false
	}
	s, ok := c.sessions[id]
	return s.session, s.user, ok && s.session.ExpiresAt.After(time.Now())
}

func (c *rightsCache) put(a access, id string, session auth.Session, u auth.User) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.incremented || isOlder(a.epoch, c.epoch) {
		return
	}
	if a.epoch != c.epoch || c.sessions == nil || len(c.sessions) >= maxRights {
		c.epoch, c.sessions = a.epoch, make(map[string]storedSession)
	}
	c.sessions[id] = storedSession{session, u}
}

func isOlder(a, b auth.Epoch) bool {
	return a.Server < b.Server || a.Server == b.Server && a.Changes < b.Changes
}

// accessTx is the transaction of UpdateAccess.
type accessTx struct{ *tx }

var _ auth.Tx = (*accessTx)(nil)

// UpdateAccess implements auth.Store.
func (s *accountStore) UpdateAccess(ctx context.Context, change func(auth.Tx) error) error {
	return s.update(ctx, func(t *tx) error { return change(&accessTx{t}) })
}

func (t *accessTx) LockAccess() error { return t.lockAccess(exclusiveAccess) }

// incrementEpoch invalidates the cached rights on all nodes.
func (t *accessTx) incrementEpoch() error {
	if _, err := t.increment("auth", 1); err != nil {
		return fmt.Errorf("incrementing the auth epoch: %w", err)
	}
	t.access.lock, t.access.incremented = exclusiveAccess, true
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

func (t *accessTx) Emails() (emails []string, err error) {
	stmt, err := t.stmt("SELECT email FROM users")
	if err != nil {
		return nil, err
	}
	rows, err := stmt.Query()
	if err != nil {
		return nil, t.checkFatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return nil, t.checkFatal(err)
		}
		emails = append(emails, email)
	}
	return emails, t.checkFatal(rows.Err())
}

func (t *accessTx) InsertUser(u auth.User) (auth.User, error) {
	res, err := t.write("INSERT INTO users (email, name, role, disabled, password_hash, must_change_password, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		u.Email, u.Name, string(u.Role), u.Disabled, u.PasswordHash, u.MustChangePassword, millis(u.CreatedAt))
	if uniqueViolation(err) {
		return u, auth.ErrEmailTaken
	}
	if err != nil {
		return u, fmt.Errorf("inserting user: %w", err)
	}
	u.ID, err = res.LastInsertId()
	return u, err
}

func (t *accessTx) UpdateUser(u auth.User) error {
	if err := t.incrementEpoch(); err != nil {
		return err
	}
	if err := t.exec("UPDATE users SET name = ?, role = ?, disabled = ?, password_hash = ?, must_change_password = ? WHERE id = ?",
		u.Name, string(u.Role), u.Disabled, u.PasswordHash, u.MustChangePassword, u.ID); err != nil {
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
	return t.exec(`INSERT INTO sessions (id, user_id, refresh_hash, refresh_key, replaced, user_agent, network, created_at, last_used_at, authenticated_at, expires_at, revoked)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		n.ID, n.UserID, n.RefreshHash, n.RefreshKey, replacedBytes(n.Replaced), n.UserAgent, n.Network, millis(n.CreatedAt), millis(n.LastUsedAt), millis(n.AuthenticatedAt), millis(n.ExpiresAt))
}

func (t *accessTx) LockSession(id string) (auth.Session, auth.User, error) {
	if err := t.lockAccess(sharedAccess); err != nil {
		return auth.Session{}, auth.User{}, err
	}
	return scanSession(t.row(selectSession+t.w.db.dialect.forUpdate, id))
}

func (t *accessTx) UpdateSession(n auth.Session) error {
	return t.exec("UPDATE sessions SET refresh_hash = ?, refresh_key = ?, replaced = ?, last_used_at = ?, authenticated_at = ?, expires_at = ? WHERE id = ?",
		n.RefreshHash, n.RefreshKey, replacedBytes(n.Replaced), millis(n.LastUsedAt), millis(n.AuthenticatedAt), millis(n.ExpiresAt), n.ID)
}

func (t *accessTx) RevokeSession(id string) error {
	if err := t.incrementEpoch(); err != nil {
		return err
	}
	if err := t.exec("UPDATE sessions SET revoked = 1 WHERE id = ?", id); err != nil {
		return fmt.Errorf("revoking a session: %w", err)
	}
	return nil
}

func (t *accessTx) RevokeSessions(userID int64, except string) error {
	if err := t.incrementEpoch(); err != nil {
		return err
	}
	if err := t.exec("UPDATE sessions SET revoked = 1 WHERE user_id = ? AND id <> ? AND revoked = 0", userID, except); err != nil {
		return fmt.Errorf("revoking sessions of user %d: %w", userID, err)
	}
	return nil
}
