package sqlstore_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

const commit = "\x03COMMIT" // as a statement without parameters is sent

// onMySQL runs a test when the services are there, beside others that wait as it does.
func onMySQL(t *testing.T, run func(t *testing.T, url string)) {
	if !services.Running() {
		return
	}
	t.Parallel()
	run(t, services.MySQL(t))
}

// TestMySQL_numbersAreInOrder: a reader that continues from its last number misses no event, although
// transactions of two nodes overlap, and long ones end after short ones that started later.
func TestMySQL_numbersAreInOrder(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		slow, fast := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})
		reader := open(t, sqlstore.Config{URL: url})
		const slowWrites, fastWrites = 40, 400
		commits := make(chan struct{}, fastWrites) // of the fast node; closed after the last
		var writers, fastOnes sync.WaitGroup
		for range slowWrites {
			writers.Go(func() {
				testkit.Must(t, slow.Update(t.Context(), 0, func(tx post.Tx) error {
					if _, err := add(tx, post.Summary{Title: "slow"}, ""); err != nil {
						return err
					}
					for range 5 {
						<-commits
					}
					return nil
				}))
			})
		}
		for range 4 {
			fastOnes.Go(func() {
				for range fastWrites / 4 {
					mustAdd(t, fast, post.Summary{Title: "fast"}, "")
					commits <- struct{}{}
				}
			})
		}
		writers.Go(func() {
			fastOnes.Wait()
			close(commits)
		})
		ended := make(chan struct{})
		go func() {
			writers.Wait()
			close(ended)
		}()
		var last int64
		for done := false; !done || last < slowWrites+fastWrites; {
			select {
			case <-ended:
				done = true
			default:
			}
			page, err := reader.After(t.Context(), last, 100)
			testkit.Must(t, err)
			if done && len(page) == 0 {
				break
			}
			for _, e := range page {
				if e.Seq != last+1 {
					t.Fatalf("event %d follows %d", e.Seq, last)
				}
				last = e.Seq
			}
		}
		if n := len(log(t, reader)); n != slowWrites+fastWrites || last != int64(n) {
			t.Errorf("%d events are in the log, %d were read", n, last)
		}
	})
}

// TestMySQL_aPausedNode: a node whose process is stopped, or whose network is
// cut, in the middle of a transaction delays the others for a few seconds only. When it
// continues, its write is repeated and committed after theirs.
func TestMySQL_aPausedNode(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		still, other := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})
		id := mustAdd(t, still, post.Summary{Title: "0"}, "")
		for range 20 { // so that each of its connections has made such a write before
			mustChange(t, still, id, func(p *post.Post) { p.Description += "." })
		}
		stands, goesOn := make(chan struct{}), make(chan struct{})
		outcome := make(chan error, 1)
		var once sync.Once
		go func() {
			outcome <- still.Update(context.Background(), id, func(tx post.Tx) error {
				err := change(tx, id, func(p *post.Post) { p.Title += " still" })
				once.Do(func() {
					close(stands)
					<-goesOn
				})
				return err
			})
		}()
		<-stands
		began := time.Now()
		mustChange(t, other, id, func(p *post.Post) { p.Title += " other" })
		if took := time.Since(began); took < time.Second || took > 5*time.Second {
			t.Errorf("the other node's write took %v", took)
		}
		<-time.After(4500*time.Millisecond - time.Since(began)) // until the server has surely ended its session
		close(goesOn)
		testkit.Must(t, <-outcome)
		mustChange(t, still, id, func(p *post.Post) { p.Title += " again" })
		doc, err := other.Get(t.Context(), id)
		testkit.Must(t, err)
		if p, err := doc.Decode(); err != nil || p.Title != "0 other still again" || p.Version != 24 {
			t.Errorf("the post is %+v, %v", p, err)
		}
		log(t, other)
	})
}

