package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// tx is one op's view of the group's transaction.
type tx struct {
	w       *writer
	head    int64         // number of the newest event, those of this group included
	indexed []indexChange // made when all ops of the group are done
}

var _ post.Tx = (*tx)(nil)

func (t *tx) row(query string, args ...any) scanner {
	stmt, err := t.w.stmt(query)
	if err != nil {
		return failed{err}
	}
	return stmt.QueryRow(args...)
}

type scanner interface{ Scan(dest ...any) error }

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

func (t *tx) exec(query string, args ...any) error {
	_, err := t.w.exec(query, args...)
	return err
}

func (t *tx) NextID() (id int64, err error) {
	return t.raise("post")
}

func (t *tx) raise(counter string) (value int64, err error) {
	err = t.row("UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value", counter).Scan(&value)
	return value, err
}

func (t *tx) Get(id int64) (post.Post, error) {
	return decodePost(t.row("SELECT summary, content FROM posts WHERE id = ?", id))
}

func (t *tx) BySlug(slug string) (post.Post, error) {
	return decodePost(t.row("SELECT summary, content FROM posts WHERE slug = ?", slug))
}

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

func notFound(err error, text string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, text)
	}
	return classify(err)
}

func (t *tx) SlugTaken(slug string, except int64) (taken bool, err error) {
	err = t.row("SELECT EXISTS (SELECT 1 FROM posts WHERE slug = ? AND id <> ?)", slug, except).Scan(&taken)
	return taken, err
}

func (t *tx) Insert(p post.Post, summary json.RawMessage) error {
	err := t.exec(`INSERT INTO posts (id, slug, title, category, published, created_at, updated_at, version, summary, content)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Slug, p.Title, p.Category, p.Published, millis(p.CreatedAt), millis(p.UpdatedAt), p.Version, []byte(summary), p.Content)
	if err != nil {
		return fmt.Errorf("inserting post %d: %w", p.ID, err)
	}
	t.index(&p)
	return nil
}

func (t *tx) Replace(p post.Post, summary json.RawMessage, changed []string) error {
	err := t.exec(`UPDATE posts SET slug = ?, title = ?, category = ?, published = ?, updated_at = ?, version = ?, summary = ?, content = ?
		WHERE id = ?`,
		p.Slug, p.Title, p.Category, p.Published, millis(p.UpdatedAt), p.Version, []byte(summary), p.Content, p.ID)
	if err != nil {
		return fmt.Errorf("updating post %d: %w", p.ID, err)
	}
	indexed := func(field string) bool {
		return slices.Contains([]string{"title", "description", "content", "category", "tags"}, field)
	}
	if !slices.ContainsFunc(changed, indexed) {
		return nil
	}
	t.index(&p)
	return nil
}

func (t *tx) Delete(id int64) error {
	if err := t.exec("DELETE FROM posts WHERE id = ?", id); err != nil {
		return fmt.Errorf("deleting post %d: %w", id, err)
	}
	t.indexed = append(t.indexed, indexChange{id: id})
	return nil
}

// Emit numbers the event and adds it to the log. One writer at a time and one
// commit for all of a group make the order of the numbers that of the commits.
func (t *tx) Emit(e event.Event) error {
	err := t.exec(`INSERT INTO events (seq, id, type, post_id, version, time, actor_id, actor_name, changed, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.head+1, e.ID, string(e.Type), e.PostID, e.Version, millis(e.Time), e.Actor.ID, e.Actor.Name, strings.Join(e.Changed, ","), []byte(e.Data))
	if err != nil {
		return fmt.Errorf("adding event %d: %w", t.head+1, err)
	}
	t.head++
	return nil
}

func (t *tx) Last(id int64) (event.Event, error) {
	return scanEvent(t.row("SELECT "+eventColumns+" FROM events WHERE post_id = ? ORDER BY version DESC LIMIT 1", id))
}

func (t *tx) At(id, version int64) (event.Event, error) {
	return scanEvent(t.row("SELECT "+eventColumns+" FROM events WHERE post_id = ? AND version = ?", id, version))
}

func (t *tx) ChangedSince(id, version int64) (fields []string, complete bool, err error) {
	stmt, err := t.w.stmt("SELECT version, changed FROM events WHERE post_id = ? AND version > ? ORDER BY version")
	if err != nil {
		return nil, false, err
	}
	rows, err := stmt.Query(id, version)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for expect := version + 1; rows.Next(); expect++ {
		var v int64
		var changed string
		if err := rows.Scan(&v, &changed); err != nil {
			return nil, false, err
		}
		if v != expect { // the log begins after the version asked for
			return nil, false, nil
		}
		fields = append(fields, splitNames(changed)...)
		complete = true
	}
	return fields, complete, rows.Err()
}

func splitNames(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}

// OutcomeTTL is how long the outcome of a request with an idempotency key is kept.
const OutcomeTTL = 24 * time.Hour

func (t *tx) Recall(user int64, key string) (*post.Outcome, error) {
	var o post.Outcome
	err := t.row("SELECT request, post_id, version FROM outcomes WHERE user_id = ? AND key = ? AND created_at > ?",
		user, key, millis(time.Now().Add(-OutcomeTTL))).Scan(&o.Request, &o.PostID, &o.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up an idempotency key: %w", err)
	}
	return &o, nil
}

func (t *tx) Remember(user int64, key string, o post.Outcome, at time.Time) error {
	return t.exec("INSERT OR REPLACE INTO outcomes (user_id, key, request, post_id, version, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		user, key, o.Request, o.PostID, o.Version, millis(at))
}

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

func (t *tx) MarkImported(slug string, i post.Import) error {
	return t.exec("INSERT OR REPLACE INTO imports (slug, hash, post_id, version) VALUES (?, ?, ?, ?)", slug, i.Hash, i.PostID, i.Version)
}

// DeleteOldOutcomes forgets outcomes older than OutcomeTTL.
func (s *Store) DeleteOldOutcomes(ctx context.Context) error {
	return s.update(ctx, func(t *tx) error {
		return t.exec("DELETE FROM outcomes WHERE created_at <= ?", millis(time.Now().Add(-OutcomeTTL)))
	})
}
