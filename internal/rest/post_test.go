package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/rest"
)

var noKey = post.Request{}

func one(t event.Type) []event.Type { return []event.Type{t} }

func TestPosts_create(t *testing.T) {
	all := `{"slug":"all-of-it","title":" Héllo ","description":"D","content":"# C\n","category":"News","tags":["a","b","a"],"readTime":7,
		"authorName":"Ana","authorPosition":"Editor","authorImage":"https://img.test/a.png","blogImage":"/b.png","published":true}`
	content := strings.Repeat("é", 125_000)
	play(t, newDesk(t), []scenario{
		{name: "title only", as: editor, call: "POST /api/posts", body: `{"title":"Hello, World!"}`, status: 201, events: one(event.Created),
			has: []string{`"slug":"hello-world"`, `"version":1`, `"published":false`, `"publishedAt":null`, `"tags":[]`, `"readTime":1`,
				`Etag: "1"`, "Location: /api/posts/1\n", "Cache-Control: no-store", `"createdBy":{"id":2,"name":"An editor"}`}},
		{name: "every field", as: admin, call: "POST /api/posts", body: all, status: 201, events: one(event.Created),
			has:    []string{`"slug":"all-of-it"`, `"title":"Héllo"`, `"tags":["a","b"]`, `"readTime":7`, `"published":true`, `"content":"# C\n"`},
			hasNot: []string{`"publishedAt":null`}},
		{name: "nulls are absent", as: editor, call: "POST /api/posts", status: 201, events: one(event.Created),
			body: `{"title":"Nulls","slug":null,"description":null,"content":null,"category":null,"tags":null,"readTime":null,"authorName":null,
				"authorPosition":null,"authorImage":null,"blogImage":null}`, has: []string{`"slug":"nulls"`, `"tags":[]`}},
		{name: "the slug of a title that is taken", as: editor, call: "POST /api/posts", body: `{"title":"Hello world"}`, status: 201,
			has: []string{`"slug":"hello-world-2"`}, events: one(event.Created)},
		{name: "a slug that is taken", as: editor, call: "POST /api/posts", body: `{"title":"X","slug":"{slug}"}`, status: 422,
			has: []string{`"errors":[{"field":"slug","message":"This slug is already used by \"`}},
		{name: "the longest content", as: editor, call: "POST /api/posts", body: `{"title":"Long","content":"` + content + `"}`, status: 201, events: one(event.Created)},
		{name: "content too long", as: editor, call: "POST /api/posts", body: `{"title":"Long","content":"` + content + `a"}`, status: 422,
			has: []string{`"field":"content"`, "250000 bytes; this has 250001"}},
		{name: "body too large", as: editor, call: "POST /api/posts", body: `{"title":"` + strings.Repeat("a", 2<<20) + `"}`, status: 413, has: []string{"2097152 bytes"}},
		{name: "every broken field", as: editor, call: "POST /api/posts", status: 422,
			body: `{"title":"","slug":"A b","category":7,"tags":"a","readTime":0,"published":"yes","authorImage":"javascript:alert(1)","id":5,"createdBy":{}}`,
			has: []string{`"field":"title"`, `"field":"slug"`, `"field":"category"`, `"field":"tags"`, `"field":"readTime"`, `"field":"published"`,
				`"field":"authorImage"`, `"field":"id"`, `"field":"createdBy"`}},
		{name: "no title", as: editor, call: "POST /api/posts", body: `{}`, status: 422, has: []string{`[{"field":"title","message":"Enter a title."}]`}},
		{name: "broken JSON", as: editor, call: "POST /api/posts", body: `{"title":`, status: 400},
		{name: "two values", as: editor, call: "POST /api/posts", body: `{"title":"a"}{}`, status: 400},
		{name: "no body", as: editor, call: "POST /api/posts", status: 400},
		{name: "a list", as: editor, call: "POST /api/posts", body: `[]`, status: 400},
		{name: "null", as: editor, call: "POST /api/posts", body: `null`, status: 400},
		{name: "invalid UTF-8", as: editor, call: "POST /api/posts", body: "{\"title\":\"\xff\"}", status: 400, has: []string{"UTF-8"}},
		{name: "as a viewer", as: viewer, call: "POST /api/posts", body: `not even JSON`, status: 403, has: []string{"editor"}},
		{name: "as nobody", call: "POST /api/posts", body: `{"title":"a"}`, status: 401, has: []string{`Www-Authenticate: Bearer realm="wiredesk"`}},
	})
}

