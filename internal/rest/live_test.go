package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// ahead publishes the post as version 2; version 3 then has a text that only editors see.
func ahead(d *desk, id int64) {
	d.Helper()
	published(d, id)
	d.draft(id, 2, `{"title":"Ahead","content":"Not yet."}`)
}

// draft is edit that readers do not see.
func (d *desk) draft(id, base int64, patch string) {
	d.Helper()
	p, err := post.ParsePatch([]byte(patch))
	testkit.Must(d, err)
	_, err = d.posts.Edit(d.Context(), d.actor(admin), id, base, p, post.EditOptions{KeepLive: true}, noKey)
	testkit.Must(d, err)
}

func TestLive_edit(t *testing.T) {
	v2 := []string{`If-Match: "2"`}
	play(t, newDesk(t), []scenario{
		{name: "at once", given: published, as: editor, call: "PATCH /api/posts/{id}", header: v2, body: `{"title":"New"}`, status: 200, events: one(event.Updated),
			has: []string{`"published":true,"liveVersion":3`, `"version":3`}},
		{name: "at once, in words", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=true", header: v2, body: `{"title":"New"}`, status: 200,
			events: one(event.Updated), has: []string{`"liveVersion":3`}},
		{name: "with all before it", given: ahead, as: editor, call: "PATCH /api/posts/{id}", header: []string{`If-Match: "3"`}, body: `{"category":"c"}`, status: 200,
			events: one(event.Updated), has: []string{`"liveVersion":4`, `"title":"Ahead"`}},
		{name: "for editors alone", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=false", header: v2, body: `{"title":"New"}`, status: 200,
			events: one(event.Updated), has: []string{`"published":true,"liveVersion":2`, `"version":3`, `"title":"New"`}},
		{name: "of a draft", as: editor, call: "PATCH /api/posts/{id}?publish=true", header: []string{`If-Match: "1"`}, body: `{"title":"New"}`, status: 200,
			events: one(event.Updated), has: []string{`"published":false,"liveVersion":null`}},
		{name: "saved automatically", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=false&autosave=true", header: v2, body: `{"title":"New"}`, status: 200,
			events: one(event.Updated), has: []string{`"liveVersion":2`}},
		{name: "an empty parameter", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=", header: v2, body: `{"title":"New"}`, status: 422,
			has: []string{`[{"field":"publish","message":"Use true or false."}]`}},
		{name: "a number", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=0", header: v2, body: `{"title":"New"}`, status: 422, has: []string{`"field":"publish"`}},
		{name: "capitals", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=False", header: v2, body: `{"title":"New"}`, status: 422, has: []string{`"field":"publish"`}},
		{name: "twice", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=false&publish=true", header: v2, body: `{"title":"New"}`, status: 422, has: []string{`"field":"publish"`}},
		{name: "both wrong", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=x&autosave=yes", header: v2, body: `{"title":"New"}`, status: 422,
			has: []string{`"field":"autosave"`, `"field":"publish"`}},
		{name: "another parameter", given: published, as: editor, call: "PATCH /api/posts/{id}?publsh=false", header: v2, body: `{"title":"New"}`, status: 422, has: []string{`"field":"publsh"`}},
		{name: "unreadable", given: published, as: editor, call: "PATCH /api/posts/{id}?publish=%zz", header: v2, body: `{"title":"New"}`, status: 400},
	})
}

func TestLive_publish(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "unpublished changes", given: ahead, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true}`, status: 200, events: one(event.Published),
			has: []string{`"published":true,"liveVersion":4`, `"version":4`, `"title":"Ahead"`}},
		{name: "the current version", given: ahead, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"version":3}`, status: 200, events: one(event.Published)},
		{name: "an older version", given: ahead, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"version":2}`, status: 412,
			has: []string{`"conflicts":["published"]`, `"version":3`}},
		{name: "a version of the future", given: ahead, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"version":9}`, status: 412},
		{name: "the same twice", given: published, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"version":1}`, status: 200, has: []string{`"version":2`}},
		{name: "nothing to hide", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":false}`, status: 200, has: []string{`"version":1`}},
		{name: "hide, and keep the text", given: ahead, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":false,"version":3}`, status: 200, events: one(event.Published),
			has: []string{`"published":false,"liveVersion":null`, `"title":"Ahead"`, `"content":"Not yet."`}},
		{name: "hide an older version", given: ahead, as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":false,"version":2}`, status: 412},
		{name: "version 0", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"version":0}`, status: 422, has: []string{`"field":"version"`}},
		{name: "no number", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"version":"1"}`, status: 422, has: []string{`"field":"version"`}},
		{name: "another version in If-Match", as: editor, call: "PUT /api/posts/{id}/publish", header: []string{`If-Match: "2"`}, body: `{"published":true,"version":1}`, status: 422,
			has: []string{`"field":"version"`, "If-Match"}},
	})
}

