package rest_test

import (
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// make stores a post with these fields.
func (d *desk) make(fields string) int64 {
	d.Helper()
	p, err := post.ParseNew([]byte(fields))
	testkit.Must(d, err)
	result, err := d.posts.Create(d.Context(), d.actor(editor), p, noKey)
	testkit.Must(d, err)
	return result.Doc.ID
}

type listed struct {
	Items []struct {
		ID      int64
		Title   string
		Content *string
	}
	Next   *string
	Cursor int64
}

func (l listed) titles() (titles []string) {
	for _, item := range l.Items {
		titles = append(titles, item.Title)
	}
	return titles
}

// list reads every page of a list and returns the titles in order.
func (d *desk) list(as auth.Role, path, query string, limit int) (titles []string) {
	d.Helper()
	after := ""
	for range 50 {
		page, err := decode[listed](d.do(as, fmt.Sprintf("GET %s?limit=%d&%s&after=%s", path, limit, query, url.QueryEscape(after)), ""))
		testkit.Must(d, err)
		if n := len(page.Items); n > limit || (page.Next != nil && n < limit) {
			d.Errorf("a page of %d, with another to follow: %v; the limit is %d", n, page.Next != nil, limit)
		}
		titles = append(titles, page.titles()...)
		if page.Next == nil {
			return titles
		}
		after = *page.Next
	}
	d.Fatal("the pages do not end")
	return nil
}

func TestList_readsEveryOrderInPages(t *testing.T) {
	d := newDesk(t)
	for _, title := range []string{"delta", "Alpha", "Éclair", "charlie", "bravo", "alpha", "Bravo"} {
		d.make(fmt.Sprintf(`{"title":%q}`, title))
	}
	for _, id := range []int64{3, 1} { // Éclair, delta
		nextMillisecond()
		d.edit(id, 1, `{"category":"News"}`)
	}
	created := []string{"delta", "Alpha", "Éclair", "charlie", "bravo", "alpha", "Bravo"}
	byTitle := []string{"Alpha", "alpha", "bravo", "Bravo", "charlie", "delta", "Éclair"}
	updated := []string{"Alpha", "charlie", "bravo", "alpha", "Bravo", "Éclair", "delta"}
	for sort, want := range map[string][]string{"createdAt": created, "title": byTitle, "updatedAt": updated} {
		down := slices.Clone(want)
		slices.Reverse(down)
		for limit := 1; limit <= 8; limit++ {
			if diff := cmp.Diff(want, d.list(viewer, "/api/posts", "sort="+sort, limit)); diff != "" {
				t.Errorf("%s by %d (-want +got):\n%s", sort, limit, diff)
			}
			if diff := cmp.Diff(down, d.list(viewer, "/api/posts", "sort=-"+sort, limit)); diff != "" {
				t.Errorf("-%s by %d (-want +got):\n%s", sort, limit, diff)
			}
		}
	}
	if diff := cmp.Diff(d.list(viewer, "/api/posts", "sort=-updatedAt", 9), d.list(viewer, "/api/posts", "", 9)); diff != "" {
		t.Errorf("the default order (-want +got):\n%s", diff)
	}
}

// nextMillisecond waits until the next write has a later time: times are stored in milliseconds.
func nextMillisecond() {
	for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; {
		runtime.Gosched()
	}
}

func TestList_filters(t *testing.T) {
	d := newDesk(t)
	d.make(`{"title":"Kafka in a nutshell","category":"Tech","tags":["streams"],"published":true}`)
	d.make(`{"title":"Crème brûlée","category":"Food","content":"Sugar AND cream, \"burnt\".","published":true}`)
	d.make(`{"title":"Kafka, Franz","category":"Books","tags":["streams","trial"],"authorName":"Max Brod","description":"The trial; 100% of it."}`)
	d.make(`{"title":"日本語の題","category":"Tech","content":"内容"}`)
	kafka, creme, franz, japan := "Kafka in a nutshell", "Crème brûlée", "Kafka, Franz", "日本語の題"
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", []string{kafka, creme, franz, japan}},
		{"status=all", []string{kafka, creme, franz, japan}},
		{"status=published", []string{kafka, creme}},
		{"status=draft", []string{franz, japan}},
		{"category=Tech", []string{kafka, japan}},
		{"category=tech", nil},
		{"category=Tech&status=draft", []string{japan}},
		{"tag=streams", []string{kafka, franz}},
		{"tag=stream", nil},
		{"tag=streams&status=draft&category=Books&q=trial", []string{franz}},
		{"author=Max+Brod", []string{franz}},
		{"author=max+brod", nil},
		{"author=" + url.QueryEscape(d.users[editor].Name), []string{kafka, creme, japan}},
		{"tag=streams&author=" + url.QueryEscape(d.users[editor].Name), []string{kafka}},
		{"q=kafka", []string{kafka, franz}},
		{"q=kaf+nut", []string{kafka}},
		{"q=KAF&status=draft", []string{franz}},
		{"q=kaf&category=Tech", []string{kafka}},
		{"q=creme", []string{creme}},
		{"q=br%C3%BBl%C3%A9e", []string{creme}},
		{"q=streams", []string{kafka, franz}},
		{"q=trial", []string{franz}},
		{"q=100", []string{franz}},
		{"q=%E6%97%A5%E6%9C%AC", []string{japan}},
		{"q=AND", []string{creme}},
		{"q=sugar+AND+cream", []string{creme}},
		{"q=kafka+OR+cream", nil},
		{"q=%22burnt%22", []string{creme}},
		{"q=title:kafka", nil},
		{"q=kafka*", []string{kafka, franz}},
		{"q=NEAR(kafka+franz)", nil},
		{"q=-kafka", []string{kafka, franz}},
		{"q=%00", nil},
		{"q=%25", nil},
		{"q=%27;DROP+TABLE+posts%3B--", nil},
		{"q=+", nil},
	} {
		if diff := cmp.Diff(c.want, d.list(viewer, "/api/posts", "sort=createdAt&"+strings.ReplaceAll(c.query, ";", "%3B"), 3)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		}
	}
}

