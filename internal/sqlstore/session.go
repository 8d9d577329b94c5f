package sqlstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
)

const sessionColumns = "s.id, s.user_id, s.refresh_hash, s.refresh_key, s.replaced, s.user_agent, s.network, s.created_at, s.last_used_at, s.authenticated_at, s.expires_at, s.revoked"

type sessionRow struct {
	auth.Session
	replaced                              []byte
	created, used, authenticated, expires int64
}

func (r *sessionRow) fields() []any {
	return []any{&r.ID, &r.UserID, &r.RefreshHash, &r.RefreshKey, &r.replaced, &r.UserAgent, &r.Network, &r.created, &r.used, &r.authenticated, &r.expires, &r.Revoked}
}

func (r *sessionRow) session() auth.Session {
	r.CreatedAt, r.LastUsedAt, r.ExpiresAt = fromMillis(r.created), fromMillis(r.used), fromMillis(r.expires)
	r.AuthenticatedAt = fromMillis(r.authenticated)
	for b := r.replaced; len(b) >= 8; b = b[8:] {
		r.Replaced = append(r.Replaced, fromMillis(int64(binary.BigEndian.Uint64(b))))
	}
	return r.Session
}

// replacedBytes encodes times for the column replaced: 8 bytes each, Unix milliseconds.
func replacedBytes(times []time.Time) []byte {
	b := make([]byte, 0, 8*len(times))
	for _, at := range times {
		b = binary.BigEndian.AppendUint64(b, uint64(millis(at)))
	}
	return b
}

const selectSession = "SELECT " + sessionColumns + ", " + userColumns + " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?"

func scanSession(row scanner) (auth.Session, auth.User, error) {
	var r sessionRow
	var u auth.User
	var created int64
	if err := row.Scan(append(r.fields(), userFields(&u, &created)...)...); err != nil {
		return auth.Session{}, u, notFound(err, "There is no such session.")
	}
	u.CreatedAt = fromMillis(created)
	return r.session(), u, nil
}

// Session implements auth.Store. It returns revoked sessions too.
func (s *accountStore) Session(ctx context.Context, id string) (auth.Session, auth.User, error) {
	return scanSession(s.read.QueryRowContext(ctx, selectSession, id))
}

// Sessions implements auth.Store.
func (s *accountStore) Sessions(ctx context.Context, userID int64) ([]auth.Session, error) {
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

// KnownNetwork implements auth.Store.
func (s *accountStore) KnownNetwork(ctx context.Context, userID int64, network string, since time.Time) (known bool, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sessions WHERE user_id = ? AND network = ? AND last_used_at >= ?)",
		userID, network, millis(since)).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("looking up a known network: %w", classify(err))
	}
	return known, nil
}

// Epoch implements auth.Store. It reads the generation before the counter: an epoch with a new generation
// never has the counter of the old server.
func (s *accountStore) Epoch(ctx context.Context) (auth.Epoch, error) {
	epoch := auth.Epoch{Server: s.server.generation.Load()}
	if err := s.read.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'auth'").Scan(&epoch.Changes); err != nil {
		return auth.Epoch{}, fmt.Errorf("reading the auth epoch: %w", classify(err))
	}
	return epoch, nil
}
