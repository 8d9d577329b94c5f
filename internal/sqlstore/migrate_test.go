package sqlstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// downTo takes the newer migrations back.
func downTo(t *testing.T, s *Store, version int64) {
	t.Helper()
	p, done, err := s.migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if _, err = p.DownTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

// oldPost stores a post as releases did that had no liveVersion.
func oldPost(t *testing.T, s *Store, p post.Post) {
	t.Helper()
	summary, doc, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(summary), `,"liveVersion":null`, "", 1)
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := s.write.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO posts (id, slug, title, category, published, created_at, updated_at, version, summary, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Slug, p.Title, p.Category, p.Published, millis(p.CreatedAt), millis(p.UpdatedAt), p.Version, []byte(old), p.Content)
	exec("REPLACE INTO posts_words ("+s.dialect.wordsID+", words) VALUES (?, ?)", p.ID, s.dialect.words(foldPost(&p)))
	exec("INSERT INTO events (seq, id, type, post_id, version, time, actor_id, actor_name, changed, data) VALUES (?, 'e', 'blog-updated', ?, ?, 0, 1, 'A', 'title', ?)",
		p.ID, p.ID, p.Version, []byte(strings.Replace(string(doc.JSON), `,"liveVersion":null`, "", 1)))
}

// TestMigrate_afterAnEarlierRelease: changes by a release without live posts, made
// after the migration, are live or hidden after the next start, or after the next change.
func TestMigrate_afterAnEarlierRelease(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, w *writer) {
		at := fromMillis(1_000_000)
		at1 := int64(1)
		for id := range int64(6) {
			p := post.Post{Summary: post.Summary{ID: id + 1, Slug: fmt.Sprint("post-", id+1), Title: "old", Published: true, LiveVersion: &at1, PublishedAt: &at, Version: 1, CreatedAt: at, UpdatedAt: at}}
			summary, _, err := p.Encode()
			if err != nil {
				t.Fatal(err)
			}
			w.do(t, func(tx *tx) error { return errors.Join(tx.Insert(p, summary), tx.Show(p, summary)) })
		}
		old := func(id int64, published bool) { // a change by the earlier release
			t.Helper()
			p := post.Post{Summary: post.Summary{ID: id, Slug: fmt.Sprint("post-", id), Title: "new", Published: published, PublishedAt: &at, Version: 2, CreatedAt: at, UpdatedAt: at}}
			if _, err := s.write.ExecContext(t.Context(), "DELETE FROM posts WHERE id = ?", id); err != nil {
				t.Fatal(err)
			}
			oldPost(t, s, p)
		}
		w.drop()
		old(1, true)
		old(2, false)
		old(4, true)
		if _, err := s.write.ExecContext(t.Context(), "DELETE FROM posts WHERE id = 3"); err != nil {
			t.Fatal(err)
		}
		w.do(t, func(tx *tx) error {
			p, err := tx.Get(4)
			if err != nil || p.LiveVersion == nil || *p.LiveVersion != 2 {
				t.Errorf("read to be changed: %+v, %v", p, err)
			}
			return err
		})
		if doc, _, err := s.Live(t.Context(), "post-4"); err != nil || doc.Version != 2 {
			t.Errorf("live %s, %v", doc.JSON, err)
		}
		w.drop()
		for range 2 {
			if err := s.migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for id, version := range map[int64]int64{1: 2, 4: 2, 5: 1, 6: 1} {
			doc, err := s.Get(t.Context(), id)
			live, _, liveErr := s.Live(t.Context(), fmt.Sprint("post-", id))
			if err != nil || liveErr != nil || !cmp.Equal(doc, live) || live.Version != version || !strings.Contains(string(live.JSON), fmt.Sprintf(`"liveVersion":%d`, version)) {
				t.Errorf("post %d: %s, live %s, %v, %v", id, doc.JSON, live.JSON, err, liveErr)
			}
		}
		for id := int64(2); id <= 3; id++ {
			if live, _, err := s.Live(t.Context(), fmt.Sprint("post-", id)); fault.KindOf(err) != fault.NotFound {
				t.Errorf("post %d is live: %s, %v", id, live.JSON, err)
			}
		}
		if doc, err := s.Get(t.Context(), 2); err != nil || !strings.Contains(string(doc.JSON), `"liveVersion":null`) {
			t.Errorf("hidden: %s, %v", doc.JSON, err)
		}
	})
}

// TestMigrate_live: published posts become live posts, with their words; every summary has
// liveVersion as Encode writes it, whatever its texts hold.
func TestMigrate_live(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, _ *writer) {
		downTo(t, s, 2)
		var posts []post.Post
		for i := range int64(40) {
			at := fromMillis(1_000_000 + i)
			p := post.Post{Content: "tides and quays " + strings.Repeat("word ", int(i)), Summary: post.Summary{ID: i + 1, Slug: fmt.Sprint("häfen-", i),
				Title:    `"published":true,"publishedAt":null <b>日本`,
				Category: []string{"quay", "ship"}[i%2], Tags: []string{`,"published":false,"publishedAt":`}, Version: i + 3, CreatedAt: at, UpdatedAt: at}}
			if i%4 == 0 {
				p.Published, p.PublishedAt = true, &at
			}
			oldPost(t, s, p)
			posts = append(posts, p)
		}
		for range 2 { // a second start migrates nothing
			if err := s.migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i := range posts {
			p := &posts[i]
			if p.Published {
				p.LiveVersion = &p.Version
			}
			_, want, err := p.Encode()
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Get(t.Context(), p.ID)
			if diff := cmp.Diff(string(want.JSON), string(got.JSON)); diff != "" || err != nil {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			live, _, err := s.Live(t.Context(), p.Slug)
			if p.Published && (err != nil || !cmp.Equal(live, want)) || !p.Published && fault.KindOf(err) != fault.NotFound {
				t.Errorf("live post %d: %s, %v", p.ID, live.JSON, err)
			}
			events, err := s.History(t.Context(), p.ID, post.Newest, 1)
			if err != nil || len(events) != 1 || events[0].Autosave || events[0].Restored != 0 {
				t.Fatalf("events %+v, %v", events, err)
			}
			if data, err := event.WithLiveVersion(events[0]); err != nil || string(data) != string(want.JSON) {
				t.Errorf("the event holds %s, %v", data, err)
			}
		}
		for _, q := range []post.Query{{Words: "quays tide"}, {Words: "日本 word", Category: "quay"}} {
			q.Live, q.Sort, q.Limit = true, post.PublicSort, 100
			page, _, err := s.page(t.Context(), q, source{rows: 100, match: s.dialect.match(newSearch(q.Words))})
			if err != nil || len(page.Items) < 9 {
				t.Errorf("%+v finds %d posts, %v", q, len(page.Items), err)
			}
			for _, item := range page.Items {
				var found post.Summary
				if err := json.Unmarshal(item, &found); err != nil || found.LiveVersion == nil {
					t.Errorf("found %s", item)
				}
			}
		}
	})
}
