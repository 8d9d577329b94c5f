package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
)

// The table outcomes holds the results of requests with an idempotency key.

// FindResult implements post.Tx.
func (t *tx) FindResult(user int64, key string) (*post.IdempotentResult, error) {
	var r post.IdempotentResult
	var at int64
	var merged string
	err := t.row("SELECT request, post_id, version, merged, created_at FROM outcomes WHERE user_id = ? AND `key` = ?", user, key).
		Scan(&r.Fingerprint, &r.PostID, &r.Version, &merged, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up an idempotency key: %w", err)
	}
	r.Merged, r.At = splitNames(merged), fromMillis(at)
	return &r, nil
}

// SaveResult implements post.Tx. The duplicate key of a request that another node has saved at the same
// time makes the writer retry the transaction.
func (t *tx) SaveResult(user int64, key string, r post.IdempotentResult) error {
	return t.exec("INSERT INTO outcomes (user_id, `key`, request, post_id, version, merged, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		user, key, r.Fingerprint, r.PostID, r.Version, strings.Join(r.Merged, ","), millis(r.At))
}

// DeleteResult implements post.Tx.
func (t *tx) DeleteResult(user int64, key string, at time.Time) error {
	return t.exec("DELETE FROM outcomes WHERE user_id = ? AND `key` = ? AND created_at = ?", user, key, millis(at))
}
