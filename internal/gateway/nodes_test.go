package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/node"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/test/services"
)

// table is the nodes' table of a real database that can be cut off.
type table struct {
	*sqlstore.Store
	mu     sync.Mutex
	away   error
	writes int
	reads  int
}

func (s *table) ask(count *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*count++
	return s.away
}

func (s *table) PutNode(ctx context.Context, r node.Record) error {
	if err := s.ask(&s.writes); err != nil {
		return err
	}
	return s.Store.PutNode(ctx, r)
}

func (s *table) DeleteNode(ctx context.Context, id string) error {
	if err := s.ask(&s.writes); err != nil {
		return err
	}
	return s.Store.DeleteNode(ctx, id)
}

func (s *table) Nodes(ctx context.Context) ([]node.Record, error) {
	if err := s.ask(&s.reads); err != nil {
		return nil, err
	}
	return s.Store.Nodes(ctx)
}

func (s *table) NodePayload(ctx context.Context, id string) ([]byte, error) {
	if err := s.ask(&s.reads); err != nil {
		return nil, err
	}
	return s.Store.NodePayload(ctx, id)
}

func (s *table) set(away error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// openTable opens a database at url, closed at the end of the test.
func openTable(t testing.TB, url string) *table {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- store.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, store.Close()); err != nil {
			t.Error(err)
		}
	})
	return &table{Store: store}
}

func sqliteURL(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "wiredesk.db")
}

// member is a node of several: its roster and its gateway.
type member struct {
	*site
	roster *node.Roster
	part   context.CancelFunc // ends the roster in order, as the end of the test does
}

// join starts a node over s. Its hub is opened by with.
func join(t testing.TB, s *table, name string, with func(testing.TB, *streamtest.Log, gateway.Config) *site) *member {
	t.Helper()
	m := &member{roster: node.New(s, node.Config{Info: node.Info{Name: name}, Accepts: []string{""}})}
	ctx, cancel := context.WithCancel(context.Background())
	m.part = cancel
	done := make(chan error, 1)
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	m.site = with(t, &streamtest.Log{}, gateway.Config{Peers: m.roster})
	m.roster.OnChange(m.hub.PeersChanged)
	go func() { done <- m.roster.Run(ctx) }()
	return m
}

// Real sockets, real time, each database. That of several tries most take less than a
// second leaves room for a busy machine; what follows is exact about the longest.
func TestNodes_seeEachOther(t *testing.T) {
	test := func(t *testing.T, url string) {
		s := openTable(t, url)
		a, b := join(t, s, "a", open), join(t, s, "b", open)
		ana, _ := a.connect("1.a", "")
		ana.wantPresence("1/0/online/")
		var took []time.Duration
		for round := range 3 {
			ben, _ := b.connect("2.b", "")
			b.aside.Go(ben.drain)
			start := time.Now()
			ana.wantPresence("1/0/online/", "2/0/online/")
			took = append(took, time.Since(start))
			start = time.Now()
			ben.say(fmt.Sprintf(`{"type":"follow","postId":42,"state":"editing","field":"f%d"}`, round))
			ana.wantPresence(fmt.Sprintf("2/42/editing/f%d", round), "1/0/online/")
			took = append(took, time.Since(start))
			start = time.Now()
			ben.nc.Close()
			ana.wantPresence("1/0/online/")
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		t.Logf("changes took %v", took)
		if took[len(took)/2] > time.Second {
			t.Error("most took more than a second")
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, sqliteURL(t)) })
	if services.Running() {
		t.Run("mysql", func(t *testing.T) { test(t, services.MySQL(t)) })
	}
}

// acrossNodes runs a test of two nodes over one database in fake time.
func acrossNodes(t *testing.T, test func(t *testing.T, s *table, a, b *member)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := openTable(t, sqliteURL(t))
		test(t, s, join(t, s, "a", openPiped), join(t, s, "b", openPiped))
	})
}

