package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// tx is the transaction of a group, as its ops use it one after the other.
type tx struct {
	w      *writer
	wrote  bool          // the op that runs has changed something
	broken error         // after it the transaction cannot go on
	events []event.Event // of the group, to be numbered and stored at its end
	access access        // rights that the group has read
	trace  string        // of the op that runs; see event.WithTrace
}

var _ post.Tx = (*tx)(nil)

type scanner interface{ Scan(dest ...any) error }

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

// checkFatal marks the transaction as broken after every error but those which are known to
// leave it open, and returns err. No statement follows in a broken transaction: it would
// be outside of any.
func (t *tx) checkFatal(err error) error {
	if !classOf(err).keepsTransaction() && t.broken == nil {
		t.broken = err
	}
	return err
}

type row struct {
	t   *tx
	row *sql.Row
}

func (r row) Scan(dest ...any) error { return r.t.checkFatal(r.row.Scan(dest...)) }

func (t *tx) row(query string, args ...any) scanner {
	stmt, err := t.stmt(query)
	if err != nil {
		return failed{err}
	}
	return row{t, stmt.QueryRow(args...)}
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	stmt, err := t.w.stmt(query)
	return stmt, t.checkFatal(err)
}

// write runs a statement that changes something.
func (t *tx) write(query string, args ...any) (sql.Result, error) {
	stmt, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	res, err := stmt.Exec(args...)
	t.wrote = t.wrote || err == nil
	return res, t.checkFatal(err)
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.write(query, args...)
	return err
}

// insert adds rows, several with one statement where that is cheaper. Each statement has
// about a mebibyte at most, or one row.
func (t *tx) insert(into string, rows [][]any) error {
	for len(rows) > 0 {
		n, size := 0, 0
		var args []any
		for ; n < min(len(rows), t.w.store.dialect.rows); n++ {
			if size += sizeOf(rows[n]); n > 0 && size > 1<<20 {
				break
			}
			args = append(args, rows[n]...)
		}
		row := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		rows = rows[n:]
		if n == 1 {
			if err := t.exec(into+row, args...); err != nil {
				return err
			}
			continue
		}
		if t.broken != nil {
			return t.broken
		}
		if _, err := t.w.conn.ExecContext(context.Background(), into+row+strings.Repeat(", "+row, n-1), args...); err != nil {
			return t.checkFatal(err)
		}
		t.wrote = true
	}
	return nil
}

func sizeOf(row []any) (size int) {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	return size
}

func (t *tx) raise(counter string, by int64) (value int64, err error) {
	return t.w.store.dialect.raise(t, counter, by)
}

func (t *tx) NextID() (id int64, err error) {
	if t.w.store.dialect.idBlock == 0 {
		return t.raise("post", 1)
	}
	id, err = t.w.store.nextID()
	return id, t.checkFatal(err) // the database that does not give ids makes no change, either
}

// ids is a block of ids: those up to next are in use, those up to last are not yet.
type ids struct {
	mu         sync.Mutex
	generation int64 // of the server that raised the counter, or of the one before it
	next, last int64
}

// nextID takes ids in blocks, each in a commit of its own: no transaction keeps the
// counter's row from others. Those that are left at the end, or when the server changes, are
// never given out: the new server may not have the raised counter, and give them to another node.
func (s *Store) nextID() (int64, error) {
	s.ids.mu.Lock()
	defer s.ids.mu.Unlock()
	if generation := s.server.generation.Load(); s.ids.next == s.ids.last || s.ids.generation != generation {
		res, err := s.write.Exec(raiseCounter, s.dialect.idBlock, "post")
		if err != nil {
			return 0, fmt.Errorf("taking ids for posts: %w", err)
		}
		if s.ids.last, err = res.LastInsertId(); err != nil {
			return 0, fmt.Errorf("taking ids for posts: %w", err)
		}
		s.ids.next, s.ids.generation = s.ids.last-s.dialect.idBlock, generation
	}
	s.ids.next++
	return s.ids.next, nil
}

func (t *tx) Get(id int64) (post.Post, error) {
	p, err := decodePost(t.row("SELECT summary, content FROM posts WHERE id = ?"+t.w.store.dialect.forUpdate, id))
	if err == nil && p.Published && p.LiveVersion == nil {
		err = t.adopt(&p)
	}
	return p, err
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
	// One statement, so that it sees a slug that goes from a post to its live post in either.
	err = t.row("SELECT EXISTS (SELECT 1 FROM posts WHERE slug = ? AND id <> ?) OR EXISTS (SELECT 1 FROM live_posts WHERE slug = ? AND id <> ?)",
		slug, except, slug, except).Scan(&taken)
	return taken, err
}

func (t *tx) SlugOwner(slug string, except int64) (title string, taken bool, err error) {
	err = t.row("SELECT title FROM posts WHERE slug = ? AND id <> ? UNION ALL SELECT title FROM live_posts WHERE slug = ? AND id <> ? LIMIT 1",
		slug, except, slug, except).Scan(&title)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return title, err == nil, err
}

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
	return t.leaveBin(&p)
}

func (t *tx) Replace(p post.Post, summary json.RawMessage, changed []string) error {
	err := t.exec(`UPDATE posts SET slug = ?, title = ?, category = ?, published = ?, updated_at = ?, version = ?, summary = ?, content = ?
		WHERE id = ?`,
		p.Slug, p.Title, p.Category, p.Published, millis(p.UpdatedAt), p.Version, []byte(summary), p.Content, p.ID)
	if err != nil {
		return fmt.Errorf("updating post %d: %w", p.ID, err)
	}
	return t.updateLabels(&p, changed)
}

func (t *tx) Delete(id int64, deletion event.Event) error {
	if err := t.enterBin(id, deletion); err != nil {
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

// Emit leaves the event to the group's end.
func (t *tx) Emit(e event.Event) error {
	e.Trace = t.trace
	t.events = append(t.events, e)
	return nil
}

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
	if gap || expect == version+1 { // the log begins after the version asked for
		return nil, false, t.checkFatal(rows.Err())
	}
	return fields, true, t.checkFatal(rows.Err())
}

func splitNames(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
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
	return t.exec("REPLACE INTO imports (slug, hash, post_id, version) VALUES (?, ?, ?, ?)", slug, i.Hash, i.PostID, i.Version)
}
