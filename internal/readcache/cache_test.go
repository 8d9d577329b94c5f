package readcache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/readcache"
)

// database is an event log, and posts whose text is the number of their last event.
type database struct {
	mu     sync.Mutex
	epoch  string
	server int64
	marks  []event.Mark
	lost   int64 // a number that Marks leaves out
	err    error
	asked  int // calls of Newest

	answering func() // called by Newest between its read and its return
}

func (d *database) Newest(context.Context) (event.Head, error) {
	at, answering, err := d.newest()
	answering()
	return at, err
}

func (d *database) newest() (event.Head, func(), error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	at := event.Head{Position: event.Position{Epoch: d.epoch}, Server: d.server}
	if n := len(d.marks); n > 0 {
		at.Seq, at.ID = d.marks[n-1].Seq, d.marks[n-1].ID
	}
	return at, d.answering, d.err
}

func (d *database) Marks(_ context.Context, seq int64, limit int) (marks []event.Mark, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.marks {
		if m.Seq >= seq && m.Seq != d.lost && len(marks) < limit {
			marks = append(marks, m)
		}
	}
	return marks, d.err
}

// commit adds an event about a post.
func (d *database) commit(post int64) event.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	seq := int64(1)
	if n := len(d.marks); n > 0 {
		seq = d.marks[n-1].Seq + 1
	}
	m := event.Mark{Seq: seq, ID: fmt.Sprintf("%s-%d", d.epoch, seq), PostID: post}
	d.marks = append(d.marks, m)
	return event.Event{Seq: m.Seq, ID: m.ID, PostID: post, Epoch: d.epoch}
}

// text returns the number of the last event of a post, of all posts with 0.
func (d *database) text(post int64) (seq int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.marks {
		if post == 0 || m.PostID == post {
			seq = m.Seq
		}
	}
	return seq
}

// change runs f while nothing is read.
func (d *database) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// fixture is a cache over a database. Its keys are ids of posts, 0 for a list of all.
type fixture struct {
	*testing.T
	*database
	cache *readcache.Cache[int64, int64]
	reads atomic.Int64
}

var bounds = readcache.Bounds{Entries: 8, Bytes: 1000, Each: 400}

func newFixture(t *testing.T) *fixture {
	d := &database{epoch: "one", answering: func() {}}
	return &fixture{T: t, database: d, cache: readcache.New[int64, int64](d, bounds, prometheus.NewRegistry())}
}

func (f *fixture) read(post int64) func(context.Context) (readcache.Made[int64], error) {
	return func(context.Context) (readcache.Made[int64], error) {
		f.reads.Add(1)
		return readcache.Made[int64]{Value: f.text(post), Bytes: 10, Post: post, Keep: true}, nil
	}
}

// want fails unless the answer of post is the database's, and reads reads were needed for it.
func (f *fixture) want(what string, post, reads int64) {
	f.Helper()
	before, text := f.reads.Load(), f.text(post)
	got, err := f.cache.Get(f.Context(), post, f.read(post))
	if n := f.reads.Load() - before; err != nil || got != text || n != reads {
		f.Errorf("%s: post %d is %d (error %v) after %d reads, want %d after %d", what, post, got, err, n, text, reads)
	}
}

func TestCache_events(t *testing.T) {
	f := newFixture(t)
	f.want("first", 1, 1)
	f.want("again", 1, 0)
	f.want("first", 2, 1)
	f.want("first", 0, 1)
	e := f.commit(1)
	f.cache.Seen([]event.Event{e})
	f.want("after its event", 1, 1)
	f.want("after the event of another", 2, 0)
	f.want("after any event", 0, 1)
	f.cache.Seen([]event.Event{e})
	for _, post := range []int64{0, 1, 2} {
		f.want("the same event again", post, 0)
	}
	first, second := f.commit(1), f.commit(2)
	f.cache.Seen([]event.Event{second})
	f.want("before its turn", 2, 1)
	f.cache.Seen([]event.Event{first})
	f.want("late", 1, 1)
	f.want("late", 2, 0)
}

