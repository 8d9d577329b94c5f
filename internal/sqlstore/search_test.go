package sqlstore_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// filler adds so many newer posts that a search for anything older needs the index.
func filler(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for range 300 {
			if _, err := add(tx, post.Summary{Title: "zzz", UpdatedAt: day.AddDate(1, 0, 0)}, ""); err != nil {
				return err
			}
		}
		return nil
	}))
}

// found returns the ids of the posts that the words find, in order.
func found(t *testing.T, store *sqlstore.Store, words string) []int64 {
	t.Helper()
	ids := walk(t, store, post.Query{Sort: "-updatedAt", Limit: 20, Words: words})
	slices.Sort(ids)
	return ids
}

// Looking at posts one by one ends when they are long; what lies behind them is found all the same.
func searchGoesPastLongPosts(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	old := mustAdd(t, store, post.Summary{Title: "needle", UpdatedAt: day}, "")
	for range 12 {
		mustAdd(t, store, post.Summary{Title: "long", UpdatedAt: day.AddDate(1, 0, 0)}, strings.Repeat("hay ", post.MaxContentBytes/4))
	}
	if ids := found(t, store, "needle"); !slices.Equal(ids, []int64{old}) {
		t.Errorf("found %v, want %d", ids, old)
	}
}

var searched = []struct {
	post  post.Summary
	text  string
	finds []string // each finds this post, and no other
	not   []string // does not find it
}{
	{post.Summary{Title: "Tide tables for Porto", Description: "High water", Category: "Harbour news", Tags: []string{"ebb tide", "flow"}}, "The moon pulls",
		[]string{"tide", "TABLES", "tab", "porto", "water", "harbour", "ebb", "flow", "moon", "pull", "moon tables ebb", " tide,  (tables)! ", "tide-tables", `"porto"`, "porto*", "t porto", "Hi T Porto",
			`"tide tables"`, `"Tables for"`, `"tide-tables for port"`, `"ebb tide" moon`, `“the moon”`, `"moon pul`, `tide" porto`, `"high water" "tables for"`, `"the  MOON, pulls!"`, `""tide`},
		[]string{"ide", "tidet", "q porto", "po x", "moon sun", "portoo", `"tables tide"`, `"tid tables"`, `"porto high"`, `"tide flow"`, `"moon pulls" "for tables"`, `"tide for"`, "tide OR sun", "NOT moon", "title:tide"}},
	{post.Summary{Title: "Crème brûlée à la carte"}, "Ångström, naïve, Łódź, Ελλάδα, Μαΐου, Ёлка",
		[]string{"creme", "CRÈME", "crè", "brulee carte", "angstrom", "naive", "łodz", "ελλαδα", "ΕΛΛΆΔΑ", "μαιου", "елка", "Cre\u0300me"}, []string{"lodz"}},
	{post.Summary{Title: "C++ & foo_bar don't 3.14 state-of-the-art"}, "ﬁne ⅳ ½ Ｆｕｌｌ İzmir STRAßE",
		[]string{"c++ bar", "foo_bar", "bar", "don't", "don’t", "3.14", "14", "state-of-the-art", "fine", "iv", "full", "izmir", "straße"}, []string{"dont", "strasse"}},
	{post.Summary{Title: "日本語の記事です。東京タワー"}, "データベース",
		[]string{"日本", "日本語", "記事", "語の記", "東京", "タワー", "ワー", "データ", "ベース", "ﾃﾞｰﾀ", "東京 記事", "日", `"日本語の記事"`, `"京タワ"`}, []string{"京日", "本日", "東日", `"記事日本"`}},
	{post.Summary{Title: "한국어 블로그"}, "ภาษาไทยง่าย", []string{"한국", "블로그", "ไทย", "ภาษา", "ง่าย"}, []string{"국어"}},
	{post.Summary{Title: "हिन्दी में लेख"}, "العَرَبِيَّة שלום ქართული", []string{"हिन्दी", "हिन्", "लेख में", "العربية", "العَرَبِيَّة", "שלום", "ქართ"}, []string{"न्दी"}},
	{post.Summary{Title: "𞤀𞤁 adlam a𞤀b 🎉party"}, "qx x", []string{"𞤀𞤁", "a𞤀b", "party", "🎉 party", "qx", "q x", "qx adlam"}, nil},
}

