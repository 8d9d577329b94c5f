package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each reader of a paged list requests the first page, then the pages to the end, then the first again.
func TestRead_paged(t *testing.T) {
	var mu sync.Mutex
	queries := map[string][]string{} // of each connection
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		queries[r.RemoteAddr] = append(queries[r.RemoteAddr], r.URL.RawQuery)
		mu.Unlock()
		switch r.URL.Query().Get("after") {
		case "":
			fmt.Fprint(w, `{"items":[],"next":"a&b"}`)
		default:
			fmt.Fprint(w, `{"items":[],"next":null}`)
		}
	}))
	defer server.Close()
	to := &target{url: server.URL}
	rows, err := to.read(t.Context(), request{name: "pages", path: always("/api/posts?sort=title"), paged: true, want: http.StatusOK})
	if err != nil || len(rows) != 3 || rows[0].figures[0].value <= 0 {
		t.Fatalf("read: %v, %v", rows, err)
	}
	if len(queries) != readers {
		t.Errorf("%d connections, want %d", len(queries), readers)
	}
	for _, of := range queries {
		if diff := cmp.Diff([]string{"sort=title", "sort=title&after=a%26b", "sort=title"}, of[:3]); diff != "" {
			t.Errorf("queries (-want +got):\n%s", diff)
		}
	}
}

func TestRead_otherStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"7"` {
			w.WriteHeader(http.StatusNotModified)
		}
	}))
	defer server.Close()
	to := &target{url: server.URL}
	hot := request{name: "304", path: always("/post"), ifNoneMatch: `"7"`, want: http.StatusNotModified}
	if _, err := to.read(t.Context(), hot); err != nil {
		t.Error(err)
	}
	hot.ifNoneMatch = `"8"`
	if _, err := to.read(t.Context(), hot); err == nil || !strings.Contains(err.Error(), "GET /post was answered with 200 OK") {
		t.Errorf("read = %v, want the other status", err)
	}
}
