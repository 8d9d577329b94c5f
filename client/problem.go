package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Problem is an error answer of the server (RFC 9457). Use errors.As with a *Problem.
type Problem struct {
	Status    int          `json:"status"` // the HTTP status
	Title     string       `json:"title"`
	Detail    string       `json:"detail"` // for people
	RequestID string       `json:"requestId"`
	Errors    []FieldError `json:"errors"` // 422: at least one for each bad field

	// Status 412 of Patch: what could not be merged.
	Current   json.RawMessage            `json:"current"`   // the post as it is now; see CurrentPost
	Base      map[string]json.RawMessage `json:"base"`      // the conflicting fields at the version of the request; may be nil
	Conflicts []string                   `json:"conflicts"` // the fields that both sides changed

	RetryAfter time.Duration `json:"-"` // when to send the request again; 0: not given

	request string
}

// FieldError is why the server refused one field.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error returns the request, the status, and the reasons of the server.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%s: %d %s", p.request, p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	for _, e := range p.Errors {
		text += " " + e.Field + ": " + e.Message + "."
	}
	return text
}

// CurrentPost decodes the current post of an answer with Status 412.
func (p *Problem) CurrentPost() (Post, error) {
	var current Post
	if err := json.Unmarshal(p.Current, &current); err != nil {
		return Post{}, fmt.Errorf("decoding the current post: %w", err)
	}
	return current, nil
}

// readProblem reads an error answer, which may also be a proxy's: then it has no JSON.
func readProblem(request string, res *http.Response) *Problem {
	const maxBytes = 1 << 20
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBytes))
	if err != nil || json.Unmarshal(body, p) != nil {
		p = &Problem{Title: http.StatusText(res.StatusCode)}
	}
	p.Status, p.request = res.StatusCode, request
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		p.RetryAfter = time.Duration(s) * time.Second
	}
	return p
}
