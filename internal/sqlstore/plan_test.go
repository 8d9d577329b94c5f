package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/test/services"
)

func openAlone(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
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

func sqliteFile(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "x.db") }

// onBoth runs a test on a database of each kind, with a writer that is run by hand.
func onBoth(t *testing.T, test func(t *testing.T, s *Store, w *writer)) {
	for name, newURL := range map[string]func(testing.TB) string{"sqlite": sqliteFile, "mysql": services.MySQL} {
		if name == "mysql" && !services.Running() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := openAlone(t, newURL(t))
			w := &writer{db: s.database}
			defer w.drop()
			test(t, s, w)
		})
	}
}

func (w *writer) do(t *testing.T, do func(tx *tx) error) {
	t.Helper()
	o := &writeOp{ctx: t.Context(), do: do, done: make(chan struct{})}
	if w.commitBatch([]*writeOp{o}); o.err != nil {
		t.Fatal(o.err)
	}
}

// indexBy has w index the posts of all new events.
func (s *Store) indexBy(t *testing.T, w *writer) {
	t.Helper()
	send := func(o *writeOp) error {
		o.done = make(chan struct{})
		w.commitBatch([]*writeOp{o})
		return o.err
	}
	for more := true; more; {
		var err error
		if more, err = s.indexPass(t.Context(), send, true); err != nil {
			t.Fatal(err)
		}
	}
}

// fill stores 400 posts, each with two events.
func fill(t *testing.T, s *Store, w *writer) {
	t.Helper()
	w.do(t, func(tx *tx) error {
		for i := range int64(400) {
			p := post.Post{Summary: post.Summary{ID: i + 1, Slug: fmt.Sprint(i), Title: fmt.Sprint("Title ", i), Category: []string{"news", "quay", "ship"}[i%3],
				Tags: []string{"all", []string{"rare", "common"}[min(i%100, 1)]}, AuthorName: []string{"Ana", "Bo"}[i%2],
				Published: i%4 == 0, CreatedAt: fromMillis(i), UpdatedAt: fromMillis(i * 7919 % 400)}}
			if err := tx.Insert(p, []byte(`{}`)); err != nil {
				return err
			}
			if err := tx.Show(p, []byte(`{}`)); err != nil {
				return err
			}
			for v := range int64(2) {
				if err := tx.Emit(event.Event{ID: "e", PostID: p.ID, Version: v + 1, Data: []byte(`{}`)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	s.indexBy(t, w)
}

// TestList_isReadByAnIndexOfItsOrder: every page is read in its order from the index that
// fits its filter best; nothing is sorted and no table is read through. The matches of
// the search index are sorted.
func TestList_isReadByAnIndexOfItsOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, w *writer) {
		fill(t, s, w)
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
					for _, from := range []source{{rows: 51}, {rows: scanRows, scanFilter: search{"x"}}, {rows: 51, match: s.dialect.match(search{"x"})}} {
						query, args := s.dialect.listQuery(post.Query{Sort: sort, Category: filter.category, Published: filter.published, After: after, Limit: 50}, from)
						plan := explain(t, s, query, args...)
						want := "posts " + filter.index + strings.TrimSuffix(field, "At")
						picked := from.match != "" && s.dialect.matchIndex != ""
						if picked {
							want = "posts_words posts_words_words"
						}
						if got := plan[0].table + " " + plan[0].index; got != want {
							t.Errorf("%s\n is read by %s, not %s", query, got, want)
						}
						checkPlan(t, query, plan, !picked)
					}
				}
			}
		}
	})
}

// TestLiveList_isReadByAnIndexOfItsOrder is the same for public lists.
func TestLiveList_isReadByAnIndexOfItsOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, w *writer) {
		fill(t, s, w)
		for _, category := range []string{"", "news"} {
			for _, after := range []*post.Position{nil, {Sort: post.PublicSort, Time: 1, ID: 1}} {
				for _, from := range []source{{rows: 51}, {rows: scanRows, scanFilter: search{"x"}}, {rows: 51, match: s.dialect.match(search{"x"})}} {
					query, args := s.dialect.listQuery(post.Query{Live: true, Sort: post.PublicSort, Category: category, After: after, Limit: 50}, from)
					plan := explain(t, s, query, args...)
					want := map[string]string{"": "live_posts live_created", "news": "live_posts live_category_created"}[category]
					picked := from.match != "" && s.dialect.matchIndex != ""
					if picked {
						want = "live_words live_words_words"
					}
					if got := plan[0].table + " " + plan[0].index; got != want {
						t.Errorf("%s\n is read by %s, not %s", query, got, want)
					}
					checkPlan(t, query, plan, !picked)
				}
			}
		}
	})
}

