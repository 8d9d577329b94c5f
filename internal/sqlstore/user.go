package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

var _ auth.Store = (*Store)(nil)

const userColumns = "u.id, u.email, u.name, u.role, u.disabled, u.password_hash, u.created_at"

func userFields(u *auth.User, created *int64) []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.Role, &u.Disabled, &u.PasswordHash, created}
}

func scanUser(row scanner) (u auth.User, err error) {
	var created int64
	if err := row.Scan(userFields(&u, &created)...); err != nil {
		return u, notFound(err, "There is no such user.")
	}
	u.CreatedAt = fromMillis(created)
	return u, nil
}

// User returns one account.
func (s *Store) User(ctx context.Context, id int64) (auth.User, error) {
	return scanUser(s.read.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users u WHERE u.id = ?", id))
}

// UserByEmail returns one account; email is in lower case.
func (s *Store) UserByEmail(ctx context.Context, email string) (auth.User, error) {
	return scanUser(s.read.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users u WHERE u.email = ?", email))
}

// Users returns all accounts by id.
func (s *Store) Users(ctx context.Context) ([]auth.User, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+userColumns+" FROM users u ORDER BY u.id")
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", classify(err))
	}
	defer rows.Close()
	users := []auth.User{}
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, fmt.Errorf("listing users: %w", err)
		}
		users = append(users, u)
	}
	return users, classify(rows.Err())
}

// CreateUser stores a new account.
func (s *Store) CreateUser(ctx context.Context, u auth.User) (auth.User, error) {
	err := s.update(ctx, func(t *tx) error {
		res, err := t.write("INSERT INTO users (email, name, role, disabled, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			u.Email, u.Name, string(u.Role), u.Disabled, u.PasswordHash, millis(u.CreatedAt))
		if uniqueViolation(err) {
			return fault.InvalidFields(fault.Field{Name: "email", Message: "A user with this email already exists."})
		}
		if err != nil {
			return fmt.Errorf("inserting user: %w", err)
		}
		u.ID, err = res.LastInsertId()
		return err
	})
	return u, err
}

// UpdateUser changes an account in one transaction.
func (s *Store) UpdateUser(ctx context.Context, id int64, change func(*auth.User, int) (bool, string, error)) (u auth.User, err error) {
	err = s.update(ctx, func(t *tx) error {
		// All changes of users come one after the other: each counts the admins anew.
		var epoch int64
		if err := t.row("SELECT value FROM counters WHERE name = 'auth'" + s.dialect.forUpdate).Scan(&epoch); err != nil {
			return err
		}
		if u, err = scanUser(t.row("SELECT "+userColumns+" FROM users u WHERE u.id = ?", id)); err != nil {
			return err
		}
		var otherAdmins int
		if err := t.row("SELECT count(*) FROM users WHERE role = ? AND disabled = 0 AND id <> ?", string(auth.Admin), id).Scan(&otherAdmins); err != nil {
			return err
		}
		revoke, keep, err := change(&u, otherAdmins)
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE users SET name = ?, role = ?, disabled = ?, password_hash = ? WHERE id = ?",
			u.Name, string(u.Role), u.Disabled, u.PasswordHash, id); err != nil {
			return fmt.Errorf("updating user %d: %w", id, err)
		}
		if revoke {
			if err := t.exec("UPDATE sessions SET revoked = 1 WHERE user_id = ? AND id <> ?", id, keep); err != nil {
				return fmt.Errorf("revoking sessions of user %d: %w", id, err)
			}
		}
		_, err = t.raise("auth", 1)
		return err
	})
	return u, err
}

const sessionColumns = "s.id, s.user_id, s.refresh_hash, s.user_agent, s.created_at, s.last_used_at, s.expires_at, s.revoked"

type sessionRow struct {
	auth.Session
	created, used, expires int64
}

func (r *sessionRow) fields() []any {
	return []any{&r.ID, &r.UserID, &r.RefreshHash, &r.UserAgent, &r.created, &r.used, &r.expires, &r.Revoked}
}

func (r *sessionRow) session() auth.Session {
	r.CreatedAt, r.LastUsedAt, r.ExpiresAt = fromMillis(r.created), fromMillis(r.used), fromMillis(r.expires)
	return r.Session
}

// CreateSession stores a new session.
func (s *Store) CreateSession(ctx context.Context, n auth.Session) error {
	return s.update(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO sessions (id, user_id, refresh_hash, user_agent, created_at, last_used_at, expires_at, revoked)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
			n.ID, n.UserID, n.RefreshHash, n.UserAgent, millis(n.CreatedAt), millis(n.LastUsedAt), millis(n.ExpiresAt))
	})
}

// Session returns a session, revoked or not, and its user.
func (s *Store) Session(ctx context.Context, id string) (auth.Session, auth.User, error) {
	var r sessionRow
	var u auth.User
	var created int64
	err := s.read.QueryRowContext(ctx, "SELECT "+sessionColumns+", "+userColumns+
		" FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?", id).
		Scan(append(r.fields(), userFields(&u, &created)...)...)
	if err != nil {
		return auth.Session{}, u, notFound(err, "There is no such session.")
	}
	u.CreatedAt = fromMillis(created)
	return r.session(), u, nil
}

// Sessions returns a user's live sessions, newest first.
func (s *Store) Sessions(ctx context.Context, userID int64) ([]auth.Session, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+sessionColumns+
		" FROM sessions s WHERE s.user_id = ? AND s.revoked = 0 AND s.expires_at > ? ORDER BY s.created_at DESC, s.id", userID, millis(time.Now()))
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", classify(err))
	}
	defer rows.Close()
	sessions := []auth.Session{}
	for rows.Next() {
		var r sessionRow
		if err := rows.Scan(r.fields()...); err != nil {
			return nil, fmt.Errorf("listing sessions: %w", classify(err))
		}
		sessions = append(sessions, r.session())
	}
	return sessions, classify(rows.Err())
}

// RotateSession replaces the refresh hash if it still is old.
func (s *Store) RotateSession(ctx context.Context, id string, old, new []byte, now, expires time.Time) (rotated bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		res, err := t.write(`UPDATE sessions SET refresh_hash = ?, last_used_at = ?, expires_at = ?
			WHERE id = ? AND refresh_hash = ? AND revoked = 0 AND expires_at > ?`, new, millis(now), millis(expires), id, old, millis(now))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		rotated = n == 1
		return err
	})
	return rotated, err
}

// RevokeSession ends a session for good.
func (s *Store) RevokeSession(ctx context.Context, id string) error {
	return s.update(ctx, func(t *tx) error {
		if err := t.exec("UPDATE sessions SET revoked = 1 WHERE id = ?", id); err != nil {
			return err
		}
		_, err := t.raise("auth", 1)
		return err
	})
}

// DeleteExpiredSessions forgets sessions that have ended.
func (s *Store) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	return s.deleteOld(ctx, "sessions", "expires_at", millis(now))
}

// Epoch returns the counter that every loss of access raises.
func (s *Store) Epoch(ctx context.Context) (epoch int64, err error) {
	if err := s.read.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'auth'").Scan(&epoch); err != nil {
		return 0, fmt.Errorf("reading the auth epoch: %w", classify(err))
	}
	return epoch, nil
}