func TestList_tellsTheCursorAndNoContent(t *testing.T) {
	d := newDesk(t)
	d.fresh()
	retitled(d, 1)
	page, err := decode[listed](d.do(viewer, "GET /api/posts", ""))
	testkit.Must(t, err)
	if page.Cursor != 2 || page.Next != nil || len(page.Items) != 1 || page.Items[0].Content != nil {
		t.Errorf("page = %+v", page)
	}
}

func TestList_refusesWhatItDoesNotKnow(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		d.fresh()
	}
	page, err := decode[listed](d.do(viewer, "GET /api/posts?limit=1&sort=title", ""))
	testkit.Must(t, err)
	next := *page.Next
	get := func(query string, status int, has ...string) scenario {
		return scenario{name: query, as: viewer, call: "GET /api/posts?" + query, status: status, has: has}
	}
	play(t, d, []scenario{
		get("limit=0", 422, `{"field":"limit","message":"Use a whole number from 1 to 100."}`),
		get("limit=101", 422, `"field":"limit"`),
		get("limit=x", 422, `"field":"limit"`),
		get("limit=9223372036854775808", 422, `"field":"limit"`),
		get("status=gone", 422, `"field":"status"`),
		get("sort=slug", 422, `"field":"sort"`),
		get("sort=title%3BDROP", 422, `"field":"sort"`),
		get("colour=red&limit=0", 422, `[{"field":"colour","message":"Not a known parameter`, `"field":"limit"`),
		get("q="+strings.Repeat("a", 201), 422, `"field":"q"`),
		get("q=%ff", 422, `"field":"q"`),
		get("category="+strings.Repeat("a", 101), 422, `"field":"category"`),
		get("after=rubbish", 422, `"field":"after"`),
		get("after="+next, 422, `"field":"after"`), // of another order
		get("after="+next+"A&sort=title", 422, `"field":"after"`),
		get("after="+next+"&sort=title", 200, `"items":[{`),
		get("q=%zz", 400, "cannot be read"),
		get("q=a;b", 400, "cannot be read"),
		{name: "categories", as: viewer, call: "GET /api/categories", status: 200, has: []string{`{"items":[]}`}},
		{name: "as nobody", call: "GET /api/posts", status: 401},
	})
}