// The counter of the events is held from its raise to the commit; a commit that does not
// arrive gives it back as well.
func TestMySQL_aCommitThatDoesNotArrive(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		proxy, through := newProxy(t, url)
		cut, other := open(t, sqlstore.Config{URL: through}), open(t, sqlstore.Config{URL: url})
		proxy.on(commit, withhold)
		outcome := make(chan error, 1)
		go func() {
			outcome <- cut.Update(context.Background(), 0, func(tx post.Tx) error {
				_, err := add(tx, post.Summary{Slug: "cut", Title: "cut"}, "")
				return err
			})
		}()
		var longest time.Duration // of the other node's writes: one meets the row while it is held
		var err error
		for waiting := true; waiting; {
			select {
			case err = <-outcome:
				waiting = false
			default:
				began := time.Now()
				mustAdd(t, other, post.Summary{Title: "other"}, "")
				longest = max(longest, time.Since(began))
			}
		}
		if longest < time.Second || longest > 5*time.Second {
			t.Errorf("the other node's write took %v", longest)
		}
		wantKind(t, err, fault.Unavailable)
		if !strings.Contains(err.Error(), "not known") {
			t.Errorf("the commit that did not arrive: %v", err)
		}
		_, err = other.BySlug(t.Context(), "cut")
		wantKind(t, err, fault.NotFound)
		log(t, other)
	})
}

// TestMySQL_deadlock: the victim of a deadlock is repeated from the start, even if it ignores the errors of
// its statements.
func TestMySQL_deadlock(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
		ids := []int64{mustAdd(t, stores[0], post.Summary{Title: "a"}, ""), mustAdd(t, stores[0], post.Summary{Title: "b"}, "")}
		var both, all sync.WaitGroup
		both.Add(2)
		for i, store := range stores {
			var once sync.Once
			all.Go(func() {
				testkit.Must(t, store.Update(t.Context(), ids[i], func(tx post.Tx) error {
					if err := change(tx, ids[i], func(p *post.Post) { p.Title += "+" }); err != nil {
						return err
					}
					once.Do(func() {
						both.Done()
						both.Wait()
					})
					_ = change(tx, ids[1-i], func(p *post.Post) { p.Title += "-" })
					_, _ = add(tx, post.Summary{Title: "c"}, "")
					return nil
				}))
			})
		}
		all.Wait()
		for i, want := range []string{"+-a", "+-b"} {
			doc, err := stores[0].Get(t.Context(), ids[i])
			testkit.Must(t, err)
			p, err := doc.Decode()
			testkit.Must(t, err)
			title := strings.Split(p.Title, "")
			slices.Sort(title)
			if got := strings.Join(title, ""); p.Version != 3 || got != want {
				t.Errorf("post %d is %q in version %d", ids[i], p.Title, p.Version)
			}
		}
		n, err := stores[0].Count(t.Context(), "posts")
		testkit.Must(t, err)
		if events := len(log(t, stores[0])); n != 4 || events != 8 {
			t.Errorf("%d posts, %d events", n, events)
		}
	})
}