// Also directly after both nodes have sent their clients a list.
func TestNodes_seeEachOtherWithinASecond(t *testing.T) {
	acrossNodes(t, func(t *testing.T, _ *table, a, b *member) {
		ana, _ := a.connect("1.a", "")
		ben, _ := b.connect("2.b", "")
		b.aside.Go(ben.drain)
		ana.wantPresence("1/0/online/", "2/0/online/")
		for round := range 50 {
			time.Sleep(time.Duration(round) * 17 * time.Millisecond)
			ben.say(`{"type":"follow","postId":7,"state":"viewing"}`)
			start := time.Now()
			ben.say(fmt.Sprintf(`{"type":"follow","postId":42,"state":"editing","field":"f%d"}`, round))
			ana.wantPresence(fmt.Sprintf("2/42/editing/f%d", round), "2/7/viewing/", "1/0/online/")
			within(t, "a follow", start, 0, time.Second)
		}
	})
}

// One user with a tab on each node is one user.
func TestNodes_mergeTabs(t *testing.T) {
	acrossNodes(t, func(t *testing.T, _ *table, a, b *member) {
		watcher, _ := a.connect("9.w", "")
		tab1, _ := a.connect("1.a", "")
		tab2, _ := b.connect("1.a", "")
		a.aside.Go(tab1.drain)
		b.aside.Go(tab2.drain)
		watcher.wantPresence("1/0/online/", "9/0/online/")
		tab1.say(`{"type":"follow","postId":5,"state":"viewing"}`)
		watcher.wantPresence("1/5/viewing/", "9/0/online/")
		tab2.say(`{"type":"follow","postId":5,"state":"editing","field":"content","line":12}`)
		watcher.wantPresence("1/5/editing/content:12", "9/0/online/")
		tab2.nc.Close()
		watcher.wantPresence("1/5/viewing/", "9/0/online/")
		tab1.nc.Close()
		watcher.wantPresence("9/0/online/")
	})
}

func TestNodes_forgetOneThatStops(t *testing.T) {
	acrossNodes(t, func(t *testing.T, _ *table, a, b *member) {
		ana, _ := a.connect("1.a", "")
		ben, _ := b.connect("2.b", "")
		b.aside.Go(ben.drain)
		ana.wantPresence("1/0/online/", "2/0/online/")
		time.Sleep(10 * time.Second)
		start := time.Now()
		b.part()
		ana.wantPresence("1/0/online/")
		within(t, "gone", start, 0, time.Second)
	})
}

// A node whose process ends at once leaves its row behind.
func TestNodes_forgetOneThatDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTable(t, sqliteURL(t))
		dying := &table{Store: s.Store}
		a, b := join(t, s, "a", openPiped), join(t, dying, "b", openPiped)
		ana, _ := a.connect("1.a", "")
		ben, _ := b.connect("2.b", "")
		b.aside.Go(ben.drain)
		ana.wantPresence("1/0/online/", "2/0/online/")
		time.Sleep(10 * time.Second)
		start := time.Now()
		dying.set(errors.New("dead"))
		ana.wantPresence("1/0/online/")
		within(t, "gone", start, 2*time.Second, 5*time.Second)
		time.Sleep(2 * time.Second)
		if rows, err := s.Store.Nodes(t.Context()); err != nil || len(rows) != 1 {
			t.Errorf("%d rows are left, %v", len(rows), err)
		}
		start = time.Now()
		dying.set(nil) // it was only paused
		ana.wantPresence("1/0/online/", "2/0/online/")
		within(t, "back", start, 0, 2*time.Second)
	})
}