func TestList_countsCategories(t *testing.T) {
	d := newDesk(t)
	for _, category := range []string{"Tech", "Food", "", "Tech"} {
		d.make(fmt.Sprintf(`{"title":"A","category":%q}`, category))
	}
	if a, want := d.do(viewer, "GET /api/categories", ""), `{"items":[{"name":"Food","count":1},{"name":"Tech","count":2}]}`; a.body != want {
		t.Errorf("got %s, want %s", a.body, want)
	}
}

func TestList_countsTagsAndAuthors(t *testing.T) {
	d := newDesk(t)
	d.make(`{"title":"A","tags":["ebb","Flow"]}`)
	d.make(`{"title":"B","tags":["ebb"],"authorName":"Max Brod"}`)
	for path, want := range map[string]string{
		"tags":    `{"items":[{"name":"Flow","count":1},{"name":"ebb","count":2}]}`,
		"authors": fmt.Sprintf(`{"items":[{"name":%q,"count":1},{"name":"Max Brod","count":1}]}`, d.users[editor].Name),
	} {
		if a := d.do(viewer, "GET /api/"+path, ""); a.body != want {
			t.Errorf("%s: got %s, want %s", path, a.body, want)
		}
	}
}

// TestList_deleted: a deleted post is listed with its deletion until it is restored from
// the version before it.
func TestList_deleted(t *testing.T) {
	d := newDesk(t)
	d.make(`{"title":"Kept"}`)
	id := d.make(`{"title":"Low tide","content":"Mussels.","tags":["ebb"],"category":"Sea","published":true}`)
	d.do(admin, fmt.Sprintf("DELETE /api/posts/%d", id), "")
	type item struct {
		ID, Version int64
		Published   bool
		LiveVersion *int64
		DeletedAt   *time.Time
		DeletedBy   *event.Actor
	}
	type deleted struct {
		Items []item
		Total *int64
		Next  *string
	}
	for query, want := range map[string]int{"": 1, "&q=muss": 1, "&tag=ebb": 1, "&category=Sea": 1, "&author=" + url.QueryEscape(d.users[editor].Name): 1, "&q=crab": 0, "&tag=flow": 0} {
		page, err := decode[deleted](d.do(viewer, "GET /api/posts?status=deleted"+query, ""))
		testkit.Must(t, err)
		if len(page.Items) != want || page.Total == nil || *page.Total != int64(want) || page.Next != nil {
			t.Errorf("%q: %+v", query, page)
		}
		for _, i := range page.Items {
			if i.ID != id || i.Version != 2 || i.Published || i.LiveVersion != nil || i.DeletedAt == nil || i.DeletedBy == nil || i.DeletedBy.ID != d.users[admin].ID {
				t.Errorf("%q: %+v", query, i)
			}
		}
	}
	if got := d.list(viewer, "/api/posts", "", 10); !slices.Equal(got, []string{"Kept"}) {
		t.Errorf("the others: %v", got)
	}
	if a := d.do(editor, fmt.Sprintf("POST /api/posts/%d/restore", id), `{"version":1}`); a.Code != 200 {
		t.Errorf("restoring: %d %s", a.Code, a.body)
	}
	if got := d.list(viewer, "/api/posts", "status=deleted", 10); len(got) != 0 {
		t.Errorf("after the restore: %v", got)
	}
}
