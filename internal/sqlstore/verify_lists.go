package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

// DeletedRow is a row of the deleted posts with the facts that it must agree with, read by one query.
type DeletedRow struct {
	ID, Version int64
	Deleted     bool // the event of that version is a deletion
	Exists      bool // there is a post with that id
	Stray       bool // the columns differ from the document, or the document is invalid
}

// DeletedRows returns the deleted posts with an id above after, by id: at most limit.
func (s *verifyStore) DeletedRows(ctx context.Context, after int64, limit int) ([]DeletedRow, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT d.id, d.version, d.title, d.created_at, d.summary,
		EXISTS (SELECT 1 FROM events e WHERE e.post_id = d.id AND e.version = d.version AND e.type = ?),
		EXISTS (SELECT 1 FROM posts p WHERE p.id = d.id)
		FROM deleted_posts d WHERE d.id > ? ORDER BY d.id LIMIT ?`, string(event.Deleted), after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading deleted posts: %w", classify(err))
	}
	defer rows.Close()
	var list []DeletedRow
	for rows.Next() {
		var r DeletedRow
		var title string
		var created int64
		var summary []byte
		if err := rows.Scan(&r.ID, &r.Version, &title, &created, &summary, &r.Deleted, &r.Exists); err != nil {
			return nil, fmt.Errorf("reading deleted posts: %w", classify(err))
		}
		var in post.Summary
		r.Stray = json.Unmarshal(summary, &in) != nil || in.ID != r.ID || in.Version != r.Version-1 || in.Title != title || millis(in.CreatedAt) != created
		list = append(list, r)
	}
	return list, classify(rows.Err())
}

// MissingDeleted returns the number of the event that deleted the post, if the deleted posts lack it;
// otherwise 0.
func (s *verifyStore) MissingDeleted(ctx context.Context, id int64) (seq int64, err error) {
	var deletion, kept, restorable bool
	err = s.read.QueryRowContext(ctx, `SELECT e.seq, e.type = ?,
		EXISTS (SELECT 1 FROM deleted_posts d WHERE d.id = e.post_id AND d.version = e.version),
		EXISTS (SELECT 1 FROM events b WHERE b.post_id = e.post_id AND b.version = e.version - 1)
		FROM events e WHERE e.post_id = ? ORDER BY e.version DESC LIMIT 1`, string(event.Deleted), id).Scan(&seq, &deletion, &kept, &restorable)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the deletion of post %d: %w", id, classify(err))
	}
	if !deletion || kept || !restorable {
		return 0, nil
	}
	return seq, nil
}

// StrayLabels returns the posts with an id above after, by id, with other rows in posts_labels than their
// document requires; it skips invalid documents. last is the last id that it read, 0 at the end.
func (s *verifyStore) StrayLabels(ctx context.Context, after int64, limit int) (stray []int64, last int64, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT p.id, p.summary, l.kind, l.name FROM (SELECT id, summary FROM posts WHERE id > ? ORDER BY id LIMIT ?) p
		LEFT JOIN posts_labels l ON l.post_id = p.id`, after, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("reading labels: %w", classify(err))
	}
	defer rows.Close()
	type labelled struct{ want, have []label }
	posts := make(map[int64]*labelled)
	for rows.Next() {
		var id int64
		var summary []byte
		var kind sql.NullInt64
		var name sql.NullString
		if err := rows.Scan(&id, &summary, &kind, &name); err != nil {
			return nil, 0, fmt.Errorf("reading labels: %w", classify(err))
		}
		last = max(last, id)
		p := posts[id]
		if p == nil {
			var in post.Summary
			if json.Unmarshal(summary, &in) != nil {
				continue
			}
			p = &labelled{want: labelsOf(&in)}
			posts[id] = p
		}
		if kind.Valid {
			p.have = append(p.have, label{int(kind.Int64), name.String})
		}
	}
	for id, p := range posts {
		if slices.SortFunc(p.have, compareLabels); !slices.Equal(p.want, p.have) {
			stray = append(stray, id)
		}
	}
	slices.Sort(stray)
	return stray, last, classify(rows.Err())
}

// OrphanLabels returns ids of posts_labels without a post: at most limit.
func (s *verifyStore) OrphanLabels(ctx context.Context, limit int) ([]int64, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT DISTINCT l.post_id FROM posts_labels l LEFT JOIN posts p ON p.id = l.post_id WHERE p.id IS NULL LIMIT ?", limit)
	ids, err := scanIDs(rows, err)
	if err != nil {
		return nil, fmt.Errorf("reading labels: %w", classify(err))
	}
	return ids, nil
}