func TestPosts_edit(t *testing.T) {
	v1 := []string{`If-Match: "1"`}
	play(t, newDesk(t), []scenario{
		{name: "one field", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"New"}`, status: 200, events: one(event.Updated),
			has: []string{`"title":"New"`, `"version":2`, `Etag: "2"`, `"slug":"{slug}"`}},
		{name: "as a merge patch", as: editor, call: "PATCH /api/posts/{id}", header: []string{`If-Match: "1"`, "Content-Type: application/merge-patch+json"},
			body: `{"category":"News"}`, status: 200, has: []string{`"category":"News"`}, events: one(event.Updated)},
		{name: "null empties", as: editor, call: "PATCH /api/posts/{id}", header: v1, status: 200, events: one(event.Updated),
			body: `{"description":null,"content":null,"category":null,"tags":null,"readTime":null,"authorName":null,"authorPosition":null,"authorImage":null,"blogImage":null}`,
			has:  []string{`"content":""`, `"version":2`}},
		{name: "null where it cannot be", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":null}`, status: 422,
			has: []string{`"field":"title"`, `Enter a title.`}},
		{name: "nothing", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{}`, status: 200, has: []string{`"version":1`}},
		{name: "what it is already", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"content":"Some words."}`, status: 200, has: []string{`"version":1`}},
		{name: "published", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"published":true}`, status: 422,
			has: []string{`"field":"published"`, "use PUT /api/posts/"}},
		{name: "an unknown field", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"colour":"red"}`, status: 422, has: []string{`"field":"colour"`}},
		{name: "other field changed meanwhile", given: retitled, as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"category":"Mine"}`, status: 200,
			has: []string{`"title":"Theirs"`, `"category":"Mine"`, `"version":3`}, events: one(event.Updated)},
		{name: "the same field changed meanwhile", given: retitled, as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"Mine","category":"Mine"}`, status: 412,
			has: []string{`"conflicts":["title"]`, `"current":{"id":{id},`, `"title":"Theirs"`, `"version":2`}},
		{name: "the same value meanwhile", given: retitled, as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"Theirs"}`, status: 200, has: []string{`"version":2`}},
		{name: "a version of the future", as: editor, call: "PATCH /api/posts/{id}", header: []string{`If-Match: "9"`}, body: `{"title":"Mine"}`, status: 412,
			has: []string{`"conflicts":["title"]`}},
		{name: "no If-Match", as: editor, call: "PATCH /api/posts/{id}", body: `{"title":"Mine"}`, status: 428, has: []string{"If-Match"}},
		{name: "broken JSON", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{`, status: 400},
		{name: "too large", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: strings.Repeat(" ", 2<<20+1), status: 413},
		{name: "deleted", given: deleted, as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"Mine"}`, status: 404},
		{name: "as a viewer", as: viewer, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"Mine"}`, status: 403},
		{name: "as nobody", call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"Mine"}`, status: 401},
	})
}

func TestPosts_ifMatchTakesEachFormOfAVersion(t *testing.T) {
	for tag, status := range map[string]int{`"1"`: 200, `W/"1"`: 200, `*`: 200, `"2"`: 412, `W/"2"`: 412} {
		d := newDesk(t)
		for call, body := range map[string]string{"PATCH /api/posts/%d": `{"title":"Mine"}`, "PUT /api/posts/%d/publish": `{"published":true}`, "DELETE /api/posts/%d": ``} {
			want := status
			if call[0] == 'D' && status == 200 {
				want = 204
			}
			if a := d.do(editor, fmt.Sprintf(call, d.fresh()), body, "If-Match: "+tag); a.Code != want {
				t.Errorf("%s with If-Match: %s: status %d, want %d\n%s", call, tag, a.Code, want, a.Body)
			}
		}
	}
	d := newDesk(t)
	id := d.fresh()
	d.do(editor, fmt.Sprintf("PATCH /api/posts/%d", id), `{"title":"Theirs"}`, `If-Match: "1"`)
	if a := d.do(editor, fmt.Sprintf("PATCH /api/posts/%d", id), `{"title":"Mine"}`, "If-Match: *"); a.Code != 200 {
		t.Errorf("* on a later version: status %d", a.Code)
	}
	if a := d.do(editor, "PATCH /api/posts/99", `{"title":"Mine"}`, "If-Match: *"); a.Code != 404 {
		t.Errorf("* without a post: status %d", a.Code)
	}
}

func TestPosts_ifMatchIsOneVersion(t *testing.T) {
	d := newDesk(t)
	for _, tag := range []string{`1`, `"0"`, `"01"`, `"-1"`, `"x"`, `**`, `w/"1"`, `W/1`, `W/ "1"`, `"1-gzip"`, `"1", "2"`, `*, "1"`, `"1`, `""`, `"99999999999999999999"`} {
		for _, call := range []string{"PATCH /api/posts/%d", "DELETE /api/posts/%d", "PUT /api/posts/%d/publish"} {
			if a := d.do(editor, fmt.Sprintf(call, d.fresh()), `{"published":true}`, "If-Match: "+tag); a.Code != 400 {
				t.Errorf("%s with If-Match: %s: status %d, want 400", call, tag, a.Code)
			}
		}
	}
}

