package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// Live implements post.Store.
func (s *postStore) Live(ctx context.Context, slug string) (doc post.Doc, moved string, err error) {
	if doc, err = s.doc(ctx, "live_posts", "slug = ?", slug); fault.KindOf(err) != fault.NotFound {
		return doc, "", err
	}
	err = s.read.QueryRowContext(ctx, "SELECT l.slug FROM live_redirects r JOIN live_posts l ON l.id = r.post_id WHERE r.slug = ? AND l.slug <> r.slug", slug).
		Scan(&moved)
	if err != nil {
		return post.Doc{}, "", notFound(err, "There is no such post.")
	}
	return post.Doc{}, moved, nil
}

// LiveOf implements post.Store.
func (s *postStore) LiveOf(ctx context.Context, id int64) (post.Doc, error) {
	return s.doc(ctx, "live_posts", "id = ?", id)
}

// Show implements post.Tx.
func (t *tx) Show(p post.Post, summary json.RawMessage) error {
	var slug string
	err := t.row("SELECT slug FROM live_posts WHERE id = ?", p.ID).Scan(&slug)
	isNew := errors.Is(err, sql.ErrNoRows)
	switch {
	case isNew:
		err = t.exec(`INSERT INTO live_posts (slug, title, category, created_at, updated_at, version, summary, content, id)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, liveColumns(p, summary)...)
	case err == nil:
		err = t.exec(`UPDATE live_posts SET slug = ?, title = ?, category = ?, created_at = ?, updated_at = ?, version = ?, summary = ?, content = ?
			WHERE id = ?`, liveColumns(p, summary)...)
	}
	if err == nil && !isNew && slug != p.Slug {
		err = t.redirect(slug, p.ID)
	}
	if err != nil {
		return fmt.Errorf("showing post %d: %w", p.ID, err)
	}
	return nil
}

func liveColumns(p post.Post, summary json.RawMessage) []any {
	return []any{p.Slug, p.Title, p.Category, millis(p.CreatedAt), millis(p.UpdatedAt), p.Version, []byte(summary), p.Content, p.ID}
}

// Hide implements post.Tx.
func (t *tx) Hide(id int64) error {
	var slug string
	err := t.row("SELECT slug FROM live_posts WHERE id = ?", id).Scan(&slug)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = t.redirect(slug, id)
	}
	if err == nil {
		err = t.exec("DELETE FROM live_posts WHERE id = ?", id)
	}
	if err != nil {
		return fmt.Errorf("hiding post %d: %w", id, err)
	}
	return nil
}

// redirect sets the redirect of the slug; it replaces an earlier one.
func (t *tx) redirect(slug string, id int64) error {
	return t.exec("REPLACE INTO live_redirects (slug, post_id) VALUES (?, ?)", slug, id)
}

// Redirect implements post.Tx.
func (t *tx) Redirect(slug string, id int64) error {
	var to int64
	err := t.row("SELECT post_id FROM live_redirects WHERE slug = ?", slug).Scan(&to)
	if errors.Is(err, sql.ErrNoRows) {
		err = t.redirect(slug, id)
	}
	if err != nil {
		return fmt.Errorf("redirecting to post %d: %w", id, err)
	}
	return nil
}