func TestLive_restore(t *testing.T) {
	unpublished := func(d *desk, id int64) {
		d.Helper()
		ahead(d, id)
		_, err := d.posts.Publish(d.Context(), d.actor(editor), id, 0, false, noKey)
		testkit.Must(d, err)
	}
	play(t, newDesk(t), []scenario{
		{name: "for readers, too", given: ahead, as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":1}`, status: 200, events: one(event.Updated),
			has: []string{`"published":true,"liveVersion":4`, `"content":"Some words."`}},
		{name: "for editors alone", given: ahead, as: editor, call: "POST /api/posts/{id}/restore?publish=false", body: `{"version":1}`, status: 200, events: one(event.Updated),
			has: []string{`"published":true,"liveVersion":2`, `"version":4`, `"content":"Some words."`}},
		{name: "a published text on a draft", given: unpublished, as: editor, call: "POST /api/posts/{id}/restore?publish=true", body: `{"version":2}`, status: 200, events: one(event.Updated),
			has: []string{`"published":false,"liveVersion":null`, `"content":"Some words."`}, hasNot: []string{`"publishedAt":null`}},
		{name: "the same text", given: ahead, as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":3}`, status: 200, has: []string{`"version":3`, `"liveVersion":2`}},
		{name: "autosave is not for it", as: editor, call: "POST /api/posts/{id}/restore?autosave=true", body: `{"version":1}`, status: 422, has: []string{`"field":"autosave"`}},
		{name: "no boolean", as: editor, call: "POST /api/posts/{id}/restore?publish=no", body: `{"version":1}`, status: 422, has: []string{`"field":"publish"`}},
		{name: "a deleted published post", given: func(d *desk, id int64) { ahead(d, id); deleted(d, id) }, as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":2}`,
			status: 200, events: one(event.Created), has: []string{`"published":false,"liveVersion":null`, `"version":5`}, hasNot: []string{`"publishedAt":null`}},
	})
}

// TestLive_readersSeeNothingElse: text that was saved with publish=false is in no public answer.
func TestLive_readersSeeNothingElse(t *testing.T) {
	d := newDesk(t)
	id := d.make(`{"title":"Shown","slug":"shown","content":"Seen.","published":true}`)
	for _, path := range []string{"", "/shown", "?q=seen"} {
		before := d.do(nobody, "GET /api/public/posts"+path, "")
		d.draft(id, d.post(id).Version, fmt.Sprintf(`{"slug":"%[1]s-slug","title":"%[1]s %[2]d","description":"%[1]s","content":"%[1]s","category":"%[1]s","tags":["%[1]s"],"authorName":"%[1]s"}`,
			draftWord, d.post(id).Version))
		after := d.do(nobody, "GET /api/public/posts"+path, "")
		if after.Code != 200 || after.body != before.body || after.Header().Get("ETag") != before.Header().Get("ETag") {
			t.Errorf("%s:\nbefore %s\nafter %d %s", path, before.body, after.Code, after.text())
		}
	}
	for path, status := range map[string]int{"?q=" + draftWord: 200, "?category=" + draftWord: 200, "/" + draftWord + "-slug": 404} {
		if a := d.do(nobody, "GET /api/public/posts"+path, ""); a.Code != status || strings.Contains(a.body, draftWord) {
			t.Errorf("%s: %d %s", path, a.Code, a.body)
		}
	}
	published(d, id)
	if a := d.do(nobody, "GET /api/public/posts/"+draftWord+"-slug", ""); a.Code != 200 || !strings.Contains(a.body, draftWord) {
		t.Errorf("after publishing: %d %s", a.Code, a.body)
	}
}

// TestLive_readersOutliveTheLog: the public answers do not change when all events are dropped.
func TestLive_readersOutliveTheLog(t *testing.T) {
	d := newDesk(t)
	id := d.fresh()
	ahead(d, id)
	paths := []string{"", "?q=some", "/fresh-1"}
	before := map[string]string{}
	for _, path := range paths {
		before[path] = d.do(nobody, "GET /api/public/posts"+path, "").body
	}
	d.forget()
	for _, path := range paths {
		if a := d.do(nobody, "GET /api/public/posts"+path, ""); a.Code != 200 || a.body != before[path] {
			t.Errorf("%s:\nbefore %s\nafter %d %s", path, before[path], a.Code, a.body)
		}
	}
}

func TestLive_oldSlugs(t *testing.T) {
	d := newDesk(t)
	id := d.make(`{"title":"A","slug":"häfen","published":true}`)
	d.edit(id, 1, `{"slug":"second"}`)
	d.edit(id, 2, `{"slug":"dritte-ö"}`)
	draft := d.make(`{"title":"Draft","slug":"draft","published":true}`)
	d.edit(draft, 1, `{"slug":"moved"}`)
	_, err := d.posts.Publish(d.Context(), d.actor(editor), draft, 0, false, noKey)
	testkit.Must(d, err)
	play(t, d, []scenario{
		{name: "the first", call: "GET /api/public/posts/h%C3%A4fen", status: 308,
			has: []string{"Location: /api/public/posts/dritte-%C3%B6\n", "Cache-Control: public, max-age=5", "Access-Control-Allow-Origin: *"}},
		{name: "the second", call: "GET /api/public/posts/second", status: 308, has: []string{"Location: /api/public/posts/dritte-%C3%B6\n"}},
		{name: "where it leads", call: "GET /api/public/posts/dritte-%C3%B6", status: 200, has: []string{`"slug":"dritte-ö"`}},
		{name: "of a post that is hidden", call: "GET /api/public/posts/draft", status: 404},
		{name: "of none", call: "GET /api/public/posts/none", status: 404},
	})
	d.make(`{"title":"Heir","slug":"second","published":true}`)
	if a := d.do(nobody, "GET /api/public/posts/second", ""); a.Code != 200 || !strings.Contains(a.body, "Heir") {
		t.Errorf("a slug that another post has now: %d %s", a.Code, a.body)
	}
}

// TestLive_eventsTellHowAVersionCame: REST shows the flags of events, and leaves those out
// that do not apply.
func TestLive_eventsTellHowAVersionCame(t *testing.T) {
	d := newDesk(t)
	published(d, d.fresh())
	for _, call := range []string{"PATCH /api/posts/1?publish=false&autosave=true", "PATCH /api/posts/1?publish=false&autosave=false"} {
		if a := d.do(editor, call, fmt.Sprintf(`{"title":"T%d"}`, d.head()), fmt.Sprintf(`If-Match: "%d"`, d.head())); a.Code != 200 {
			t.Fatal(a.text())
		}
	}
	if a := d.do(editor, "POST /api/posts/1/restore?publish=false", `{"version":1}`); a.Code != 200 {
		t.Fatal(a.text())
	}
	for _, path := range []string{"/api/events", "/api/posts/1/history"} {
		type flags struct {
			Autosave *bool
			Restored *int64
			Data     struct{ Version, LiveVersion int64 }
		}
		page, err := decode[struct{ Items []flags }](d.do(viewer, "GET "+path, ""))
		testkit.Must(t, err)
		for _, e := range page.Items {
			v := e.Data.Version
			if (e.Autosave != nil) != (v == 3) || (e.Restored != nil) != (v == 5) || e.Restored != nil && *e.Restored != 1 || v > 1 && e.Data.LiveVersion != 2 {
				t.Errorf("%s: %+v", path, e)
			}
		}
	}
}

func TestMerge_answers(t *testing.T) {
	const text = `one\ntwo\nthree`
	d := newDesk(t)
	id := d.make(`{"title":"T","content":"` + text + `","tags":["a"]}`)
	d.edit(id, 1, `{"content":"ONE\ntwo\nthree","tags":["b"],"title":"U"}`)
	v1 := []string{`If-Match: "1"`}
	play(t, d, []scenario{
		{name: "a conflict", as: editor, call: "PATCH /api/posts/1", header: v1, body: `{"content":"1\ntwo\nthree","title":"V"}`, status: 412,
			has: []string{`"conflicts":["content","title"]`, `"base":{"content":"` + text + `","title":"T"}`, `"current":{"id":1,`, `"title":"U"`}, hasNot: []string{"Wiredesk-Merged"}},
		{name: "a conflict and fields that merge", as: editor, call: "PATCH /api/posts/1", header: v1, body: `{"content":"one\ntwo\nTHREE","title":"V"}`, status: 412,
			has: []string{`"conflicts":["title"]`, `"base":{"title":"T"}`}},
		{name: "merged", as: editor, call: "PATCH /api/posts/1", header: append(v1, "Idempotency-Key: k"), body: `{"content":"one\ntwo\nTHREE","tags":["a","c"]}`, status: 200,
			has: []string{"Wiredesk-Merged: content,tags\n", `"content":"ONE\ntwo\nTHREE"`, `"tags":["b","c"]`, `"title":"U"`}, events: one(event.Updated)},
		{name: "merged, sent again", as: editor, call: "PATCH /api/posts/1", header: append(v1, "Idempotency-Key: k"), body: `{"content":"one\ntwo\nTHREE","tags":["a","c"]}`, status: 200,
			has: []string{"Wiredesk-Merged: content,tags\n", "Idempotency-Replayed: true", `"version":3`}},
		{name: "the key with another query", as: editor, call: "PATCH /api/posts/1?publish=false", header: append(v1, "Idempotency-Key: k"), body: `{"content":"one\ntwo\nTHREE","tags":["a","c"]}`,
			status: 422, has: []string{"Idempotency-Key"}},
		{name: "nothing of others", as: editor, call: "PATCH /api/posts/1", header: v1, body: `{"category":"c"}`, status: 200, hasNot: []string{"Wiredesk-Merged"}, events: one(event.Updated)},
	})
	d.edit(id, 4, `{"title":"W"}`)
	d.forget()
	play(t, d, []scenario{{name: "a base that the log no longer has", as: editor, call: "PATCH /api/posts/1", header: []string{`If-Match: "4"`}, body: `{"title":"X"}`, status: 412,
		has: []string{`"conflicts":["title"]`}, hasNot: []string{`"base"`}}})
}

func (d *desk) post(id int64) post.Post {
	d.Helper()
	doc, err := d.posts.Get(d.Context(), d.actor(viewer), id)
	testkit.Must(d, err)
	p, err := doc.Decode()
	testkit.Must(d, err)
	return p
}