func TestPosts_publish(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "a draft", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true}`, status: 200, events: one(event.Published),
			has: []string{`"published":true`, `"version":2`, `Etag: "2"`}, hasNot: []string{`"publishedAt":null`}},
		{name: "take back", given: published, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":false}`, status: 200, events: one(event.Published),
			has: []string{`"published":false`, `"version":3`}, hasNot: []string{`"publishedAt":null`}},
		{name: "again", given: published, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true}`, status: 200, has: []string{`"version":2`}},
		{name: "the current version", as: editor, call: "PUT /api/posts/{id}/publish", header: []string{`If-Match: "1"`}, body: `{"published":true}`, status: 200,
			events: one(event.Published)},
		{name: "an older version", given: retitled, as: editor, call: "PUT /api/posts/{id}/publish", header: []string{`If-Match: "1"`}, body: `{"published":true}`,
			status: 412, has: []string{`"conflicts":["published"]`, `"title":"Theirs"`}},
		{name: "without a value", as: editor, call: "PUT /api/posts/{id}/publish", body: `{}`, status: 422, has: []string{`{"field":"published","message":"Enter a value."}`}},
		{name: "null", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":null}`, status: 422},
		{name: "a string", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":"true"}`, status: 422, has: []string{"Use true or false."}},
		{name: "an unknown field", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"x":1}`, status: 422, has: []string{`"field":"x"`}},
		{name: "a list", as: editor, call: "PUT /api/posts/{id}/publish", body: `[true]`, status: 400},
		{name: "too many brackets", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true}}`, status: 400},
		{name: "too large", as: editor, call: "PUT /api/posts/{id}/publish", body: strings.Repeat(" ", 2<<20+1), status: 413},
		{name: "no such post", as: editor, call: "PUT /api/posts/999/publish", body: `{"published":true}`, status: 404},
		{name: "as a viewer", as: viewer, call: "PUT /api/posts/{id}/publish", body: `{"published":true}`, status: 403},
		{name: "as nobody", call: "PUT /api/posts/{id}/publish", body: `{"published":true}`, status: 401},
	})
}

