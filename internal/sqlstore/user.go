package sqlstore

import (
	"context"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/auth"
)

var _ auth.Store = (*Store)(nil)

const userColumns = "u.id, u.email, u.name, u.role, u.disabled, u.password_hash, u.must_change_password, u.created_at"

func userFields(u *auth.User, created *int64) []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.Role, &u.Disabled, &u.PasswordHash, &u.MustChangePassword, created}
}

func scanUser(row scanner) (u auth.User, err error) {
	var created int64
	if err := row.Scan(userFields(&u, &created)...); err != nil {
		return u, notFound(err, "There is no such user.")
	}
	u.CreatedAt = fromMillis(created)
	return u, nil
}

// User implements auth.Store.
func (s *accountStore) User(ctx context.Context, id int64) (auth.User, error) {
	return scanUser(s.read.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users u WHERE u.id = ?", id))
}

// UserByEmail implements auth.Store. email is in lower case.
func (s *accountStore) UserByEmail(ctx context.Context, email string) (auth.User, error) {
	return scanUser(s.read.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users u WHERE u.email = ?", email))
}

// Users implements auth.Store.
func (s *accountStore) Users(ctx context.Context) ([]auth.User, error) {
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
