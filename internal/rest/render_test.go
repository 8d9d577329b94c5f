package rest_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

func asJSON(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	testkit.Must(t, err)
	return string(b)
}

func TestRender_answers(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "Markdown", as: viewer, call: "POST /api/render", body: `{"content":"**a** <sub>b</sub>"}`, status: 200,
			has: []string{"Cache-Control: no-store", `"html":"\u003cp\u003e\u003cstrong\u003ea\u003c/strong\u003e \u003csub\u003eb\u003c/sub\u003e\u003c/p\u003e\n"`}},
		{name: "nothing", as: editor, call: "POST /api/render", body: `{"content":""}`, status: 200, has: []string{`"html":""`}},
		{name: "signed out", call: "POST /api/render", body: `{"content":"a"}`, status: 401},
		{name: "no content", as: viewer, call: "POST /api/render", body: `{}`, status: 422, has: []string{`"field":"content"`}},
		{name: "null", as: viewer, call: "POST /api/render", body: `{"content":null}`, status: 422},
		{name: "a number", as: viewer, call: "POST /api/render", body: `{"content":1}`, status: 422},
		{name: "another field", as: viewer, call: "POST /api/render", body: `{"content":"a","title":"b"}`, status: 422},
		{name: "no object", as: viewer, call: "POST /api/render", body: `[]`, status: 400},
		{name: "too long", as: viewer, call: "POST /api/render", body: `{"content":"` + strings.Repeat("a", 250_001) + `"}`, status: 422, has: []string{"is 250001 bytes long"}},
		{name: "far too long", as: viewer, call: "POST /api/render", body: `{"content":"` + strings.Repeat("a", 3_000_000) + `"}`, status: 413},
		{name: "too deep", as: viewer, call: "POST /api/render", body: `{"content":"` + strings.Repeat("> ", 300) + `"}`, status: 422, has: []string{"nests its elements too deeply"}},
	})
}

// The same function makes both, whatever is in the text.
func TestRender_isThePublicHTML(t *testing.T) {
	d := newDesk(t)
	for i, markdown := range append(attacks, "|a|\n|:-:|\n|1|", "- [x] a", "a[^1]\n\n[^1]: b", "<center>a</center>\n\n```rust\na\n```") {
		content := asJSON(t, strings.ReplaceAll(markdown, "\x00", ""))
		d.make(fmt.Sprintf(`{"slug":"same-%d","title":"A","content":%s,"published":true}`, i, content))
		type page struct{ HTML string }
		public, err := decode[page](d.do(nobody, fmt.Sprintf("GET /api/public/posts/same-%d", i), ""))
		testkit.Must(t, err)
		preview, err := decode[page](d.do(viewer, "POST /api/render", `{"content":`+content+`}`))
		testkit.Must(t, err)
		if public != preview {
			t.Errorf("%q: public %q, preview %q", markdown, public.HTML, preview.HTML)
		}
	}
}

// A text over a bound is refused when it is saved, with the field and the reason.
func TestRender_boundsHoldAtSave(t *testing.T) {
	table := asJSON(t, strings.Repeat("|", 400)+"\n"+strings.Repeat("|-", 400)+"|\n"+strings.Repeat("|\n", 1000))
	quotes := asJSON(t, strings.Repeat("> ", 3000))
	play(t, newDesk(t), []scenario{
		{name: "new post", as: editor, call: "POST /api/posts", body: `{"title":"A","content":` + table + `}`, status: 422, has: []string{`"field":"content"`, "has a table of more than 50000 cells"}},
		{name: "edit", as: editor, call: "PATCH /api/posts/{id}", header: []string{`If-Match: "1"`}, body: `{"content":` + quotes + `}`, status: 422, has: []string{"nests its elements too deeply; at most 100 levels are allowed"}},
	})
}

func TestAPI_compressesLongAnswers(t *testing.T) {
	d := newDesk(t)
	id := d.make(fmt.Sprintf(`{"slug":"long","title":"Long","content":%s,"published":true}`, asJSON(t, strings.Repeat("word ", 2000))))
	d.make(`{"slug":"short","title":"Short","content":"a","published":true}`)
	for _, call := range []string{"GET /api/public/posts/long", fmt.Sprintf("GET /api/posts/%d", id)} {
		plain := d.do(viewer, call, "")
		a := d.raw(viewer, call, "", "Accept-Encoding: br, gzip")
		z, err := gzip.NewReader(strings.NewReader(a.body))
		testkit.Must(t, err)
		body, err := io.ReadAll(z)
		testkit.Must(t, err)
		if a.Header().Get("Content-Encoding") != "gzip" || string(body) != plain.body || len(a.body)*5 > len(body) {
			t.Errorf("%s: %d bytes of %d: %v", call, len(a.body), len(plain.body), a.Header())
		}
		if a.Header().Get("ETag") != plain.Header().Get("ETag") || !strings.Contains(strings.Join(plain.Header().Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: ETag %s and %s, Vary %v", call, a.Header().Get("ETag"), plain.Header().Get("ETag"), plain.Header().Values("Vary"))
		}
		if plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: compressed although nobody asked for it", call)
		}
	}
	short := d.raw(nobody, "GET /api/public/posts/short", "", "Accept-Encoding: gzip")
	if short.Header().Get("Content-Encoding") != "" || !strings.Contains(short.body, "Short") {
		t.Errorf("a short answer: %s", short.text())
	}
	same := d.raw(nobody, "GET /api/public/posts/long", "", "Accept-Encoding: gzip", "If-None-Match: "+fmt.Sprintf(`"%d-1"`, id))
	if same.Code != 304 || same.body != "" || same.Header().Get("Content-Encoding") != "" {
		t.Errorf("not modified: %d %s", same.Code, same.text())
	}
	patched := d.raw(editor, fmt.Sprintf("PATCH /api/posts/%d", id), `{"description":"`+strings.Repeat("d", 2000)+`"}`, "Accept-Encoding: gzip", `If-Match: "1"`)
	if patched.Code != 200 || patched.Header().Get("ETag") != `"2"` || patched.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("a change: %d %v", patched.Code, patched.Header())
	}
	missing := d.raw(nobody, "GET /api/public/posts/"+strings.Repeat("x", 1500), "", "Accept-Encoding: gzip")
	if missing.Code != 404 || missing.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a refusal: %d %v", missing.Code, missing.Header())
	}
}

// A post that was stored before there were bounds is answered with a problem, and again from memory.
func TestRender_storedTextOverABound(t *testing.T) {
	d := newDesk(t)
	id := d.make(`{"slug":"old","title":"Old","content":"a","published":true}`)
	stored := strings.Repeat("> ", 300)
	d.store.stored = &stored
	for range 2 {
		a := d.do(nobody, "GET /api/public/posts/old", "")
		if a.Code != 422 || !strings.Contains(a.body, "nests its elements too deeply") {
			t.Errorf("%d %s", a.Code, a.text())
		}
	}
	if a := d.do(nobody, "GET /api/public/posts/old", "", fmt.Sprintf(`If-None-Match: "%d-1"`, id)); a.Code != 304 {
		t.Errorf("not modified: status %d: it was rendered", a.Code)
	}
}
