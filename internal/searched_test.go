package internal_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/post"
)

// TestSearchedFields: the texts that a search reads, the documentation of the API and the dashboard
// have the fields of post.SearchedFields, and no other.
func TestSearchedFields(t *testing.T) {
	texts := map[string]any{"title": "a", "description": "b", "content": "c", "category": "d", "tags": []string{"e"}, "slug": "f", "authorName": "g", "authorPosition": "h", "blogImage": "i", "authorImage": "j"}
	document, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	p, err := post.Doc{ID: 1, JSON: document}.Decode()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, field := range post.SearchedFields {
		want = append(want, strings.Trim(fmt.Sprint(texts[field]), "[]"))
	}
	if got := p.SearchedTexts(); !slices.Equal(got, want) {
		t.Errorf("the searched texts are %q, want those of %v: %q", got, post.SearchedFields, want)
	}
	last := len(post.SearchedFields) - 1
	named := strings.Join(post.SearchedFields[:last], ", ") + " or " + post.SearchedFields[last]
	if text := strings.Join(strings.Fields(read(t, "../api/openapi.yaml")), " "); !strings.Contains(text, "has all of them in its "+named) {
		t.Errorf("api/openapi.yaml does not document that a search reads %s", named)
	}
	list := regexp.MustCompile(`const searched = \[(.*)\]`).FindStringSubmatch(read(t, "../web/src/features/posts/data/postList.ts"))
	if want := "'" + strings.Join(post.SearchedFields, "', '") + "'"; len(list) != 2 || list[1] != want {
		t.Errorf("the dashboard searches %q, want %s", list, want)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
