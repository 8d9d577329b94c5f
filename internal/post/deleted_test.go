package post_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// TestRestore_whenTheLastChangeHasLeftTheLog: a deleted post can be restored as long as the
// log has its deletion.
func TestRestore_whenTheLastChangeHasLeftTheLog(t *testing.T) {
	d := newFixture(t)
	old := d.mustCreate(`{"title":"Low tide","content":"Mussels.","tags":["ebb"],"published":true}`)
	d.dropLog()
	d.mustDelete(old.ID)
	got := d.mustRestore(old.ID, 1)
	if got.Version != 3 || got.Published || got.Title != old.Title || got.Content != old.Content || !cmp.Equal(got.Tags, old.Tags) || !cmp.Equal(got.PublishedAt, old.PublishedAt) {
		t.Errorf("got %+v", got)
	}
	d.mustDelete(old.ID)
	d.dropLog() // the deletion too
	_, err := d.Restore(d.Context(), ana, old.ID, 3, false, post.Request{})
	d.want(fault.NotFound, err)
	page, err := d.List(d.Context(), vic, post.Query{Deleted: true, Sort: "title", Limit: 10})
	if d.must(err); len(page.Items) != 0 {
		t.Errorf("still listed: %s", page.Items)
	}
}

func TestLists_needAViewer(t *testing.T) {
	d := newFixture(t)
	nobody := auth.Actor{ID: 9}
	_, err := d.List(d.Context(), nobody, post.Query{Deleted: true, Sort: "title", Limit: 10})
	d.want(fault.Forbidden, err)
	_, err = d.Tags(d.Context(), nobody)
	d.want(fault.Forbidden, err)
	_, err = d.Authors(d.Context(), nobody)
	d.want(fault.Forbidden, err)
}
