package rest_test

import (
	"strings"
	"testing"
)

func TestSchema_anybodyReadsAndCachesIt(t *testing.T) {
	d := newDesk(t)
	a := d.do(nobody, "GET /api/schemas/post-v1.json", "", "Origin: https://elsewhere.test")
	tag := a.Header().Get("ETag")
	for _, part := range []string{`"$schema":"https://json-schema.org/draft/2020-12/schema"`, `"$id":"` + origin + `/api/schemas/post-v1.json"`, `"$ref":"#/$defs/`} {
		if a.Code != 200 || !strings.Contains(a.body, part) {
			t.Errorf("status %d, and no %s in %s", a.Code, part, a.body)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "public, max-age=3600", "Content-Type": "application/json",
		"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a := d.do(nobody, "GET /api/schemas/post-v1.json", "", "If-None-Match: "+tag); a.Code != 304 || tag == "" {
		t.Errorf("status %d with the ETag %q", a.Code, tag)
	}
}

func TestSchema_unknownNames(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"post-v2.json", "post-v1", "Post", "%2e%2e%2fopenapi.json"} {
		a := d.do(nobody, "GET /api/schemas/"+path, "")
		if a.Code != 404 || a.Header().Get("Content-Type") != "application/problem+json" || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, %v", path, a.Code, a.Header())
		}
	}
}
