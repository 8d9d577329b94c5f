package sqlstore_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/test/services"
)

var ana = auth.Actor{ID: 3, Name: "Ana", Role: auth.Editor}

// word is the n-th most frequent word of a made-up language: "ba" is in nearly every
// text, and prefixes are shared as widely as in a real one.
func word(n uint64) (word string) {
	for n++; n > 0; n /= 40 {
		word += string("bdfgklmn"[n%8]) + string("aeiou"[n%40/8])
	}
	return word
}

// prose returns n words.
func prose(r *rand.Rand, n int) string {
	zipf := rand.NewZipf(r, 1.1, 8, 19_999)
	words := make([]string, n)
	for i := range words {
		words[i] = word(zipf.Uint64())
	}
	return strings.Join(words, " ")
}

func patch(t testing.TB, members map[string]any) post.Patch {
	t.Helper()
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	parse := post.ParsePatch
	if _, ok := members["title"]; ok {
		parse = post.ParseNew
	}
	p, err := parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const writers = 32

// parallel runs do b.N times from 32 goroutines and reports the writes per second and
// the CPU time of each.
func parallel(b *testing.B, do func(worker, n int) error) {
	b.ResetTimer()
	before, began := cpu(b), time.Now()
	var next atomic.Int64
	var workers sync.WaitGroup
	for w := range writers {
		workers.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := do(w, int(n)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "writes/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/write")
}

// BenchmarkWrite measures the write path from package post down, with posts of about 1 KB of text. An edit of
// the author does not change the search index, an edit of the content does: the difference is the cost of
// the index.
func BenchmarkWrite(b *testing.B) { onEach(b, benchmarkWrite) }

func onEach(b *testing.B, run func(b *testing.B, newURL func(testing.TB) string)) {
	b.Run("sqlite", func(b *testing.B) { run(b, sqliteURL) })
	if services.Running() {
		b.Run("mysql", func(b *testing.B) { run(b, services.MySQL) })
	}
}

func benchmarkWrite(b *testing.B, newURL func(testing.TB) string) {
	b.Run("create", func(b *testing.B) {
		svc := post.NewService(open(b, sqlstore.Config{URL: newURL(b)}))
		r := rand.New(rand.NewPCG(1, 2))
		bodies := make([]post.Patch, b.N)
		for i := range bodies {
			bodies[i] = patch(b, map[string]any{"title": fmt.Sprint(prose(r, 8), i), "description": prose(r, 20), "content": prose(r, 120), "category": "news"})
		}
		parallel(b, func(_, n int) error {
			_, err := svc.Create(b.Context(), ana, bodies[n-1], post.Request{})
			return err
		})
	})
	for _, field := range []string{"content", "authorName"} {
		b.Run("edit/"+field, func(b *testing.B) {
			store := open(b, sqlstore.Config{URL: newURL(b)})
			svc := post.NewService(store)
			seed(b, store, 10_000)
			r := rand.New(rand.NewPCG(1, 2))
			patches := make([]post.Patch, 256)
			for i := range patches {
				text := prose(r, 120)
				if field != "content" {
					text = fmt.Sprintf("Ana %d", i)
				}
				patches[i] = patch(b, map[string]any{field: text})
			}
			var versions [10_000]int64
			parallel(b, func(w, n int) error {
				id := int64(w + writers*(n*7919%(10_000/writers))) // each worker has posts of its own
				result, err := svc.Edit(b.Context(), ana, id+1, versions[id]+1, patches[n%len(patches)], post.EditOptions{}, post.Request{})
				versions[id] = result.Doc.Version - 1
				return err
			})
		})
	}
}

// seed stores posts 1 to n, of which every third is published and every thousandth is
// in the category rare.
func seed(b testing.TB, store *sqlstore.Store, n int) {
	b.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for done := 0; done < n; {
		err := store.Update(b.Context(), 0, func(tx post.Tx) error {
			for end := min(done+1000, n); done < end; done++ {
				id, err := tx.NextID()
				if err != nil {
					return err
				}
				at := base.Add(time.Duration(r.IntN(1<<30)) * time.Millisecond)
				p := post.Post{Content: prose(r, 120), Summary: post.Summary{ID: id, Slug: fmt.Sprintf("p-%d", id), Title: prose(r, 8),
					Description: prose(r, 20), Tags: []string{}, Category: fmt.Sprintf("category %d", id%20), Published: id%3 == 0,
					ReadTime: 1, Version: 1, CreatedAt: at, UpdatedAt: at}}
				p.Tags, p.AuthorName = []string{"common", fmt.Sprintf("tag %d", id%200)}, fmt.Sprintf("author %d", id%30)
				if id%1000 == 0 {
					p.Category = "rare"
				}
				if p.Published {
					p.LiveVersion = &p.Version
				}
				summary, doc, err := p.Encode()
				if err != nil {
					return err
				}
				if err := tx.Insert(p, summary); err != nil {
					return err
				}
				if p.Published {
					if err := tx.Show(p, summary); err != nil {
						return err
					}
				}
				if err := tx.Emit(event.Event{ID: "e", Type: event.Created, PostID: id, Version: 1, Time: at, Data: doc.JSON}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := store.AwaitIndex(b.Context(), false); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkList reads pages of 50 of 100 000 posts.
func BenchmarkList(b *testing.B) { onEach(b, benchmarkList) }

func benchmarkList(b *testing.B, newURL func(testing.TB) string) {
	store := open(b, sqlstore.Config{URL: newURL(b)})
	seed(b, store, 100_000)
	yes := true
	deep := &post.Position{Sort: "-updatedAt", Time: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).UnixMilli(), ID: 1}
	common, rare := word(0), word(19_000)
	for _, c := range []struct {
		name string
		q    post.Query
	}{
		{"first", post.Query{}},
		{"deep", post.Query{After: deep}},
		{"published", post.Query{Published: &yes}},
		{"rare category", post.Query{Category: "rare"}},
		{"rare category, published", post.Query{Category: "rare", Published: &yes}},
		{"common tag", post.Query{Tag: "common"}},
		{"rare tag", post.Query{Tag: "tag 7"}},
		{"rare tag, author, published", post.Query{Tag: "tag 7", Author: "author 7", Published: &yes}},
		{"total", post.Query{Count: true}},
		{"total, published", post.Query{Published: &yes, Count: true}},
		{"total, category, published", post.Query{Category: "category 7", Published: &yes, Count: true}},
		{"total, common tag, published", post.Query{Tag: "common", Published: &yes, Count: true}},
		{"total, rare tag", post.Query{Tag: "tag 7", Count: true}},
		{"total, author", post.Query{Author: "author 7", Count: true}},
		{"q common", post.Query{Words: common}},
		{"q phrase", post.Query{Words: `"` + common + " " + word(1) + `"`}},
		{"q rare phrase", post.Query{Words: `"` + word(300) + " " + word(301) + `"`}},
		{"q common, deep", post.Query{Words: common, After: deep}},
		{"q common, published", post.Query{Words: common, Published: &yes}},
		{"q one letter", post.Query{Words: common[:1]}},
		{"q in a tenth of the posts", post.Query{Words: word(200)}},
		{"q rare", post.Query{Words: rare}},
		{"q rare and common", post.Query{Words: rare + " " + common}},
		{"q rare and one letter", post.Query{Words: rare + " " + common[:1]}},
		{"q nowhere", post.Query{Words: "xyz"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.q.Sort, c.q.Limit = "-updatedAt", 50
			found := 0
			for b.Loop() {
				page, err := store.List(b.Context(), c.q)
				if err != nil {
					b.Fatal(err)
				}
				found = len(page.Items)
			}
			b.ReportMetric(float64(found), "items")
		})
	}
}