func TestPosts_getAndDelete(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "get", as: viewer, call: "GET /api/posts/{id}", status: 200, has: []string{`"id":{id},`, `"content":"Some words."`, `Etag: "1"`}},
		{name: "get no such post", as: viewer, call: "GET /api/posts/999", status: 404, has: []string{"There is no such post."}},
		{name: "get no number", as: viewer, call: "GET /api/posts/abc", status: 404, has: []string{"There is no such post."}},
		{name: "get zero", as: viewer, call: "GET /api/posts/0", status: 404},
		{name: "get a number too large", as: viewer, call: "GET /api/posts/99999999999999999999", status: 404},
		{name: "get as nobody", call: "GET /api/posts/{id}", status: 401},
		{name: "delete", as: editor, call: "DELETE /api/posts/{id}", status: 204, events: one(event.Deleted)},
		{name: "delete twice", given: deleted, as: editor, call: "DELETE /api/posts/{id}", status: 404},
		{name: "get a deleted one", given: deleted, as: viewer, call: "GET /api/posts/{id}", status: 404},
		{name: "delete the current version", as: editor, call: "DELETE /api/posts/{id}", header: []string{`If-Match: "1"`}, status: 204, events: one(event.Deleted)},
		{name: "delete an older version", given: retitled, as: editor, call: "DELETE /api/posts/{id}", header: []string{`If-Match: "1"`}, status: 412,
			has: []string{`"conflicts":[]`, `"title":"Theirs"`}},
		{name: "delete as a viewer", as: viewer, call: "DELETE /api/posts/{id}", status: 403},
		{name: "delete as nobody", call: "DELETE /api/posts/{id}", status: 401},
	})
}

