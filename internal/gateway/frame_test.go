package gateway

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzMessage: a message is refused, or of one of the four forms and within the bounds.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"ping"}`, `{"type":"auth","token":"t"}`, `{"type":"unfollow","postId":1}`,
		`{"type":"follow","postId":1,"state":"editing","field":"content","line":3}`, `{"TYPE":"ping"}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := parse(payload)
		if err != nil {
			return
		}
		var members map[string]any
		if json.Unmarshal(payload, &members) != nil || members["type"] != r.Type {
			t.Fatalf("%q is taken as %+v", payload, r)
		}
		if r.Field != nil && utf8.RuneCountInString(*r.Field) > maxField || r.Line != nil && (*r.Line < 1 || *r.Line > maxLine) || r.PostID != nil && *r.PostID < 1 {
			t.Fatalf("%q is out of bounds", payload)
		}
	})
}
