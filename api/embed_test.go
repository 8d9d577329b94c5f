package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/wiredesk/wiredesk/api"
)

// router loads the document and checks that it is valid in itself, examples included.
func router(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	r, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// check validates one answer of a call against the document.
func check(t *testing.T, r routers.Router, call string, status int, header http.Header, body string) error {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	req := httptest.NewRequest(method, path, nil)
	route, params, err := r.FindRoute(req)
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 status,
		Header:                 header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	}
	return openapi3filter.ValidateResponse(t.Context(), input.SetBodyBytes([]byte(body)))
}

const summary = `"id":42,"slug":"hello","title":"Hello","description":"","category":"","tags":["a"],"readTime":1,
	"authorName":"","authorPosition":"","authorImage":"","blogImage":"/a.png","published":false,"liveVersion":null,"publishedAt":null,"version":1,
	"createdAt":"2026-11-23T10:00:00Z","updatedAt":"2026-11-23T10:00:00Z"`

const authorship = `,"createdBy":{"id":3,"name":"Ana"},"updatedBy":{"id":3,"name":"Ana"}`

const post = `{` + summary + authorship + `,"content":"# Hello"}`

func TestOpenAPI_acceptsAndRefusesAnswers(t *testing.T) {
	event := func(kind, data string) string {
		return `{"type":"` + kind + `","seq":1,"id":"8f14e45f-ceea-467f-9575-7d5a7d1f8b1e","time":"2026-11-23T10:00:00Z",
			"actor":{"id":3,"name":"Ana"},"changed":[],"data":` + data + `}`
	}
	deleted := `{"id":42,"slug":"hello","version":2}`
	problem := `"type":"about:blank","title":"T","status":412,"detail":"D","requestId":"r"`
	list := func(items string) string { return `{"items":[` + items + `],"next":null}` }
	get, ok, no := "GET /api/posts/42", true, false

	for name, c := range map[string]struct {
		call   string
		status int
		body   string
		valid  bool
	}{
		"post":                         {get, 200, post, ok},
		"post with a date":             {get, 200, strings.Replace(post, `"publishedAt":null`, `"publishedAt":"2026-11-23T10:00:00Z"`, 1), ok},
		"post with a bad date":         {get, 200, strings.Replace(post, `"publishedAt":null`, `"publishedAt":"today"`, 1), no},
		"post without title":           {get, 200, strings.Replace(post, `"title":"Hello",`, ``, 1), no},
		"post with an unknown field":   {get, 200, strings.Replace(post, `{"id":42`, `{"x":1,"id":42`, 1), no},
		"post with null tags":          {get, 200, strings.Replace(post, `["a"]`, `null`, 1), no},
		"post with a null slug":        {get, 200, strings.Replace(post, `"hello"`, `null`, 1), no},
		"summary where a post belongs": {get, 200, `{` + summary + authorship + `}`, no},
		"unknown status":               {get, 418, post, no},
		"conflict":                     {"PATCH /api/posts/42", 412, `{` + problem + `,"current":` + post + `,"conflicts":["title"]}`, ok},
		"conflict without current":     {"PATCH /api/posts/42", 412, `{` + problem + `,"conflicts":["title"]}`, no},
		"history": {get + "/history", 200,
			list(event("blog-created", post) + "," + event("blog-deleted", deleted)), ok},
		"deleted event with a post":      {get + "/history", 200, list(event("blog-deleted", post)), no},
		"updated event with a remainder": {get + "/history", 200, list(event("blog-updated", deleted)), no},
		"unknown event":                  {get + "/history", 200, list(event("blog-moved", post)), no},
		"public list":                    {"GET /api/public/posts", 200, list(`{` + summary + `}`), ok},
		"public list with its authors":   {"GET /api/public/posts", 200, list(`{` + summary + authorship + `}`), no},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{
				"Content-Type": {"application/json; charset=utf-8"}, "Etag": {`"1"`}, "Cache-Control": {"no-cache"},
			}
			if c.status == 412 {
				header.Set("Content-Type", "application/problem+json")
			}
			err := check(t, router(t), c.call, c.status, header, c.body)
			if (err == nil) != c.valid {
				t.Errorf("valid = %v, want %v: %v", err == nil, c.valid, err)
			}
		})
	}
}

func TestOpenAPI_refusesAMissingOrMisshapenETag(t *testing.T) {
	for _, etag := range []string{"", "1", `"0"`, `"x"`} {
		header := http.Header{"Content-Type": {"application/json"}}
		if etag != "" {
			header.Set("ETag", etag)
		}
		if check(t, router(t), "GET /api/posts/42", 200, header, post) == nil {
			t.Errorf("the ETag %q was accepted", etag)
		}
	}
}

// A reference to a schema that was not adopted would make the served document
// useless without the other files.
func TestAsyncAPI_isCompleteInItself(t *testing.T) {
	var doc struct {
		Components map[string]map[string]any
	}
	if err := json.Unmarshal(api.AsyncAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	refs := regexp.MustCompile(`"\$ref":"([^"]+)"`).FindAllSubmatch(api.AsyncAPI(), -1)
	if len(refs) < 50 {
		t.Errorf("%d references; the document cannot be whole", len(refs))
	}
	for _, ref := range refs {
		var kind, name string
		if bytes.HasPrefix(ref[1], []byte("#/channels/")) || bytes.HasPrefix(ref[1], []byte("#/servers/")) {
			continue
		}
		path := strings.ReplaceAll(string(ref[1]), "/", " ")
		if _, err := fmt.Sscanf(path, "# components %s %s", &kind, &name); err != nil || doc.Components[kind][name] == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	for _, union := range []string{"Event", "ServerFrame"} {
		if doc.Components["schemas"][union] != nil {
			t.Errorf("%s is there, though nothing refers to it", union)
		}
	}
}