// searchFinds asks twice: while the posts are few enough to be looked at one by one, and
// when only the index can find them. Both must say the same.
func searchFinds(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	var ids []int64
	for _, s := range searched {
		ids = append(ids, mustAdd(t, store, s.post, s.text))
	}
	check := func(way string) {
		t.Helper()
		for i, s := range searched {
			for _, words := range s.finds {
				if got := found(t, store, words); !slices.Equal(got, ids[i:i+1]) {
					t.Errorf("%s: %q finds %v, want %v", way, words, got, ids[i:i+1])
				}
			}
			for _, words := range s.not {
				if got := found(t, store, words); slices.Contains(got, ids[i]) {
					t.Errorf("%s: %q finds %v", way, words, got)
				}
			}
		}
		for _, nothing := range []string{"-", `"`, "*", "🎉", " ", "()", "'; DROP TABLE posts"} {
			if got := found(t, store, nothing); len(got) != 0 {
				t.Errorf("%s: %q finds %v", way, nothing, got)
			}
		}
	}
	check("one by one")
	filler(t, store)
	check("by the index")
}

func searchAfterChanges(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "anchor"}, "bollard")
	other := mustAdd(t, store, post.Summary{Title: "anchor"}, "capstan")
	filler(t, store)
	want := func(words string, ids ...int64) {
		t.Helper()
		if got := found(t, store, words); !slices.Equal(got, ids) {
			t.Errorf("%q finds %v, want %v", words, got, ids)
		}
	}
	want("anchor", id, other)
	mustChange(t, store, id, func(p *post.Post) { p.Content = "davit" })
	want("anchor", id, other)
	want("bollard")
	want("davit", id)
	for i := range 40 { // enough for the index to merge its segments
		mustChange(t, store, id, func(p *post.Post) { p.Title = []string{"eyelet", "fairlead"}[i%2] })
	}
	want("anchor", other)
	want("eyelet")
	want("fairlead davit", id)
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error { return tx.Delete(id, event.Event{}) }))
	want("fairlead")
	mustChange(t, store, other, func(p *post.Post) { p.UpdatedAt = day.Add(time.Hour) })
	want("anchor capstan", other)
}

// searchPastLargePosts: posts that are too large for a scan do not hide the posts after them.
func searchPastLargePosts(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "anchor"}, "")
	for range 12 {
		mustAdd(t, store, post.Summary{Title: "zzz", UpdatedAt: day.Add(time.Hour)}, strings.Repeat("z ", post.MaxContentBytes/2))
	}
	if got := found(t, store, "anchor"); !slices.Equal(got, []int64{id}) {
		t.Errorf("found %v, want %v", got, []int64{id})
	}
}

// searchPhrasesInManyPosts: where the words are common and the phrase is rare, pages may be
// short, and all that has the phrase is found.
func searchPhrasesInManyPosts(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	var want []int64
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for i := range 900 {
			text := "sea of fog " + strings.Repeat("x ", 8_000)
			if i%400 == 3 {
				text = "fog sea"
			}
			id, err := add(tx, post.Summary{Title: "zzz", UpdatedAt: day.Add(time.Duration(-i) * time.Hour)}, text)
			if err != nil {
				return err
			}
			if i%400 == 3 {
				want = append(want, id)
			}
		}
		return nil
	}))
	got := walkShort(t, store, post.Query{Sort: "-updatedAt", Limit: 2, Words: `"fog sea"`})
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// The matches of a word are sorted when they are few, and read in the order of the list when they are many. Both give the same
// pages, under filters too.
func searchFewAndManyMatches(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	filler(t, store)
	want := map[string][]int64{}
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		for i := range 1_200 {
			category := []string{"quay", "ship"}[i%2]
			title := "many"
			if i < 900 {
				title = "many few"
			}
			id, err := add(tx, post.Summary{Title: title, Category: category, UpdatedAt: day.Add(time.Duration(i*7919%1_200) * time.Hour)}, "")
			if err != nil {
				return err
			}
			for _, word := range strings.Fields(title) {
				want[word] = append(want[word], id)
				want[word+" "+category] = append(want[word+" "+category], id)
			}
		}
		return nil
	}))
	testkit.Must(t, store.AwaitIndex(t.Context(), false))
	for _, word := range []string{"many", "few"} {
		for _, category := range []string{"", "ship"} {
			ids := walk(t, store, post.Query{Sort: "-updatedAt", Limit: 100, Words: word, Category: category})
			inOrder := slices.IsSortedFunc(ids, func(a, b int64) int { return cmp.Compare((b-301)*7919%1_200, (a-301)*7919%1_200) })
			slices.Sort(ids)
			if !slices.Equal(ids, want[strings.TrimSpace(word+" "+category)]) || !inOrder {
				t.Errorf("%s in %q: %d posts, in order: %t", word, category, len(ids), inOrder)
			}
		}
	}
}
