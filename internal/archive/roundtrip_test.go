package archive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/test/services"
)

// corpus is a folder of real posts, which lies beside the checkout and not in it.
const corpus = "../../../shared/corpus"

// TestExport_movesTheCorpus moves real posts from one database to another: they differ only
// in values that an installation assigns. Some are unpublished, some published long after their
// creation, some changed here.
func TestExport_movesTheCorpus(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("there is no corpus at %s: put a folder of Markdown files there to run this test", corpus)
	}
	if !services.Running() {
		moveCorpus(t, openDesk(t), openDesk(t))
		return
	}
	for name, urls := range map[string][2]func(testing.TB) string{"to MySQL": {sqliteURL, services.MySQL}, "to SQLite": {services.MySQL, sqliteURL}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			moveCorpus(t, openOn(t, urls[0](t)), openOn(t, urls[1](t)))
		})
	}
}

func moveCorpus(t *testing.T, from, to *post.Service) {
	t.Helper()
	first := mustImport(t, from, corpus)
	if len(first.Failed) > 0 || first.Imported < 100 {
		t.Fatalf("imported %d, failed %v", first.Imported, first.Failed)
	}
	posts := allPosts(t, from)
	for i, slug := range sortedSlugs(posts) {
		p := posts[slug]
		switch i % 20 {
		case 0: // withdrawn
			publish(t, from, p, !p.Published)
		case 1: // changed and shown
			patch, err := post.ParsePatch(fmt.Appendf(nil, `{"category":"Caf\u0065\u0301","tags":["a, b","#c"],"authorName":"Doe, Jane","slug":"moved-%d.fr"}`, i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := from.Edit(t.Context(), ana, p.ID, p.Version, patch, post.EditOptions{}, post.Request{}); err != nil {
				t.Fatal(err)
			}
		case 3: // changed, not shown
			patch, err := post.ParsePatch(fmt.Appendf(nil, `{"title":"Not shown","content":"Not shown","slug":"not-shown-%d"}`, i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := from.Edit(t.Context(), ana, p.ID, p.Version, patch, post.EditOptions{KeepLive: true}, post.Request{}); err != nil {
				t.Fatal(err)
			}
		case 2:
			draft := create(t, from, map[string]any{"title": "Published later", "content": p.Content})
			publish(t, from, draft, true)
		}
	}
	dir := filepath.Join(t.TempDir(), "export")
	mustExport(t, from, dir)
	second := mustImport(t, to, dir)
	posts = allPosts(t, from)
	if second.Imported != len(posts) || len(second.Failed)+len(second.Remarks)+len(second.Skipped) > 0 {
		t.Errorf("imported %d of %d, failed %v, remarks %v, skipped %v", second.Imported, len(posts), second.Failed, second.Remarks, second.Skipped)
	}
	own := cmpopts.IgnoreFields(post.Summary{}, "ID", "Version", "LiveVersion", "UpdatedAt", "CreatedBy", "UpdatedBy")
	if diff := cmp.Diff(posts, allPosts(t, to), own); diff != "" {
		t.Errorf("-exported +imported:\n%s", diff)
	}
	if diff := cmp.Diff(livePosts(t, from), livePosts(t, to), own); diff != "" {
		t.Errorf("readers see: -exported +imported:\n%s", diff)
	}
}

// livePosts returns every post that readers see, by slug.
func livePosts(t *testing.T, svc *post.Service) map[string]post.Post {
	t.Helper()
	live := make(map[string]post.Post)
	for _, p := range allPosts(t, svc) {
		if !p.Published {
			continue
		}
		doc, err := svc.GetLive(t.Context(), ana, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if live[doc.Slug], err = doc.Decode(); err != nil {
			t.Fatal(err)
		}
	}
	return live
}

func publish(t *testing.T, svc *post.Service, p post.Post, published bool) {
	t.Helper()
	if _, err := svc.Publish(t.Context(), ana, p.ID, 0, published, post.Request{}); err != nil {
		t.Fatal(err)
	}
}

func sortedSlugs(posts map[string]post.Post) (slugs []string) {
	for slug := range posts {
		slugs = append(slugs, slug)
	}
	slices.Sort(slugs)
	return slugs
}
