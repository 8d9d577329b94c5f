package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// thinned makes a post whose versions 2 to 4 are autosaves, and removes the content of 2 and 3.
func thinned(d *desk) {
	d.Helper()
	d.do(editor, "POST /api/posts", `{"title":"Tides","content":"one\ntwo"}`)
	for n := 1; n <= 3; n++ {
		a := d.do(editor, "PATCH /api/posts/1?publish=false&autosave=true", fmt.Sprintf(`{"content":"one\ntwo\nthree %d"}`, n),
			fmt.Sprintf(`If-Match: "%d"`, n), fmt.Sprintf("Idempotency-Key: save-%d", n))
		if a.Code != http.StatusOK {
			d.Fatal(a.text())
		}
	}
	if n, err := d.store.ThinAutosaves(d.Context(), time.Now().Add(time.Hour), 4); n != 2 || err != nil {
		d.Fatalf("%d events thinned, %v", n, err)
	}
}

func TestThinned_events(t *testing.T) {
	d := newDesk(t)
	thinned(d)
	for _, call := range []string{"GET /api/posts/1/history", "GET /api/events?after=0"} {
		var page struct {
			Items []struct {
				Autosave bool
				Data     map[string]any
			}
		}
		if err := json.Unmarshal([]byte(d.do(editor, call, "").body), &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			version := e.Data["version"].(float64)
			hash, _ := e.Data["contentHash"].(string)
			_, whole := e.Data["content"]
			if wantThin := version == 2 || version == 3; wantThin != (len(hash) == 64) || wantThin == whole || e.Autosave != (version > 1) || e.Data["title"] != "Tides" {
				t.Errorf("%s: version %v holds %v", call, version, e.Data)
			}
		}
		if len(page.Items) != 4 {
			t.Errorf("%s: %d events", call, len(page.Items))
		}
	}
	if body := d.do(editor, "GET /api/posts/1/history?content=false", "").body; strings.Contains(body, `"content":`) || strings.Count(body, `"contentHash":`) != 2 {
		t.Errorf("without content: %s", body)
	}
}

func TestThinned_versions(t *testing.T) {
	d := newDesk(t)
	thinned(d)
	play(t, d, []scenario{
		{name: "restored", as: editor, call: "POST /api/posts/1/restore", body: `{"version":2}`, status: 422,
			has: []string{`"field":"version"`, "was removed. The next version that has its text is 4."}},
		{name: "as the base of another text", as: editor, call: "PATCH /api/posts/1?publish=false", header: []string{`If-Match: "2"`}, body: `{"content":"ONE\ntwo\nthree 1"}`, status: 412,
			has: []string{`"conflicts":["content"]`}, hasNot: []string{`"base"`}},
		{name: "as the base of another field", as: editor, call: "PATCH /api/posts/1?publish=false", header: []string{`If-Match: "2"`}, body: `{"title":"Tides and quays"}`, status: 200,
			has: []string{`"version":5`, `three 3`}, events: one(event.Updated)},
		{name: "as the result of a request sent again", as: editor, call: "PATCH /api/posts/1?publish=false&autosave=true", header: []string{`If-Match: "1"`, "Idempotency-Key: save-1"},
			body: `{"content":"one\ntwo\nthree 1"}`, status: 200, has: []string{"Idempotency-Replayed: true", `"version":5`}},
		{name: "the last of them restored", as: editor, call: "POST /api/posts/1/restore", body: `{"version":4}`, status: 200, events: one(event.Updated)},
	})
}
