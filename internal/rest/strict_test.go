package rest_test

import (
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
)

func TestBodies_areReadStrictly(t *testing.T) {
	d := newDesk(t)
	v1 := []string{`If-Match: "1"`}
	play(t, d, []scenario{
		{name: "another case", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"PUBLISHED":true}`, status: 422, has: []string{`"field":"PUBLISHED"`}},
		{name: "both cases", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"Published":false}`, status: 422, has: []string{`"field":"Published"`}},
		{name: "a name twice", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":true,"published":true}`, status: 422, has: []string{`{"field":"published","message":"Give this field once."}`}},
		{name: "a new post with a name twice", as: editor, call: "POST /api/posts", body: `{"title":"first","title":"second"}`, status: 422, has: []string{`"field":"title"`}},
		{name: "a new post with another case", as: editor, call: "POST /api/posts", body: `{"title":"a","Content":"b"}`, status: 422, has: []string{`"field":"Content"`}},
		{name: "half an emoji in a title", as: editor, call: "POST /api/posts", body: `{"title":"cut \ud83d"}`, status: 422, has: []string{`"field":"title"`, "surrogate"}},
		{name: "half an emoji in a content", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"content":"\ude00 cut"}`, status: 422, has: []string{`"field":"content"`}},
		{name: "half an emoji in a tag", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"tags":["a","\ud83d"]}`, status: 422, has: []string{`"field":"tags"`}},
		{name: "a whole emoji", as: editor, call: "PATCH /api/posts/{id}", header: v1, body: `{"title":"whole \ud83d\ude00"}`, status: 200, has: []string{"whole 😀"}, events: []event.Type{event.Updated}},
		{name: "half an emoji to render", as: editor, call: "POST /api/render", body: `{"content":"\ud83d"}`, status: 422, has: []string{`"field":"content"`}},
		{name: "a sign-in in capitals", call: "POST /api/auth/login", body: `{"EMAIL":"a@example.org","PASSWORD":"b"}`, status: 422, has: []string{`"field":"EMAIL"`, `"field":"PASSWORD"`}},
		{name: "a user with a name twice", as: admin, call: "POST /api/users", body: `{"email":"x@example.org","email":"y@example.org"}`, status: 422, has: []string{`"field":"email"`}},
		{name: "a restore with two versions", as: editor, call: "POST /api/posts/{id}/restore", body: `{"version":1,"version":2}`, status: 422, has: []string{`"field":"version"`}},
		{name: "all that is wrong at once", as: editor, call: "PUT /api/posts/{id}/publish", body: `{"published":"yes","version":"1","more":0}`, status: 422, has: []string{`"field":"published"`, `"field":"version"`, `"field":"more"`}},
	})
}