// With the database away the last list is kept for some seconds; then each node
// has its own users only, until the database is back.
func TestNodes_outliveTheDatabase(t *testing.T) {
	acrossNodes(t, func(t *testing.T, s *table, a, b *member) {
		ana, _ := a.connect("1.a", "")
		ben, _ := b.connect("2.b", "")
		b.aside.Go(ben.drain)
		ana.wantPresence("1/0/online/", "2/0/online/")
		time.Sleep(time.Second)
		start := time.Now()
		s.set(errors.New("away"))
		ana.wantPresence("1/0/online/")
		within(t, "forgotten", start, 4*time.Second, 6*time.Second)
		cara, _ := a.connect("3.c", "")
		a.aside.Go(cara.drain)
		ana.wantPresence("1/0/online/", "3/0/online/")
		s.mu.Lock()
		s.writes, s.reads = 0, 0
		s.mu.Unlock()
		time.Sleep(20 * time.Second)
		s.mu.Lock()
		if n := s.writes + s.reads; n > 90 { // two nodes, a write and a read a second
			t.Errorf("the database was asked %d times in 20 s", n)
		}
		s.mu.Unlock()
		start = time.Now()
		s.set(nil)
		ana.wantPresence("1/0/online/", "2/0/online/", "3/0/online/")
		within(t, "back", start, 0, 3*time.Second)
	})
}

// While the database is away for a short time, no user disappears.
func TestNodes_takeNoNoticeOfAShortAbsence(t *testing.T) {
	acrossNodes(t, func(t *testing.T, s *table, a, b *member) {
		ana, _ := a.connect("1.a", "")
		ben, _ := b.connect("2.b", "")
		b.aside.Go(ben.drain)
		ana.wantPresence("1/0/online/", "2/0/online/")
		for range 5 {
			s.set(errors.New("away"))
			time.Sleep(3 * time.Second)
			s.set(nil)
			time.Sleep(1500 * time.Millisecond)
		}
		cara, _ := a.connect("3.c", "")
		a.aside.Go(cara.drain)
		if got := brief(ana.nextPresence()); !cmp.Equal(got, []string{"1/0/online/", "2/0/online/", "3/0/online/"}) {
			t.Errorf("meanwhile presence was %v", got)
		}
	})
}

// With many changes a node writes its row four times a second; a node without changes
// writes it once a second.
func TestNodes_writeLittle(t *testing.T) {
	acrossNodes(t, func(t *testing.T, s *table, a, _ *member) {
		ana, _ := a.connect("1.a", "")
		a.aside.Go(ana.drain)
		count := func(work func()) (writes, reads int) {
			s.mu.Lock()
			s.writes, s.reads = 0, 0
			s.mu.Unlock()
			work()
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.writes, s.reads
		}
		writes, reads := count(func() {
			for i := range 150 {
				ana.say(fmt.Sprintf(`{"type":"follow","postId":5,"state":"editing","field":"f%d"}`, i))
				time.Sleep(100 * time.Millisecond)
			}
		})
		if writes > 15*(4+1)+2 || reads > 15*(7+4+4+7) {
			t.Errorf("%d writes and %d reads of two nodes in 15 s of work", writes, reads)
		}
		writes, reads = count(func() { time.Sleep(time.Minute) })
		if writes > 60*2+4 || reads > 60*14 {
			t.Errorf("%d writes and %d reads of two nodes in an idle minute", writes, reads)
		}
	})
}

// With many users on the other nodes, a frame has 200 entries at most, editing users among them.
func TestNodes_presenceIsBounded(t *testing.T) {
	acrossNodes(t, func(t *testing.T, _ *table, a, b *member) {
		for user := range 150 {
			c, _ := a.connect(fmt.Sprintf("%d.s", user+1), "")
			a.aside.Go(c.drain)
			c, _ = b.connect(fmt.Sprintf("%d.s", user+1001), "")
			b.aside.Go(c.drain)
		}
		editor, _ := b.connect("999.e", "")
		b.aside.Go(editor.drain)
		watcher, _ := a.connect("500.w", "")
		editor.say(`{"type":"follow","postId":5,"state":"editing"}`)
		for {
			got := watcher.nextPresence()
			if len(got) > 200 {
				t.Fatalf("%d people", len(got))
			}
			if got[0].State == "editing" && len(got) == 200 {
				return
			}
		}
	})
}
