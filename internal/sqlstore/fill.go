package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

// fillRows is the number of rows that the migration reads or writes at once.
const fillRows = 500

// fillLists fills posts_labels from the posts, and deleted_posts from the event log.
func fillLists(ctx context.Context, tx *sql.Tx) error {
	for after, more := int64(0), true; more; {
		var err error
		if after, more, err = fillLabels(ctx, tx, after); err != nil {
			return fmt.Errorf("filling posts_labels: %w", err)
		}
	}
	for after, more := int64(0), true; more; {
		var err error
		if after, more, err = fillDeleted(ctx, tx, after); err != nil {
			return fmt.Errorf("filling deleted_posts: %w", err)
		}
	}
	return nil
}

func emptyLists(ctx context.Context, tx *sql.Tx) error {
	for _, table := range []string{"posts_labels", "deleted_posts"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return fmt.Errorf("emptying %s: %w", table, err)
		}
	}
	return nil
}

// fillLabels stores the labels of the next posts. It skips an invalid summary, which `wiredesk verify`
// reports.
func fillLabels(ctx context.Context, tx *sql.Tx, after int64) (last int64, more bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, summary FROM posts WHERE id > ? ORDER BY id LIMIT ?", after, fillRows)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	n, labels := 0, [][]any{}
	for ; rows.Next(); n++ {
		var summary []byte
		var s post.Summary
		if err := rows.Scan(&last, &summary); err != nil {
			return 0, false, err
		}
		if json.Unmarshal(summary, &s) == nil {
			labels = append(labels, labelRows(last, labelsOf(&s))...)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, false, err
	}
	for len(labels) > 0 {
		some := labels[:min(len(labels), fillRows)]
		labels = labels[len(some):]
		var args []any
		for _, row := range some {
			args = append(args, row...)
		}
		if _, err := tx.ExecContext(ctx, insertLabels+strings.Repeat("(?, ?, ?), ", len(some)-1)+"(?, ?, ?)", args...); err != nil {
			return 0, false, err
		}
	}
	return last, n == fillRows, nil
}

// fillDeleted stores the posts of the next deletions in the log. A later deletion of a restored post
// replaces the earlier one.
func fillDeleted(ctx context.Context, tx *sql.Tx, after int64) (last int64, more bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT seq, type, post_id, version, time, actor_id, actor_name FROM events WHERE seq > ? ORDER BY seq LIMIT ?", after, fillRows)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	n, deletions := 0, []event.Event{}
	for ; rows.Next(); n++ {
		var e event.Event
		var at int64
		if err := rows.Scan(&last, &e.Type, &e.PostID, &e.Version, &at, &e.Actor.ID, &e.Actor.Name); err != nil {
			return 0, false, err
		}
		if e.Time = fromMillis(at); e.Type == event.Deleted {
			deletions = append(deletions, e)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, false, err
	}
	for _, e := range deletions {
		if err := fillDeletion(ctx, tx, e); err != nil {
			return 0, false, fmt.Errorf("post %d: %w", e.PostID, err)
		}
	}
	return last, n == fillRows, nil
}

// fillDeletion stores the post that e deleted, unless the post exists again or its last version is no
// longer in the log.
func fillDeletion(ctx context.Context, tx *sql.Tx, e event.Event) error {
	var data []byte
	err := tx.QueryRowContext(ctx, `SELECT data FROM events WHERE post_id = ? AND version = ? AND type <> ?
		AND NOT EXISTS (SELECT 1 FROM posts WHERE id = ?)`, e.PostID, e.Version-1, string(event.Deleted), e.PostID).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := post.Doc{ID: e.PostID, JSON: data}.Decode()
	if err != nil {
		return nil // `wiredesk verify` reports it
	}
	summary, _, err := p.Encode()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `REPLACE INTO deleted_posts (id, title, created_at, deleted_at, deleted_by, deleted_by_name, version, summary, content)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Title, millis(p.CreatedAt), millis(e.Time), e.Actor.ID, e.Actor.Name, e.Version, []byte(summary), p.Content)
	return err
}
