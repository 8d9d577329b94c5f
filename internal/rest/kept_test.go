package rest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// keptRequests returns how many requests were answered from memory, and how many from the database.
func (d *desk) keptRequests() (hits, misses int) {
	d.Helper()
	families, err := d.registry.Gather()
	testkit.Must(d, err)
	for _, family := range families {
		if family.GetName() != "wiredesk_read_cache_requests_total" {
			continue
		}
		for _, m := range family.Metric {
			switch m.Label[0].GetValue() {
			case "hit":
				hits = int(m.Counter.GetValue())
			case "miss":
				misses = int(m.Counter.GetValue())
			}
		}
	}
	return hits, misses
}

// get fails unless the answer is from where it is expected.
func (d *desk) get(as auth.Role, path string, fromMemory bool, header ...string) answer {
	d.Helper()
	hits, misses := d.keptRequests()
	var a answer
	if packed := strings.Contains(strings.Join(header, " "), "Accept-Encoding"); packed {
		a = d.raw(as, "GET "+path, "", header...)
	} else {
		a = d.do(as, "GET "+path, "", header...)
	}
	if a.Header().Get("Content-Encoding") == "gzip" {
		a.body = unzip(d, a.body)
	}
	moreHits, moreMisses := d.keptRequests()
	if got := moreHits > hits && moreMisses == misses; got != fromMemory {
		d.Errorf("%s: from memory: %t", path, got)
	}
	return a
}

func TestKept_untilAnEvent(t *testing.T) {
	d := newDesk(t)
	long := strings.Repeat("long ", 300)
	id := d.make(`{"slug":"one","title":"One","content":"` + long + `","published":true}`)
	other := d.make(`{"slug":"two","title":"Two","published":true}`)
	paths := []struct {
		as   auth.Role
		path string
	}{{nobody, "/api/public/posts/one"}, {nobody, "/api/public/posts/two"}, {nobody, "/api/public/posts"}, {nobody, "/api/public/posts?category=&limit=3"},
		{editor, "/api/posts"}, {editor, "/api/posts?status=published&sort=title"}, {editor, "/api/posts?status=draft&tag=t&author=a"}}
	before := map[string]answer{}
	for _, p := range paths {
		before[p.path] = d.get(p.as, p.path, false)
	}
	for _, p := range paths {
		again := d.get(p.as, p.path, true)
		tag := again.Header().Get("ETag")
		if again.body != before[p.path].body || tag == "" || tag != before[p.path].Header().Get("ETag") || again.Header().Get("Content-Length") != fmt.Sprint(len(again.body)) {
			t.Errorf("%s: %s", p.path, again.text())
		}
		if a := d.get(p.as, p.path, true, "If-None-Match: W/"+tag); a.Code != 304 || a.body != "" || a.Header().Get("ETag") != tag || a.Header().Get("Cache-Control") != again.Header().Get("Cache-Control") {
			t.Errorf("%s: not modified: %d %s", p.path, a.Code, a.text())
		}
		if a := d.get(p.as, p.path, true, `If-None-Match: "x"`); a.Code != 200 || a.body != again.body {
			t.Errorf("%s: another tag: %d %s", p.path, a.Code, a.text())
		}
	}
	if a := d.get(viewer, "/api/posts", true); a.body != before["/api/posts"].body || a.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("a viewer: %s", a.text())
	}
	d.edit(id, 1, `{"title":"Changed"}`)
	for _, p := range paths {
		unchanged := strings.HasSuffix(p.path, "/two")
		if a := d.get(p.as, p.path, unchanged); unchanged != (a.body == before[p.path].body) && !strings.Contains(p.path, "draft") {
			t.Errorf("%s after the change: %s", p.path, a.text())
		}
	}
	deleted(d, other)
	d.get(nobody, "/api/public/posts/one", true)
	if a := d.do(nobody, "GET /api/public/posts/two", ""); a.Code != 404 {
		t.Errorf("a deleted post: %d", a.Code)
	}
}

// Rights are checked on each request, also of an answer that is in memory.
func TestKept_rights(t *testing.T) {
	d := newDesk(t)
	d.make(`{"title":"One"}`)
	tag := d.get(editor, "/api/posts", false).Header().Get("ETag")
	user, token := d.temporaryUser(auth.Viewer)
	bearer := "Authorization: Bearer " + token
	if a := d.do(nobody, "GET /api/posts", "", bearer, "If-None-Match: "+tag); a.Code != 304 {
		t.Errorf("signed in: %d", a.Code)
	}
	d.do(admin, fmt.Sprintf("PATCH /api/users/%d", user.ID), `{"disabled":true}`)
	for _, header := range []string{bearer, "Authorization: Bearer x", "X-Nothing: x"} {
		if a := d.do(nobody, "GET /api/posts", "", header, "If-None-Match: "+tag); a.Code != 401 || strings.Contains(a.body, "One") || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", header, a.Code, a.text())
		}
	}
}

// Searches and deleted posts are read each time, and a slug that leads to no post is.
func TestKept_not(t *testing.T) {
	d := newDesk(t)
	d.make(`{"slug":"one","title":"One","published":true}`)
	deleted(d, d.fresh())
	for range 2 {
		d.get(nobody, "/api/public/posts?q=one", false)
		d.get(editor, "/api/posts?q=one", false)
		d.get(editor, "/api/posts?status=deleted", false)
		if a := d.get(nobody, "/api/public/posts/none", false); a.Code != 404 {
			t.Errorf("%d", a.Code)
		}
	}
}

