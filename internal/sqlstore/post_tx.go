package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

var _ post.Tx = (*tx)(nil)

// Get implements post.Tx. It makes a published post of an earlier release live.
func (t *tx) Get(id int64) (post.Post, error) {
	p, err := decodePost(t.row("SELECT summary, content FROM posts WHERE id = ?"+t.w.db.dialect.forUpdate, id))
	if err == nil && p.Published && p.LiveVersion == nil {
		err = t.makeLive(&p)
	}
	return p, err
}

// BySlug implements post.Tx.
func (t *tx) BySlug(slug string) (post.Post, error) {
	return decodePost(t.row("SELECT summary, content FROM posts WHERE slug = ?", slug))
}

// decodePost scans the summary and content of a post.
func decodePost(row scanner) (p post.Post, err error) {
	var summary []byte
	if err := row.Scan(&summary, &p.Content); err != nil {
		return p, notFound(err, "There is no such post.")
	}
	if err := json.Unmarshal(summary, &p.Summary); err != nil {
		return p, fmt.Errorf("decoding a stored post: %w", err)
	}
	return p, nil
}

// SlugTaken implements post.Tx.
func (t *tx) SlugTaken(slug string, except int64) (taken bool, err error) {
	// One statement, so that it finds a slug that moves from a post to its live version.
	err = t.row("SELECT EXISTS (SELECT 1 FROM posts WHERE slug = ? AND id <> ?) OR EXISTS (SELECT 1 FROM live_posts WHERE slug = ? AND id <> ?)",
		slug, except, slug, except).Scan(&taken)
	return taken, err
}

// SlugOwner implements post.Tx.
func (t *tx) SlugOwner(slug string, except int64) (title string, taken bool, err error) {
	err = t.row("SELECT title FROM posts WHERE slug = ? AND id <> ? UNION ALL SELECT title FROM live_posts WHERE slug = ? AND id <> ? LIMIT 1",
		slug, except, slug, except).Scan(&title)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return title, err == nil, err
}

// Insert implements post.Tx.
func (t *tx) Insert(p post.Post, summary json.RawMessage) error {
	err := t.exec(`INSERT INTO posts (id, slug, title, category, published, created_at, updated_at, version, summary, content)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Slug, p.Title, p.Category, p.Published, millis(p.CreatedAt), millis(p.UpdatedAt), p.Version, []byte(summary), p.Content)
	if err != nil {
		return fmt.Errorf("inserting post %d: %w", p.ID, err)
	}
	if err := t.addLabels(&p); err != nil {
		return err
	}
	return t.removeDeleted(&p)
}

// Replace implements post.Tx.
func (t *tx) Replace(p post.Post, summary json.RawMessage, changed []string) error {
	err := t.exec(`UPDATE posts SET slug = ?, title = ?, category = ?, published = ?, updated_at = ?, version = ?, summary = ?, content = ?
		WHERE id = ?`,
		p.Slug, p.Title, p.Category, p.Published, millis(p.UpdatedAt), p.Version, []byte(summary), p.Content, p.ID)
	if err != nil {
		return fmt.Errorf("updating post %d: %w", p.ID, err)
	}
	return t.updateLabels(&p, changed)
}

// Delete implements post.Tx.
func (t *tx) Delete(id int64, deletion event.Event) error {
	if err := t.addDeleted(id, deletion); err != nil {
		return err
	}
	if err := t.deleteLabels(id); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM posts WHERE id = ?", id); err != nil {
		return fmt.Errorf("deleting post %d: %w", id, err)
	}
	return nil
}

// Emit implements post.Tx. writeEvents stores the event at the end of the batch.
func (t *tx) Emit(e event.Event) error {
	e.Trace = t.trace
	t.events = append(t.events, e)
	return nil
}

// Last implements post.Tx.
func (t *tx) Last(id int64) (event.Event, error) {
	for _, e := range slices.Backward(t.events) {
		if e.PostID == id {
			return e, nil
		}
	}
	e, err := scanEvent(t.row(selectEvents+"events WHERE post_id = ? ORDER BY version DESC LIMIT 1", id))
	if fault.KindOf(err) == fault.NotFound {
		return t.keptEvent(id)
	}
	return e, err
}

// At implements post.Tx.
func (t *tx) At(id, version int64) (event.Event, error) {
	for _, e := range t.events {
		if e.PostID == id && e.Version == version {
			return e, nil
		}
	}
	e, err := scanEvent(t.row(selectEvents+"events WHERE post_id = ? AND version = ?", id, version))
	if fault.KindOf(err) != fault.NotFound {
		return e, err
	}
	missing := err
	if e, err = t.keptEvent(id); err == nil && e.Version == version {
		return e, nil
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return e, err
	}
	return t.beforeDeletion(id, version, missing)
}

// ChangedSince implements post.Tx.
func (t *tx) ChangedSince(id, version int64) (fields []string, complete bool, err error) {
	stmt, err := t.stmt("SELECT version, changed FROM events WHERE post_id = ? AND version > ? ORDER BY version")
	if err != nil {
		return nil, false, err
	}
	rows, err := stmt.Query(id, version)
	if err != nil {
		return nil, false, t.checkFatal(err)
	}
	defer rows.Close()
	expect, gap := version+1, false
	add := func(version int64, changed []string) {
		gap = gap || version != expect
		fields, expect = append(fields, changed...), version+1
	}
	for rows.Next() {
		var v int64
		var changed string
		if err := rows.Scan(&v, &changed); err != nil {
			return nil, false, t.checkFatal(err)
		}
		add(v, splitNames(changed))
	}
	for _, e := range t.events {
		if e.PostID == id && e.Version > version {
			add(e.Version, e.Changed)
		}
	}
	if gap || expect == version+1 { // the log does not have all later versions
		return nil, false, t.checkFatal(rows.Err())
	}
	return fields, true, t.checkFatal(rows.Err())
}

// Imported implements post.Tx.
func (t *tx) Imported(slug string) (*post.Import, error) {
	var i post.Import
	err := t.row("SELECT hash, post_id, version FROM imports WHERE slug = ?", slug).Scan(&i.Hash, &i.PostID, &i.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up the import of %q: %w", slug, err)
	}
	return &i, nil
}

// MarkImported implements post.Tx.
func (t *tx) MarkImported(slug string, i post.Import) error {
	return t.exec("REPLACE INTO imports (slug, hash, post_id, version) VALUES (?, ?, ?, ?)", slug, i.Hash, i.PostID, i.Version)
}

// GetLive implements post.Tx.
func (t *tx) GetLive(id int64) (post.Post, error) {
	return decodePost(t.row("SELECT summary, content FROM live_posts WHERE id = ?"+t.w.db.dialect.forUpdate, id))
}
