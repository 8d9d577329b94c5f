package sqlstore_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// onServers runs a test with two servers that hold the same data, and a proxy that leads to
// the first one. Both live until the test ends.
func onServers(t *testing.T, run func(t *testing.T, old, promoted *services.Server, proxy *proxy, url string)) {
	if !services.Running() {
		return
	}
	t.Parallel()
	old := services.NewServer(t)
	store, stop := start(t, sqlstore.Config{URL: old.URL})
	mustAdd(t, store, post.Summary{Title: "before"}, "")
	testkit.Must(t, stop())
	promoted := old.Copy(t)
	proxy, url := newProxy(t, old.URL)
	run(t, old, promoted, proxy, url)
}

// lead has new connections go to another server; those that are open stay.
func (p *proxy) lead(to *services.Server) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = to.Address
}

// TestFailover_readOnly: the old server takes no changes any more and answers reads. After a
// write to the new one no read is answered by the old one.
func TestFailover_readOnly(t *testing.T) {
	onServers(t, func(t *testing.T, old, promoted *services.Server, proxy *proxy, url string) {
		store := open(t, sqlstore.Config{URL: url})
		busy := keepReading(t, store)
		release, err := sqlstore.HoldReaders(t.Context(), store, 6) // in use when the server changes
		testkit.Must(t, err)
		old.Exec(t, "SET GLOBAL read_only = 1")
		proxy.lead(promoted)
		for i := range 50 {
			if i == 1 {
				testkit.Must(t, release())
			}
			id := mustAdd(t, store, post.Summary{Title: fmt.Sprint("after ", i)}, "")
			if _, err := store.Get(t.Context(), id); err != nil {
				t.Fatalf("a post that was just stored: %v", err)
			}
			page, err := store.List(t.Context(), post.Query{Sort: "-createdAt", Limit: 100})
			testkit.Must(t, err)
			if len(page.Items) != i+2 {
				t.Fatalf("the list has %d posts, want %d", len(page.Items), i+2)
			}
		}
		busy()
		mustBeHealthy(t, store)
		log(t, store)
	})
}

// TestFailover_stale: the old server still takes changes, and nothing fails on it: the store
// leaves it all the same.
func TestFailover_stale(t *testing.T) {
	onServers(t, func(t *testing.T, old, promoted *services.Server, proxy *proxy, url string) {
		store := open(t, sqlstore.Config{URL: url})
		busy := keepReading(t, store)
		defer busy()
		testkit.Must(t, store.Update(t.Context(), 0, func(post.Tx) error { return nil }))
		other := open(t, sqlstore.Config{URL: promoted.URL})
		id := mustAdd(t, other, post.Summary{Title: "written by another node"}, "")
		proxy.lead(promoted)
		began := time.Now()
		for {
			if _, err := store.Get(t.Context(), id); err == nil {
				break
			}
			if time.Since(began) > 5*time.Second {
				t.Fatal("the readers stay on the old server")
			}
			<-time.After(10 * time.Millisecond)
		}
		t.Logf("the readers followed after %v", time.Since(began).Round(time.Millisecond))
		next := mustAdd(t, store, post.Summary{Title: "after"}, "")
		if _, err := other.Get(t.Context(), next); err != nil {
			t.Errorf("the writers stay on the old server: %v", err)
		}
	})
}

// TestFailover_inTurn: with a URL that leads to two servers by turns the store still answers,
// and the log names the mistake once.
func TestFailover_inTurn(t *testing.T) {
	onServers(t, func(t *testing.T, old, promoted *services.Server, proxy *proxy, url string) {
		logged := &testkit.LogBuffer{}
		store := open(t, sqlstore.Config{URL: url, Logger: slog.New(slog.NewTextHandler(logged, nil))})
		for i := range 20 {
			proxy.lead([]*services.Server{old, promoted}[i%2])
			proxy.cut()
			store.Head(t.Context()) // opens a connection; a read whose connection is just being cut fails
		}
		text := logged.String()
		if n := strings.Count(text, "servers in turn"); n != 1 {
			t.Errorf("the log names the mistake %d times:\n%s", n, text)
		}
	})
}

// keepReading keeps many connections of the store's readers in use until the result is called.
func keepReading(t *testing.T, store *sqlstore.Store) (stop func()) {
	const readers = 8
	ended, stopped := make(chan error, readers), make(chan struct{})
	for range readers {
		go func() {
			for {
				select {
				case <-stopped:
					ended <- nil
					return
				default:
				}
				if _, err := store.Head(t.Context()); err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	return func() {
		close(stopped)
		for range readers {
			testkit.Must(t, <-ended)
		}
	}
}

// TestReadOnly: a server that takes no changes makes the store unhealthy, with the reason, and
// the store recovers by itself.
func TestReadOnly(t *testing.T) {
	if !services.Running() {
		return
	}
	t.Parallel()
	server := services.NewServer(t)
	logged := &testkit.LogBuffer{}
	store := open(t, sqlstore.Config{URL: server.URL, Logger: slog.New(slog.NewTextHandler(logged, nil))})
	id := mustAdd(t, store, post.Summary{Title: "x"}, "")
	mustBeHealthy(t, store)
	write := func() error {
		return store.Update(t.Context(), id, func(tx post.Tx) error { return change(tx, id, func(p *post.Post) { p.Title += "." }) })
	}
	server.Exec(t, "SET GLOBAL read_only = 1")
	for range 3 {
		err := write()
		wantKind(t, err, fault.Unavailable)
		if err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("a write: %v", err)
		}
		if err := store.Health(t.Context()); err == nil || err.Reason != "refuses writes: the database is read-only" || err.Readable {
			t.Errorf("health: %v", err)
		}
	}
	if _, err := store.Get(t.Context(), id); err != nil {
		t.Errorf("reading: %v", err)
	}
	server.Exec(t, "SET GLOBAL read_only = 0")
	testkit.Must(t, write())
	mustBeHealthy(t, store)
	if text := logged.String(); strings.Count(text, "database commit failed") != 1 || strings.Count(text, "accepts writes again") != 1 {
		t.Errorf("the log:\n%s", text)
	}
}

func mustBeHealthy(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	if err := store.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
}
