package rest

import (
	"net/http"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/strictjson"
)

// renderMarkdown answers with the HTML that readers of the public API would get.
func (s *server) renderMarkdown(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	if err := by.Require(auth.Viewer); err != nil {
		return err
	}
	body, err := readBody(w, r, maxPostBody)
	if err != nil {
		return err
	}
	var in struct {
		Content *string `json:"content"`
	}
	if err := strictjson.Decode(body, &in); err != nil {
		return err
	}
	if err := required(in.Content == nil, "content"); err != nil {
		return err
	}
	html, err := s.render.Text(r.Context(), *in.Content)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		HTML string `json:"html"`
	}{html})
}

// contentOf returns a function that reads the content out of a post's document.
func contentOf(doc post.Doc) func() (string, error) {
	return func() (string, error) {
		whole, err := doc.Decode()
		return whole.Content, err
	}
}