func TestMySQL_lostConnections(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		proxy, through := newProxy(t, url)
		store := open(t, sqlstore.Config{URL: through})
		svc := post.NewService(store)
		create := func(slug string, meanwhile func()) error {
			var once sync.Once
			return store.Update(t.Context(), 0, func(tx post.Tx) error {
				_, err := add(tx, post.Summary{Slug: slug, Title: slug}, "")
				once.Do(meanwhile)
				return err
			})
		}
		stored := func(slug string, want bool) {
			t.Helper()
			if _, err := store.BySlug(t.Context(), slug); want != (err == nil) || err != nil && fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s is stored: want %v, got %v", slug, want, err)
			}
		}

		testkit.Must(t, create("before", func() {}))
		testkit.Must(t, create("cut-in-the-middle", proxy.cut)) // it is run again
		stored("cut-in-the-middle", true)

		err := create("away", func() {
			proxy.refuse(true)
			proxy.cut()
		})
		wantKind(t, err, fault.Unavailable)
		var f *fault.Error
		if errors.As(err, &f) && f.RetryAfter <= 0 {
			t.Error("it does not say when to come back")
		}
		_, err = store.Get(t.Context(), 1)
		wantKind(t, err, fault.Unavailable)
		wantKind(t, store.Ping(t.Context()), fault.Unavailable)
		proxy.refuse(false)
		stored("away", false)

		for fate, kept := range map[fate]bool{cutBefore: false, cutAfter: true} {
			slug := map[bool]string{true: "kept", false: "gone"}[kept]
			proxy.on(commit, fate)
			req := post.Request{Key: slug, Fingerprint: []byte("f")}
			body := patch(t, map[string]any{"title": "x", "slug": slug})
			_, err := svc.Create(t.Context(), ana, body, req)
			wantKind(t, err, fault.Unavailable)
			if err != nil && !strings.Contains(err.Error(), "not known") {
				t.Errorf("a commit without an answer, %s: %v", slug, err)
			}
			again, err := svc.Create(t.Context(), ana, body, req)
			if err != nil || again.Replayed != kept {
				t.Errorf("again with the same key, %s: replayed %v, %v", slug, again.Replayed, err)
			}
			stored(slug, true)
		}
		if n := len(log(t, store)); n != 4 {
			t.Errorf("%d events", n)
		}
	})
}

// A server that accepts connections and sends nothing.
func TestMySQL_blackHole(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		proxy, through := newProxy(t, url)
		store := open(t, sqlstore.Config{URL: through})
		mustAdd(t, store, post.Summary{Title: "x"}, "")
		hole, err := net.Listen("tcp", "127.0.0.1:0")
		testkit.Must(t, err)
		defer hole.Close()
		began := time.Now()
		proxy.mu.Lock()
		proxy.server = hole.Addr().String()
		proxy.mu.Unlock()
		proxy.on("START TRANSACTION", withhold)
		wantKind(t, store.Update(t.Context(), 0, func(post.Tx) error { return nil }), fault.Unavailable)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestMySQL_startsOnAllNodesAtOnce: one of them makes the tables.
func TestMySQL_startsOnAllNodesAtOnce(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		var nodes sync.WaitGroup
		var started atomic.Int64
		for range 6 {
			nodes.Go(func() {
				store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Error(err)
					return
				}
				if v, err := store.SchemaVersion(t.Context()); err == nil && v > 0 {
					started.Add(1)
				}
				testkit.Must(t, store.Close())
			})
		}
		nodes.Wait()
		if started.Load() != 6 {
			t.Errorf("%d of 6 nodes have started", started.Load())
		}
	})
}

func TestMySQL_saysWhatIsWrong(t *testing.T) {
	onMySQL(t, func(t *testing.T, good string) {
		u, err := url.Parse(good)
		testkit.Must(t, err)
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		testkit.Must(t, err)
		testkit.Must(t, closed.Close())
		with := func(change func(*url.URL)) string {
			other := *u
			change(&other)
			return other.String()
		}
		for name, c := range map[string]struct{ url, has string }{
			"password": {with(func(u *url.URL) { u.User = url.UserPassword("wiredesk", "hunter2") }), "check the name and the password"},
			"user":     {with(func(u *url.URL) { u.User = url.UserPassword("nobody", "hunter2") }), `"nobody"`},
			"database": {with(func(u *url.URL) { u.Path = "/wiredesk_nowhere" }), "CREATE DATABASE wiredesk_nowhere"},
			"rights":   {with(func(u *url.URL) { u.Path = "/mysql" }), `"mysql"`},
			"server":   {with(func(u *url.URL) { u.Host = closed.Addr().String() }), "no database server answers at " + closed.Addr().String()},
		} {
			_, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: c.url, Logger: slog.New(slog.DiscardHandler)})
			if err == nil || !strings.Contains(err.Error(), c.has) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v; want it to name %s", name, err, c.has)
			}
		}
	})
}
