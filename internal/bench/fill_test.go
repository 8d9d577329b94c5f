package bench

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

func TestFilling(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	f := filling{posts: 30, versions: 3, publishedEvery: 10}
	if err := f.write(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: "sqlite://" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := post.NewService(store)
	by := auth.Actor{ID: 1, Name: "Bench", Role: auth.Editor}
	events, err := service.After(t.Context(), by, 0, 1000)
	if err != nil || len(events) != 90 {
		t.Errorf("%d events, want 90: %v", len(events), err)
	}
	page, err := service.PublicList(t.Context(), post.Query{Sort: post.PublicSort, Limit: 50})
	if err != nil || len(page.Items) != 3 {
		t.Errorf("%d published posts, want 3: %v", len(page.Items), err)
	}
	for _, item := range page.Items {
		var p post.Summary
		if err := json.Unmarshal(item, &p); err != nil || p.Version != 3 {
			t.Errorf("post %d has version %d, want 3: %v", p.ID, p.Version, err)
		}
	}
}