// TestList_readsLabelsByTheirIndex: the posts of a rare label are read by posts_labels and
// sorted; a common label is looked up for each post of the index of the order.
func TestList_readsLabelsByTheirIndex(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, w *writer) {
		fill(t, s, w)
		yes := true
		rare := labelCount{label{tagLabel, "rare"}, 4}
		common := labelCount{label{authorLabel, "Ana"}, maxSorted + 1}
		for _, sort := range post.Sorts {
			field, _ := sort.Field()
			for _, c := range []struct {
				query  post.Query
				labels []labelCount
				want   string
				picked bool
			}{
				{post.Query{}, []labelCount{common}, "posts_" + strings.TrimSuffix(field, "At"), false},
				{post.Query{Published: &yes}, []labelCount{common}, "posts_published_" + strings.TrimSuffix(field, "At"), false},
				{post.Query{Category: "news", Published: &yes}, []labelCount{common}, "posts_category_" + strings.TrimSuffix(field, "At"), false},
				{post.Query{}, []labelCount{rare}, "", true},
				{post.Query{Category: "news", Published: &yes}, []labelCount{rare, common}, "", true},
			} {
				for _, after := range []*post.Position{nil, {Sort: sort, Time: 1, Title: "x", ID: 1}} {
					for _, looks := range []search{nil, {"x"}} {
						c.query.Sort, c.query.After, c.query.Limit = sort, after, 50
						query, args := s.dialect.listQuery(c.query, source{rows: 51, scanFilter: looks, labels: c.labels})
						plan := explain(t, s, query, args...)
						checkPlan(t, query, plan, !c.picked)
						if !c.picked && plan[0].index != c.want {
							t.Errorf("%s\n is read by %s, not %s", query, plan[0].index, c.want)
						}
						byLabel := slices.ContainsFunc(plan, func(step step) bool {
							return step.table == "posts_labels" && !step.scans && (s.dialect == &sqliteDialect || step.index == "PRIMARY")
						})
						byID := slices.ContainsFunc(plan, func(step step) bool {
							return step.table == "posts" && (step.index == "PRIMARY" || strings.Contains(step.text, "INTEGER PRIMARY KEY"))
						})
						if c.picked && (!byLabel || !byID) {
							t.Errorf("%s\n does not begin with the label: %+v", query, plan)
						}
					}
				}
			}
		}
	})
}

// The posts of a rare word are read by their ids and sorted, so that the time of a search does not grow with
// the number of all posts.
func TestList_readsFewMatchesByTheirIDs(t *testing.T) {
	s := openAlone(t, sqliteFile(t))
	w := &writer{db: s.database}
	defer w.drop()
	fill(t, s, w)
	yes := true
	for table, q := range map[string]post.Query{"posts": {Sort: "-updatedAt", Published: &yes, Category: "news"}, "live_posts": {Live: true, Sort: post.PublicSort}} {
		q.After, q.Limit = &post.Position{Sort: q.Sort, Time: 1, ID: 1}, 50
		query, args := s.dialect.listQuery(q, source{rows: 51, ids: []int64{3, 1}})
		plan := explain(t, s, query, args...)
		if plan[0].table != table || !strings.Contains(plan[0].text, "INTEGER PRIMARY KEY (rowid=?)") {
			t.Errorf("%s\n is read by %+v", query, plan)
		}
	}
}

// TestList_readsDeletedPostsByAnIndexOfItsOrder: no page of deleted posts is sorted.
func TestList_readsDeletedPostsByAnIndexOfItsOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, w *writer) {
		fill(t, s, w)
		w.do(t, func(tx *tx) error {
			for id := int64(1); id <= 200; id++ {
				if err := tx.Delete(id, event.Event{PostID: id, Version: 3, Time: fromMillis(id)}); err != nil {
					return err
				}
			}
			return nil
		})
		for _, sort := range post.Sorts {
			field, _ := sort.Field()
			want := indexOf("deleted_posts_", deletedColumns[field])
			for _, q := range []post.Query{{}, {Words: "x"}, {Tag: "all"}} {
				for _, q.After = range []*post.Position{nil, {Sort: sort, Time: 1, Title: "x", ID: 1}} {
					q.Sort, q.Limit = sort, 50
					query, args := s.dialect.deletedQuery(q)
					plan := explain(t, s, query, args...)
					if checkPlan(t, query, plan, true); plan[0].index != want {
						t.Errorf("%s\n is read by %s, not %s", query, plan[0].index, want)
					}
				}
			}
		}
	})
}

