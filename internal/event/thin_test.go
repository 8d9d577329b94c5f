package event_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
)

func TestThin(t *testing.T) {
	hash := func(content string) string {
		sum := sha256.Sum256([]byte(content))
		return hex.EncodeToString(sum[:])
	}
	for name, c := range map[string]struct{ data, want string }{
		"at the end":        {`{"id":1,"version":2,"content":"a \"b\" \u00e9 😀\n"}`, `{"id":1,"version":2,"contentHash":"` + hash("a \"b\" é 😀\n") + `"}`},
		"in the middle":     {`{"content":"","tags":["content"],"version":2}`, `{"contentHash":"` + hash("") + `","tags":["content"],"version":2}`},
		"escaped markup":    {`{"version":2,"content":"\u003cb\u003e"}`, `{"version":2,"contentHash":"` + hash("<b>") + `"}`},
		"of a deleted post": {`{"id":1,"slug":"a","version":3}`, `{"id":1,"slug":"a","version":3}`},
		"already":           {`{"version":2,"contentHash":"` + hash("x") + `"}`, `{"version":2,"contentHash":"` + hash("x") + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			before := event.Event{Seq: 4, Type: event.Updated, Data: json.RawMessage(c.data)}
			thin, err := event.Thin(before)
			if err != nil || string(thin.Data) != c.want {
				t.Errorf("Thin = %s, %v; want %s", thin.Data, err, c.want)
			}
			if string(before.Data) != c.data {
				t.Errorf("the event given was changed: %s", before.Data)
			}
			if thin.Thinned() != (c.want != c.data || name == "already") || before.Thinned() != (name == "already") {
				t.Errorf("Thinned: before %t, after %t", before.Thinned(), thin.Thinned())
			}
		})
	}
	if _, err := event.Thin(event.Event{Data: json.RawMessage(`{"content":`)}); err == nil {
		t.Error("damaged data is thinned")
	}
}
