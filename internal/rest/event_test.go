package rest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

type eventPage struct {
	Items []struct {
		Seq     int64
		Type    string
		Changed []string
		Data    struct {
			ID, Version int64
			Content     *string
		}
	}
	Next *int64
}

// events reads a page and returns "<seq> <type> <post>v<version>" for each event.
func (d *desk) events(path string) (lines []string, next any) {
	d.Helper()
	page, err := decode[eventPage](d.do(viewer, "GET "+path, ""))
	testkit.Must(d, err)
	for _, e := range page.Items {
		lines = append(lines, fmt.Sprintf("%d %s %dv%d", e.Seq, e.Type, e.Data.ID, e.Data.Version))
		if whole := e.Data.Content != nil; whole == (e.Type == "blog-deleted") {
			d.Errorf("event %d of type %s: whole post: %v", e.Seq, e.Type, whole)
		}
	}
	if page.Next != nil {
		next = *page.Next
	}
	return lines, next
}

// twoLives makes post 1 created, changed, published, deleted and restored, and post 2 created between.
func twoLives(t *testing.T) *desk {
	d := newDesk(t)
	d.fresh()
	retitled(d, 1)
	published(d, 1)
	d.fresh()
	deleted(d, 1)
	_, err := d.posts.Restore(t.Context(), d.actor(editor), 1, 3, false, noKey)
	testkit.Must(t, err)
	return d
}

func TestEvents_pages(t *testing.T) {
	d := twoLives(t)
	all := []string{"1 blog-created 1v1", "2 blog-updated 1v2", "3 blog-published 1v3", "4 blog-created 2v1", "5 blog-deleted 1v4", "6 blog-created 1v5"}
	first := []string{"6 blog-created 1v5", "5 blog-deleted 1v4", "4 blog-created 2v1", "3 blog-published 1v3", "2 blog-updated 1v2", "1 blog-created 1v1"}
	history := []string{"6 blog-created 1v5", "5 blog-deleted 1v4", "3 blog-published 1v3", "2 blog-updated 1v2", "1 blog-created 1v1"}
	for _, c := range []struct {
		path string
		want []string
		next any
	}{
		{"/api/events", all, int64(6)},
		{"/api/events?after=0&limit=2", all[:2], int64(2)},
		{"/api/events?after=4&limit=2", all[4:], int64(6)},
		{"/api/events?after=6", nil, int64(6)},
		{"/api/events?after=99", nil, int64(99)},
		{"/api/events?before=7", first, nil},
		{"/api/events?before=7&limit=2", first[:2], int64(5)},
		{"/api/events?before=5&limit=2", first[2:4], int64(3)},
		{"/api/events?before=3&limit=2", first[4:], nil},
		{"/api/events?before=1", nil, nil},
		{"/api/posts/1/history", history, nil},
		{"/api/posts/1/history?limit=2", history[:2], int64(4)},
		{"/api/posts/1/history?limit=2&before=4", history[2:4], int64(2)},
		{"/api/posts/1/history?before=2", history[4:], nil},
		{"/api/posts/1/history?before=1", nil, nil},
		{"/api/posts/2/history", []string{"4 blog-created 2v1"}, nil},
	} {
		got, next := d.events(c.path)
		if diff := cmp.Diff(c.want, got); diff != "" || next != c.next {
			t.Errorf("%s: next = %v, want %v; events (-want +got):\n%s", c.path, next, c.next, diff)
		}
	}
}

func TestEvents_historyOfADeletedPostStays(t *testing.T) {
	d := newDesk(t)
	deleted(d, d.fresh())
	got, _ := d.events("/api/posts/1/history")
	if diff := cmp.Diff([]string{"2 blog-deleted 1v2", "1 blog-created 1v1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEvents_tellWhoAndWhat(t *testing.T) {
	d := newDesk(t)
	retitled(d, d.fresh())
	play(t, d, []scenario{
		{name: "events", as: viewer, call: "GET /api/events?after=1", status: 200,
			has: []string{`"actor":{"id":1,"name":"Admin"}`, `"changed":["title"]`, `"title":"Theirs"`, `"seq":2`}},
		{name: "unknown post", as: viewer, call: "GET /api/posts/99/history", status: 404},
		{name: "history limit", as: viewer, call: "GET /api/posts/1/history?limit=101", status: 422, has: []string{`"field":"limit"`}},
		{name: "history before", as: viewer, call: "GET /api/posts/1/history?before=0", status: 422, has: []string{`"field":"before"`}},
		{name: "history unknown", as: viewer, call: "GET /api/posts/1/history?after=1", status: 422, has: []string{`"field":"after"`}},
		{name: "history unreadable", as: viewer, call: "GET /api/posts/1/history?limit=%zz", status: 400},
		{name: "history as nobody", call: "GET /api/posts/1/history", status: 401},
		{name: "without content", as: viewer, call: "GET /api/events?after=1&content=false", status: 200,
			has: []string{`"title":"Theirs"`}, hasNot: []string{`"content":`}},
		{name: "history without content", as: viewer, call: "GET /api/posts/1/history?content=false", status: 200,
			has: []string{`"title":"Theirs"`}, hasNot: []string{`"content":`}},
		{name: "content", as: viewer, call: "GET /api/posts/1/history?content=no", status: 422, has: []string{`"field":"content"`}},
		{name: "both ways", as: viewer, call: "GET /api/events?after=0&before=2", status: 422, has: []string{`"field":"before"`}},
		{name: "limit", as: viewer, call: "GET /api/events?limit=1001", status: 422},
		{name: "after", as: viewer, call: "GET /api/events?after=-1", status: 422},
		{name: "before", as: viewer, call: "GET /api/events?before=x", status: 422},
		{name: "unknown", as: viewer, call: "GET /api/events?cursor=1", status: 422, has: []string{`"field":"cursor"`}},
		{name: "unreadable", as: viewer, call: "GET /api/events?after=%", status: 400},
		{name: "as nobody", call: "GET /api/events", status: 401},
	})
}