func TestKept_movedSlugs(t *testing.T) {
	d := newDesk(t)
	id := d.make(`{"slug":"first","title":"One","published":true}`)
	want := func(slug string, fromMemory bool, status int, location string) {
		t.Helper()
		if a := d.get(nobody, "/api/public/posts/"+slug, fromMemory); a.Code != status || a.Header().Get("Location") != location {
			t.Errorf("%s: %d %s", slug, a.Code, a.text())
		}
	}
	want("first", false, 200, "")
	d.edit(id, 1, `{"slug":"second"}`)
	want("first", false, 308, "/api/public/posts/second")
	want("first", true, 308, "/api/public/posts/second")
	d.edit(id, 2, `{"slug":"third"}`)
	want("first", false, 308, "/api/public/posts/third")
	want("third", false, 200, "")
	d.make(`{"slug":"first","title":"Another","published":true}`)
	want("first", false, 200, "")
	want("third", true, 200, "")
	deleted(d, id)
	want("third", false, 404, "")
	want("second", false, 404, "")
}

// The compressed form has the same content and tag, and is made from the same read.
func TestKept_gzip(t *testing.T) {
	d := newDesk(t)
	for n := range 9 {
		d.make(fmt.Sprintf(`{"slug":"s%d","title":"T","content":"%s","published":true}`, n, strings.Repeat("long ", 6_000*n)))
	}
	for _, path := range []string{"/api/public/posts/s0", "/api/public/posts/s1", "/api/public/posts/s8", "/api/public/posts"} {
		plain := d.get(nobody, path, false)
		for accept, packed := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "*": true, "*;q=0, gzip": true, "*;q=0.5, identity;q=0": true,
			"gzip;q=0": false, "*, gzip;q=0": false, "*;q=0": false, "br": false, "": false} {
			a := d.get(nobody, path, true, "Accept-Encoding: "+accept)
			h := a.Header()
			if packed && len(plain.body) >= 1024 {
				if h.Get("Content-Encoding") != "gzip" {
					t.Errorf("%s, %q: %v", path, accept, h)
				}
			} else if h.Get("Content-Encoding") != "" {
				t.Errorf("%s, %q: %v", path, accept, h)
			}
			if a.body != plain.body || h.Get("ETag") != plain.Header().Get("ETag") || strings.Join(h.Values("Vary"), ", ") != "Origin, Accept-Encoding" {
				t.Errorf("%s, %q: %v, %d bytes", path, accept, h, len(a.body))
			}
			head := d.raw(nobody, "HEAD "+path, "", "Accept-Encoding: "+accept)
			for _, name := range []string{"Content-Encoding", "Content-Length", "ETag", "Vary", "Cache-Control"} {
				if got := head.Header()[http.CanonicalHeaderKey(name)]; head.Code != 200 || !slices.Equal(got, h[http.CanonicalHeaderKey(name)]) {
					t.Errorf("HEAD %s, %q: %d, %s is %q", path, accept, head.Code, name, got)
				}
			}
		}
	}
}

// While a change is under way a reader waits for it, but never longer than 5 ms.
func TestKept_changesGoFirst(t *testing.T) {
	d := newDesk(t)
	id := d.make(`{"slug":"one","title":"One","published":true}`)
	began, release := make(chan struct{}), make(chan struct{})
	d.store.spring = func() error {
		close(began)
		<-release
		return nil
	}
	var change sync.WaitGroup
	change.Go(func() {
		d.raw(editor, fmt.Sprintf("PATCH /api/posts/%d", id), `{"title":"Two"}`, `If-Match: "1"`)
	})
	<-began
	for _, path := range []string{"/api/public/posts/one", "/api/public/posts"} {
		for range 2 { // the second answer is from memory
			at := time.Now()
			if a := d.raw(nobody, "GET "+path, ""); a.Code != 200 || time.Since(at) < 5*time.Millisecond {
				t.Errorf("%s: %d after %v", path, a.Code, time.Since(at))
			}
		}
	}
	close(release)
	change.Wait()
}

// A writer that has its answer reads its own change, whatever others do.
func TestKept_writersReadTheirOwn(t *testing.T) {
	d := newDesk(t)
	var all sync.WaitGroup
	for w := range 4 {
		slug := fmt.Sprintf("own-%d", w)
		id := d.make(fmt.Sprintf(`{"slug":%q,"title":"0","published":true}`, slug))
		all.Go(func() {
			for n := range int64(50) {
				title := fmt.Sprintf(`"title":"%d"`, n+1)
				d.raw(editor, fmt.Sprintf("PATCH /api/posts/%d", id), "{"+title+"}", fmt.Sprintf(`If-Match: "%d"`, n+1))
				for as, path := range map[auth.Role]string{nobody: "/api/public/posts/" + slug, editor: "/api/posts?limit=100"} {
					if a := d.raw(as, "GET "+path, ""); !strings.Contains(a.body, fmt.Sprintf(`"slug":%q,%s`, slug, title)) {
						t.Errorf("%s after %s: %s", path, title, a.body)
						return
					}
				}
			}
		})
	}
	all.Wait()
	a := d.raw(nobody, "GET /metrics", "")
	for _, name := range []string{"wiredesk_read_cache_entries", "wiredesk_read_cache_bytes"} {
		if !strings.Contains(a.body, "\n"+name+" ") || strings.Contains(a.body, "\n"+name+" 0\n") {
			t.Errorf("no %s in %s", name, a.body)
		}
	}
}

func unzip(t testing.TB, body string) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader([]byte(body)))
	testkit.Must(t, err)
	b, err := io.ReadAll(r)
	testkit.Must(t, err)
	return string(b)
}