func TestPosts_restore(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "an earlier version", given: retitled, as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":1}`, status: 200, events: one(event.Updated),
			has: []string{`"title":"Fresh `, `"version":3`, `Etag: "3"`}},
		{name: "the current version", as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":1}`, status: 200, has: []string{`"version":1`}},
		{name: "a deleted post", given: deleted, as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":1}`, status: 200, events: one(event.Created),
			has: []string{`"title":"Fresh `, `"version":3`, `"slug":"{slug}"`}},
		{name: "the deletion itself", given: deleted, as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":2}`, status: 422, has: []string{`"field":"version"`}},
		{name: "a version that never was", as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":9}`, status: 404},
		{name: "version 0", as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":0}`, status: 422},
		{name: "a fraction", as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":1.5}`, status: 422, has: []string{"Use a whole number"}},
		{name: "without a version", as: editor, call: "POST /api/posts/{id}/restore", body: `{}`, status: 422},
		{name: "no such post", as: editor, call: "POST /api/posts/999/restore", body: `{"version":1}`, status: 404},
		{name: "broken JSON", as: editor, call: "POST /api/posts/{id}/restore", body: `version`, status: 400},
		{name: "as a viewer", as: viewer, call: "POST /api/posts/{id}/restore", body: `{"version":1}`, status: 403},
		{name: "as nobody", call: "POST /api/posts/{id}/restore", body: `{"version":1}`, status: 401},
	})
}

func TestPosts_idempotencyKey(t *testing.T) {
	for _, c := range []struct {
		call, body, other string
		header            string
		status            int
		event             event.Type
	}{
		{"POST /api/posts", `{"title":"Once"}`, `{"title":"Other"}`, "X: y", 201, event.Created},
		{"PATCH /api/posts/{id}", `{"title":"Once"}`, `{"title":"Other"}`, `If-Match: "1"`, 200, event.Updated},
		{"PUT /api/posts/{id}/publish", `{"published":true}`, `{"published":false}`, "X: y", 200, event.Published},
		{"POST /api/posts/{id}/restore", `{"version":1}`, `{"version":2}`, "X: y", 200, event.Updated},
		{"DELETE /api/posts/{id}", ``, ` `, "X: y", 204, event.Deleted},
	} {
		t.Run(c.call, func(t *testing.T) {
			d := newDesk(t)
			id := d.fresh()
			if strings.HasSuffix(c.call, "restore") {
				retitled(d, id)
			}
			call, head := strings.ReplaceAll(c.call, "{id}", fmt.Sprint(id)), d.head()
			send := func(as, body string) answer {
				return d.do(d.users[editor].Role, call, body, c.header, "Idempotency-Key: "+as)
			}
			first, again := send("k1", c.body), send("k1", c.body)
			if first.Code != c.status || again.Code != c.status || first.body != again.body {
				t.Errorf("first %d %s\nagain %d %s", first.Code, first.body, again.Code, again.body)
			}
			if first.Header().Get("Idempotency-Replayed") != "" || again.Header().Get("Idempotency-Replayed") != "true" {
				t.Errorf("replayed: first %v, again %v", first.Header(), again.Header())
			}
			for _, name := range []string{"ETag", "Location"} {
				if first.Header().Get(name) != again.Header().Get(name) {
					t.Errorf("%s: first %q, again %q", name, first.Header().Get(name), again.Header().Get(name))
				}
			}
			if a := send("k1", c.other); a.Code != 422 || !strings.Contains(a.body, "Idempotency-Key") {
				t.Errorf("the key with another request: %d %s", a.Code, a.body)
			}
			if a := d.do(editor, "POST /api/posts", `{"title":"Elsewhere"}`, "Idempotency-Key: k1"); c.status != 201 && a.Code != 422 {
				t.Errorf("the key at another place: %d %s", a.Code, a.body)
			}
			if diff := cmp.Diff(one(c.event), d.eventsAfter(head)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if a := d.do(admin, call, c.body, c.header, "Idempotency-Key: k1"); a.Header().Get("Idempotency-Replayed") != "" {
				t.Error("a key of one user answered for another")
			}
		})
	}
}

func TestPosts_idempotencyKeyIsForOnePost(t *testing.T) {
	d := newDesk(t)
	for _, id := range []int64{d.fresh(), d.fresh()} {
		want := map[int64]int{1: 200, 2: 422}[id]
		if a := d.do(editor, fmt.Sprintf("PATCH /api/posts/%d", id), `{"title":"Once"}`, `If-Match: "1"`, "Idempotency-Key: k1"); a.Code != want {
			t.Errorf("post %d: status %d, want %d", id, a.Code, want)
		}
	}
}

func TestPosts_idempotencyKeyIsVisibleASCII(t *testing.T) {
	d := newDesk(t)
	for key, status := range map[string]int{
		strings.Repeat("k", 200): http.StatusCreated, "!~": http.StatusCreated,
		strings.Repeat("k", 201): http.StatusBadRequest, "a b": http.StatusBadRequest, "é": http.StatusBadRequest, "\x7f": http.StatusBadRequest,
	} {
		if a := d.do(editor, "POST /api/posts", `{"title":"Key"}`, "Idempotency-Key: "+key); a.Code != status {
			t.Errorf("key %q: status %d, want %d", key, a.Code, status)
		}
	}
}

// What one account adds to the log is bounded; others, and reading, are not touched.
func TestPosts_writeBudget(t *testing.T) {
	d := newDesk(t, func(cfg *rest.Config) { cfg.WrittenPerHour = 4_000 })
	body := func(title string) string {
		return `{"title":"` + title + `","content":"` + strings.Repeat("a", 1_500) + `"}`
	}
	statuses := []int{}
	for i := range 4 {
		statuses = append(statuses, d.do(editor, "POST /api/posts", body(fmt.Sprint("post ", i)), fmt.Sprint("Idempotency-Key: ", i)).Code)
	}
	if !slices.Equal(statuses, []int{201, 201, 429, 429}) {
		t.Errorf("statuses %v", statuses)
	}
	a := d.do(editor, "DELETE /api/posts/1", "")
	if wait, err := strconv.Atoi(a.Header().Get("Retry-After")); a.Code != 429 || err != nil || wait < 300 || wait > 1_800 || !strings.Contains(a.Body.String(), "has written more than is allowed within an hour") {
		t.Errorf("status %d, Retry-After %q: %s", a.Code, a.Header().Get("Retry-After"), a.Body)
	}
	if a := d.do(editor, "GET /api/posts", ""); a.Code != 200 {
		t.Errorf("reading: %d", a.Code)
	}
	if a := d.do(editor, "POST /api/posts", body("post 1"), "Idempotency-Key: 1"); a.Code != 201 || a.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the change that used the budget up, sent again: %d", a.Code)
	}
	if a := d.do(admin, "POST /api/posts", body("another")); a.Code != 201 {
		t.Errorf("another account: %d", a.Code)
	}
}
