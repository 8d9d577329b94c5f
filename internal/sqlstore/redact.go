package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/wiredesk/wiredesk/internal/post"
)

// copies are the queries of Copies: posts, and slugs of tables without other texts.
var copies = []struct {
	query string
	names bool // the query returns a slug; else the JSON of a post, and the content if the JSON has none
}{
	{"SELECT id, summary, content FROM posts WHERE ? IN (0, id)", false},
	{"SELECT id, summary, content FROM live_posts WHERE ? IN (0, id)", false},
	{"SELECT id, summary, content FROM deleted_posts WHERE ? IN (0, id)", false},
	{"SELECT post_id, data, '' FROM kept_events WHERE ? IN (0, post_id)", false},
	{"SELECT post_id, slug, '' FROM live_redirects WHERE ? IN (0, post_id)", true},
	{"SELECT post_id, slug, '' FROM imports WHERE ? IN (0, post_id)", true},
}

// Copies implements post.Store. It holds one copy in memory at a time.
func (s *postStore) Copies(ctx context.Context, id int64, visit func(post.Post) error) error {
	for _, c := range copies {
		rows, err := s.read.QueryContext(ctx, c.query, id)
		if err != nil {
			return fmt.Errorf("reading stored posts: %w", classify(err))
		}
		if err := visitRows(rows, c.names, visit); err != nil {
			return err
		}
	}
	return nil
}

func visitRows(rows *sql.Rows, names bool, visit func(post.Post) error) error {
	defer rows.Close()
	for rows.Next() {
		var p post.Post
		var id int64
		var text []byte
		var content string
		if err := rows.Scan(&id, &text, &content); err != nil {
			return fmt.Errorf("reading stored posts: %w", classify(err))
		}
		if names {
			p.Slug = string(text)
		} else if err := json.Unmarshal(text, &p); err != nil {
			return fmt.Errorf("decoding the stored post %d: %w", id, err)
		}
		if p.ID = id; content != "" { // else the JSON has it, if any
			p.Content = content
		}
		if err := visit(p); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

// Rewrite implements post.Tx. On SQLite the replaced bytes are overwritten.
func (t *tx) Rewrite(id, version int64, f func(data json.RawMessage) (json.RawMessage, error)) error {
	for i, e := range t.events {
		if e.PostID != id || e.Version != version {
			continue
		}
		data, err := f(e.Data)
		if err == nil {
			t.events[i].Data, t.wrote = data, true // a later error of the op must undo it
		}
		return err
	}
	return t.rewrite("events", "post_id = ? AND version = ?", f, id, version)
}

// RewriteKept implements post.Tx.
func (t *tx) RewriteKept(id int64, f func(data json.RawMessage) (json.RawMessage, error)) error {
	return t.rewrite("kept_events", "post_id = ?", f, id)
}

// rewrite replaces the data of the row that matches where, if there is one. args[0] is the id of its
// post.
func (t *tx) rewrite(table, where string, f func(data json.RawMessage) (json.RawMessage, error), args ...any) error {
	if err := t.secureDelete(); err != nil {
		return err
	}
	var data []byte
	err := t.row("SELECT data FROM "+table+" WHERE "+where+t.w.db.dialect.forUpdate, args...).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading an event of post %v: %w", args[0], err)
	}
	changed, err := f(data)
	if err != nil || slices.Equal(changed, data) {
		return err
	}
	if err := t.exec("UPDATE "+table+" SET data = ? WHERE "+where, append([]any{[]byte(changed)}, args...)...); err != nil {
		return fmt.Errorf("rewriting an event of post %v: %w", args[0], err)
	}
	return nil
}

// secureDelete makes SQLite overwrite the bytes that this connection deletes from now on.
func (t *tx) secureDelete() error {
	if t.w.db.dialect.shred == nil {
		return nil
	}
	var on int
	if err := t.row("PRAGMA secure_delete = 1").Scan(&on); err != nil {
		return fmt.Errorf("turning on secure_delete: %w", err)
	}
	return nil
}

// RedactedSince implements post.Tx.
func (t *tx) RedactedSince(id, version int64) (redacted bool, err error) {
	for _, e := range t.events {
		if e.PostID == id && e.Version > version && e.Redacted {
			return true, nil
		}
	}
	err = t.row("SELECT EXISTS (SELECT 1 FROM events WHERE post_id = ? AND version > ? AND redacted)", id, version).Scan(&redacted)
	if err != nil {
		return false, fmt.Errorf("looking for redactions of post %d: %w", id, err)
	}
	return redacted, nil
}

// DropNames implements post.Tx.
func (t *tx) DropNames(id int64, match func(slug string) bool) error {
	for _, table := range []string{"live_redirects", "imports"} {
		slugs, err := t.slugs("SELECT slug FROM "+table+" WHERE post_id = ?", id)
		if err != nil {
			return fmt.Errorf("reading %s of post %d: %w", table, id, err)
		}
		for _, slug := range slugs {
			if !match(slug) {
				continue
			}
			if err := t.exec("DELETE FROM "+table+" WHERE slug = ? AND post_id = ?", slug, id); err != nil {
				return fmt.Errorf("removing a slug of post %d from %s: %w", id, table, err)
			}
		}
	}
	return nil
}

func (t *tx) slugs(query string, id int64) (slugs []string, err error) {
	stmt, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.Query(id)
	if err != nil {
		return nil, t.checkFatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var slug string
		if err := rows.Scan(&slug); err != nil {
			return nil, t.checkFatal(err)
		}
		slugs = append(slugs, slug)
	}
	return slugs, t.checkFatal(rows.Err())
}