// TestQueries_useIndexes looks at what all other calls send: of the tables that grow none
// is read through, and of posts and events nothing is sorted.
func TestQueries_useIndexes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store, w *writer) {
		fill(t, s, w)
		now, id := time.Now(), int64(7)
		_, categories := s.Categories(t.Context())
		_, tags := s.Tags(t.Context())
		_, authors := s.Authors(t.Context())
		yes := true
		for _, q := range []post.Query{
			{}, {Published: &yes}, {Category: "news"}, {Category: "news", Published: &yes}, {Deleted: true}, {Deleted: true, Words: "x"},
			{Tag: "all"}, {Author: "Ana"}, {Tag: "all", Author: "Ana", Category: "news", Published: &yes}, {Tag: "all", Published: &yes},
		} {
			q.Sort, q.Limit, q.Count = "title", 1, true
			if _, err := s.List(t.Context(), q); err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
		}
		_, binRows := s.DeletedRows(t.Context(), id, 10)
		_, lacks := s.MissingDeleted(t.Context(), id)
		_, _, stray := s.StrayLabels(t.Context(), id, 10)
		_, orphans := s.OrphanLabels(t.Context(), 10)
		_, rows := s.Rows(t.Context(), id, 10)
		_, get := s.Get(t.Context(), id)
		_, _, bySlug := s.Live(t.Context(), "7")
		_, after := s.After(t.Context(), id, 10)
		_, before := s.Before(t.Context(), id, 10)
		_, history := s.History(t.Context(), id, 2, 10)
		_, _, old := s.oldRun(t.Context(), 0, 10, 10)
		_, user := s.UserByEmail(t.Context(), "x")
		_, _, session := s.Session(t.Context(), "x")
		_, sessions := s.Sessions(t.Context(), id)
		for _, err := range []error{categories, tags, authors, binRows, lacks, stray, orphans, rows, get, bySlug, after, before, history, old, user, session, sessions} {
			if err != nil && fault.KindOf(err) != fault.NotFound {
				t.Fatal(err)
			}
		}
		w.do(t, func(tx *tx) error {
			_, slug := tx.SlugTaken("7", 8)
			_, last := tx.Last(id)
			_, at := tx.At(id, 1)
			_, _, since := tx.ChangedSince(id, 0)
			_, imported := tx.Imported("x")
			_, result := tx.FindResult(3, "x")
			p, get := tx.Get(id)
			p.ID = id
			return errors.Join(slug, last, at, since, imported, result, get, tx.Replace(p, []byte(`{}`), []string{"tags", "title"}), tx.Show(p, []byte(`{}`)), tx.Hide(8), tx.Delete(8, event.Event{}), tx.removeDeleted(&post.Post{Summary: post.Summary{ID: 8, Version: 2}}), tx.dropDeleted(1),
				tx.exec("UPDATE sessions SET revoked = 1 WHERE user_id = ? AND id <> ?", id, "x"), tx.exec("DELETE FROM sessions WHERE expires_at <= ?", millis(now)),
				tx.exec("DELETE FROM outcomes WHERE created_at <= ?", 0), tx.exec("DELETE FROM events WHERE seq <= ?", 0))
		})
		for _, texts := range []map[string]*sql.Stmt{s.read.prepared, w.prepared} {
			for query := range texts {
				if strings.HasPrefix(query, "INSERT") || strings.HasPrefix(query, "REPLACE") {
					continue
				}
				plain := strings.NewReplacer("LIMIT ?", "LIMIT 10", "OFFSET ?", "OFFSET 1").Replace(query)
				args := slices.Repeat([]any{"1"}, strings.Count(plain, "?"))
				checkPlan(t, query, explain(t, s, plain, args...), inOrder(s, query))
			}
		}
	})
}

// inOrder reports whether the rows of query must be read in its order: those of posts and
// events, unless an index of labels finds them.
func inOrder(s *Store, query string) bool {
	return !strings.Contains(query, s.dialect.byID) && (strings.Contains(query, "FROM posts ") || strings.Contains(query, "FROM events ") || strings.Contains(query, "FROM deleted_posts "))
}

// step is a line of a plan.
type step struct {
	table, index string
	scans, sorts bool
	text         string
}

func checkPlan(t *testing.T, query string, plan []step, inOrder bool) {
	t.Helper()
	for _, step := range plan {
		grows := slices.Contains([]string{"posts", "posts_labels", "deleted_posts", "live_posts", "live_redirects", "l", "r", "events", "sessions", "outcomes", "imports"}, step.table)
		if step.scans && grows || step.sorts && inOrder {
			t.Errorf("%s\n %+v", query, plan)
		}
	}
}

func explain(t *testing.T, s *Store, query string, args ...any) (plan []step) {
	t.Helper()
	verb := "EXPLAIN "
	if s.dialect == &sqliteDialect {
		verb = "EXPLAIN QUERY PLAN "
	}
	rows, err := s.read.db.QueryContext(t.Context(), verb+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := make(map[string]string)
		for i, name := range names {
			line[strings.ToLower(name)] = values[i].String
		}
		if text, ok := line["detail"]; ok { // SEARCH posts USING INDEX posts_title (title>?)
			words := append(strings.Fields(text), "", "")
			_, using, _ := strings.Cut(text, "INDEX ")
			index, _, _ := strings.Cut(using, " ")
			plan = append(plan, step{table: words[1], index: index, scans: words[0] == "SCAN" && using == "", sorts: strings.Contains(text, "TEMP B-TREE"), text: text})
			continue
		}
		sorts := strings.Contains(line["extra"], "filesort") || strings.Contains(line["extra"], "temporary")
		plan = append(plan, step{table: line["table"], index: line["key"], scans: line["type"] == "ALL", sorts: sorts, text: line["extra"]})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