// Events that are not seen are found in the log within a second, those of the same posts and no others.
func TestCache_log(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.cache.Seen([]event.Event{f.commit(1)})
		f.want("first", 1, 1)
		f.want("first", 2, 1)
		for _, commits := range []int{1, 3, 200} {
			for range commits {
				f.commit(1)
			}
			time.Sleep(time.Second)
			f.want(fmt.Sprint(commits, " commits"), 1, 1)
			f.want(fmt.Sprint(commits, " commits"), 2, 0)
		}
		for range 300 {
			f.commit(1)
		}
		time.Sleep(time.Second)
		f.want("more than are followed", 2, 1)
		f.commit(2)
		f.change(func() { f.lost = f.marks[len(f.marks)-1].Seq })
		f.commit(3)
		time.Sleep(time.Second)
		f.want("a number that is not visible", 2, 1)
		f.want("then", 2, 0)
	})
}

// While requests come, the log is asked in the background, at most every refreshAge, and an answer is never older than a second.
func TestCache_isConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.want("first", 1, 1)
		f.commit(1)
		began, committed := time.Now(), f.text(1)
		for {
			got, err := f.cache.Get(t.Context(), 1, f.read(1))
			if err != nil {
				t.Fatal(err)
			}
			if got == committed {
				break
			}
			if time.Since(began) > time.Second {
				t.Fatal("stale after a second")
			}
			time.Sleep(10 * time.Millisecond)
		}
		f.change(func() { f.asked = 0 })
		for range 1000 { // 10 s
			f.want("hot", 1, 0)
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		if f.change(func() {}); f.asked < 30 || f.asked > 41 {
			t.Errorf("the log was asked %d times in 10 s", f.asked)
		}
	})
}

// What happened to the log makes every entry void, also when no number shows it.
func TestCache_otherHistories(t *testing.T) {
	for name, change := range map[string]func(*database){
		"epoch":         func(d *database) { d.epoch = "two" },
		"server":        func(d *database) { d.server++ },
		"shorter":       func(d *database) { d.marks = d.marks[:3] },
		"empty":         func(d *database) { d.marks = nil },
		"another event": func(d *database) { d.marks[len(d.marks)-1].ID = "another" },
		"another event, and more": func(d *database) {
			d.marks[4].ID = "another"
			d.marks = append(d.marks, event.Mark{Seq: 6, ID: "more"})
		},
		"the start left the log": func(d *database) {
			d.marks = append(d.marks[5:], event.Mark{Seq: 6, ID: "6"}, event.Mark{Seq: 7, ID: "7"})[1:]
		},
		"all events have left it": func(d *database) { d.marks = d.marks[:0:0] },
		"a restore, and new commits": func(d *database) {
			d.marks = append(d.marks[:3:3], event.Mark{Seq: 4, ID: "b"}, event.Mark{Seq: 5, ID: "c"}, event.Mark{Seq: 6, ID: "d"})
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t)
			for range 5 {
				f.cache.Seen([]event.Event{f.commit(1)})
			}
			f.want(name, 1, 1)
			f.want(name, 2, 1)
			f.want(name, 2, 0)
			f.change(func() { change(f.database) })
			time.Sleep(time.Second)
			f.want(name, 2, 1)
			f.want(name, 1, 1)
			f.want(name, 1, 0)
		})
	}
}

// A row that someone changed by hand, without an event, shows after a minute.
func TestCache_life(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.want("first", 1, 1)
		time.Sleep(time.Minute)
		f.want("after a minute", 1, 0)
		time.Sleep(time.Nanosecond)
		f.want("after more", 1, 1)
	})
}

