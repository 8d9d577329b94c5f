package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

func openAlone(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: "sqlite://" + filepath.Join(t.TempDir(), "x.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestList_isReadByAnIndexOfItsOrder: every page is read in its order from the index that
// fits its filter best; nothing is sorted and no table is read through.
func TestList_isReadByAnIndexOfItsOrder(t *testing.T) {
	s := openAlone(t)
	yes := true
	for _, sort := range post.Sorts {
		field, _ := sort.Field()
		for _, filter := range []struct {
			index     string
			category  string
			published *bool
		}{
			{"posts_", "", nil}, {"posts_category_", "news", nil}, {"posts_published_", "", &yes}, {"posts_category_", "news", &yes},
		} {
			for _, after := range []*post.Position{nil, {Sort: sort, Time: 1, Title: "x", ID: 1}} {
				for _, from := range []source{{rows: 51}, {rows: nearby, looks: search{"x"}}, {rows: 51, match: `"x"*`}} {
					query, args := listQuery(post.Query{Sort: sort, Category: filter.category, Published: filter.published, After: after, Limit: 50}, from)
					plan := explain(t, s, query, args...)
					index := filter.index + strings.TrimSuffix(field, "At")
					if !strings.Contains(plan[0], "USING INDEX "+index+" ") && !strings.HasSuffix(plan[0], "USING INDEX "+index) {
						t.Errorf("%s\n does not use %s: %q", query, index, plan)
					}
					for _, step := range plan {
						if strings.Contains(step, "TEMP B-TREE") || step == "SCAN posts" {
							t.Errorf("%s\n %s", query, step)
						}
					}
				}
			}
		}
	}
}

func explain(t *testing.T, s *Store, query string, args ...any) (plan []string) {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestFullDisk: who writes is told so, nothing of the write is stored, reading goes on,
// and so does writing once there is room.
func TestFullDisk(t *testing.T) {
	s := openAlone(t)
	conn, err := s.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w := &writer{store: s, conn: conn, prepared: make(map[string]*sql.Stmt)}
	defer w.close()
	limit := func(pages int) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	if err := conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	newOp := func(do func(*tx) error) *op { return &op{ctx: t.Context(), done: make(chan struct{}), do: do} }
	newPost := func(size int) *op {
		return newOp(func(t *tx) error {
			id, err := t.NextID()
			if err != nil {
				return err
			}
			return t.Insert(post.Post{Summary: post.Summary{ID: id, Slug: fmt.Sprint(id), Title: "x"}, Content: strings.Repeat("x", size)}, []byte(`{}`))
		})
	}
	put := func(size int) error {
		o := newPost(size)
		w.group([]*op{o})
		return o.err
	}
	count := func() (n int) {
		t.Helper()
		if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM posts").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	limit(pages + 10)
	if err := put(100); err != nil {
		t.Fatal(err)
	}
	if err := put(1 << 20); fault.Of(err) != fault.Full {
		t.Errorf("a post of 1 MiB on a full disk: %v", err)
	}
	if n := count(); n != 1 {
		t.Errorf("%d posts", n)
	}
	// The room ends after the writes themselves, as the group is finished: none of it is stored.
	var many strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&many, "w%d ", i)
	}
	small, large := newPost(100), newOp(func(t *tx) error { t.index(&post.Post{Content: many.String()}); return nil })
	w.group([]*op{small, large})
	for _, o := range []*op{small, large} {
		if fault.Of(o.err) != fault.Full {
			t.Errorf("a write of a group that does not fit: %v", o.err)
		}
	}
	if n := count(); n != 1 {
		t.Errorf("%d posts", n)
	}
	limit(1 << 30)
	// An error that does not end the transaction by itself leaves the connection as clean.
	rename := func(from, to string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("counters", "gone")
	if err := put(100); err == nil {
		t.Error("a write without its tables is accepted")
	}
	rename("gone", "counters")
	if err := put(1 << 20); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if n := count(); n != 2 {
		t.Errorf("%d posts", n)
	}
}

// TestSearch_isBounded: searches wait for each other, but not for ever, and nobody else
// waits for them.
func TestSearch_isBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openAlone(t)
		for range cap(s.seeking) {
			s.seeking <- struct{}{}
		}
		q := post.Query{Sort: "title", Limit: 1}
		if _, err := s.List(t.Context(), q); err != nil {
			t.Errorf("a list without words: %v", err)
		}
		q.Words = "x"
		began := time.Now()
		_, err := s.List(t.Context(), q)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.RetryAfter == 0 || time.Since(began) != seekTime {
			t.Errorf("one search too many: %v after %v", err, time.Since(began))
		}
		<-s.seeking
		for range 2 * cap(s.seeking) { // each gives its place back
			if _, err := s.List(t.Context(), q); err != nil {
				t.Errorf("with a free place: %v", err)
			}
		}
	})
}