func TestCache_doubt(t *testing.T) {
	f := newFixture(t)
	f.want("first", 1, 1)
	f.change(func() { f.epoch = "two" })
	f.cache.Doubt()
	f.want("another epoch", 1, 1)
	f.change(func() { f.epoch = "three" })
	f.cache.Seen([]event.Event{f.commit(2)})
	f.want("an event of another epoch", 1, 1)
	f.want("an event of another epoch", 1, 0)
}

// With the log away each request reads for itself, from a second after the last confirmation on.
func TestCache_logAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.want("first", 1, 1)
		f.change(func() { f.err = errors.New("away") })
		time.Sleep(300 * time.Millisecond)
		f.want("within a second", 1, 0)
		time.Sleep(700 * time.Millisecond)
		f.want("later", 1, 1)
		f.want("later", 1, 1)
		f.commit(1)
		f.change(func() { f.err = nil })
		f.want("back", 1, 1)
		f.want("back", 1, 0)
	})
}

func TestCache_bounds(t *testing.T) {
	f := newFixture(t)
	get := func(key int64, bytes int) (read bool) {
		f.cache.Get(t.Context(), key, func(context.Context) (readcache.Made[int64], error) {
			read = true
			return readcache.Made[int64]{Bytes: bytes, Post: key, Keep: bytes >= 0}, nil
		})
		return read
	}
	for _, test := range []struct {
		bytes int
		kept  bool
	}{{400, true}, {401, false}, {-1, false}} {
		key := -int64(1000 + test.bytes)
		if get(key, test.bytes); get(key, test.bytes) == test.kept {
			t.Errorf("%d bytes: kept is not %v", test.bytes, test.kept)
		}
	}
	for hot := range int64(2) {
		get(hot, 100)
		get(hot, 100)
	}
	for key := range int64(10_000) { // a flood of keys that are asked for once
		if !get(2+key, 50) {
			t.Fatalf("key %d was kept", key)
		}
		if key%4 == 0 && (get(0, 100) || get(1, 100)) {
			t.Fatalf("a hot entry was dropped after %d others", key)
		}
	}
	kept := 0
	for key := range int64(10_002) {
		if !get(key, 390) {
			kept++
		}
	}
	if kept > bounds.Entries {
		t.Errorf("%d entries are kept", kept)
	}
}

// However commits, events, reads and confirmations meet, no request gets an answer that was replaced before it began.
func TestCache_race(t *testing.T) {
	f := newFixture(t)
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range int64(2) {
		writers.Go(func() {
			for n := range int64(500) {
				f.cache.Seen([]event.Event{f.commit(1 + (w+n)%3)})
				if n%100 == 0 {
					f.cache.Doubt()
				}
			}
		})
	}
	for range 4 {
		readers.Go(func() {
			for post := int64(0); ; post = (post + 1) % 4 {
				select {
				case <-stop:
					return
				default:
				}
				// An event is seen some time after its commit: the answer to an earlier request is a lower bound.
				least, err := f.cache.Get(t.Context(), post, f.read(post))
				if got, err2 := f.cache.Get(t.Context(), post, f.read(post)); err != nil || err2 != nil || got < least {
					t.Errorf("post %d: %d after %d, %v %v", post, got, least, err, err2)
					return
				}
			}
		})
	}
	var own sync.WaitGroup
	own.Go(func() { // a writer gets its own change
		for range 500 {
			e := f.commit(3)
			f.cache.Seen([]event.Event{e})
			for _, post := range []int64{0, 3} {
				if got, err := f.cache.Get(t.Context(), post, f.read(post)); err != nil || got < e.Seq {
					t.Errorf("post %d: %d after the commit of %d, %v", post, got, e.Seq, err)
					return
				}
			}
		}
	})
	writers.Wait()
	own.Wait()
	close(stop)
	readers.Wait()
	for post := range int64(4) {
		if got, _ := f.cache.Get(t.Context(), post, f.read(post)); got != f.text(post) {
			t.Errorf("at the end post %d is %d, want %d", post, got, f.text(post))
		}
	}
}
