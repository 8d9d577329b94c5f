package readcache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/readcache"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// An answer that was read before an event is neither stored nor given to requests after it.
func TestCache_eventDuringARead(t *testing.T) {
	for name, test := range map[string]struct {
		post   int64
		during func(f *fixture)
	}{
		"its event":              {1, func(f *fixture) { f.cache.Seen([]event.Event{f.commit(1)}) }},
		"any event, for a list":  {0, func(f *fixture) { f.cache.Seen([]event.Event{f.commit(2)}) }},
		"its event, then others": {1, func(f *fixture) { f.cache.Seen([]event.Event{f.commit(1)}); f.seeMany(2) }},
		"a flush": {1, func(f *fixture) {
			f.change(func() { f.epoch = "two" })
			f.commit(1)
			f.cache.Doubt()
			f.want("another key, after the flush", 9, 1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.want("another key", 9, 1)
			release := f.slowGet(test.post)
			test.during(f)
			f.want("after the event", test.post, 1)
			if got := release(); got != 0 {
				t.Errorf("the first request got %d", got)
			}
			f.want("after the read, whose answer might have been newer than the stored one", test.post, 1)
			f.want("later", test.post, 0)
			f = newFixture(t)
			f.want("another key", 9, 1)
			release = f.slowGet(test.post)
			test.during(f)
			release()
			f.want("without a request before the end of the read", test.post, 1)
		})
	}
}

// seeMany commits more events than the cache remembers.
func (f *fixture) seeMany(post int64) {
	for range 100 {
		f.cache.Seen([]event.Event{f.commit(post)})
	}
}

// slowGet begins a request, and returns when it has read the database. release ends it and returns its answer.
func (f *fixture) slowGet(post int64) (release func() int64) {
	reading, goOn, result := make(chan struct{}), make(chan struct{}), make(chan int64)
	go func() {
		got, err := f.cache.Get(f.Context(), post, func(ctx context.Context) (readcache.Made[int64], error) {
			made, err := f.read(post)(ctx)
			close(reading)
			<-goOn
			return made, err
		})
		if err != nil {
			f.Error(err)
		}
		result <- got
	}()
	<-reading
	return func() int64 { close(goOn); return <-result }
}

// A request does not wait for a read that began much earlier, whose answer may be old.
func TestCache_oldReadIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		release := f.slowGet(1)
		f.commit(1) // which the node has not learned of
		f.change(func() { f.err = errors.New("away") })
		time.Sleep(600 * time.Millisecond)
		f.want("its own read", 1, 1)
		release()
	})
}

// A confirmation does not end a doubt that began during it.
func TestCache_doubtDuringAConfirmation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.want("first", 1, 1)
		time.Sleep(300 * time.Millisecond)
		release := make(chan struct{})
		f.change(func() { f.answering = func() { <-release } })
		f.want("while the log is asked", 1, 0)
		synctest.Wait()
		f.change(func() { f.epoch, f.answering = "two", func() {} })
		f.commit(1)
		f.cache.Doubt()
		close(release)
		synctest.Wait()
		f.want("another epoch", 1, 1)
	})
}

// Requests of one key share a read; that the first of them goes away does not concern the others.
func TestCache_sharesReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		slow := func(ctx context.Context) (readcache.Made[int64], error) {
			<-release
			if ctx.Err() != nil {
				return readcache.Made[int64]{}, ctx.Err()
			}
			return f.read(1)(ctx)
		}
		f.commit(1)
		var all sync.WaitGroup
		all.Go(func() { f.cache.Get(ctx, 1, slow) })
		synctest.Wait()
		for range 10 {
			all.Go(func() {
				if got, err := f.cache.Get(t.Context(), 1, slow); got != 1 || err != nil {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
		gone, leave := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := f.cache.Get(gone, 1, slow); !errors.Is(err, context.Canceled) {
				t.Errorf("a request that went away: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		leave()
		synctest.Wait()
		close(release)
		all.Wait()
		if n := f.reads.Load(); n != 1 {
			t.Errorf("%d reads", n)
		}
	})
}

func TestCache_failedReads(t *testing.T) {
	f := newFixture(t)
	away := errors.New("away")
	_, err := f.cache.Get(t.Context(), 1, func(context.Context) (readcache.Made[int64], error) {
		return readcache.Made[int64]{Keep: true}, away
	})
	if !errors.Is(err, away) {
		t.Errorf("error %v", err)
	}
	func() {
		defer func() { recover() }()
		f.cache.Get(t.Context(), 1, func(context.Context) (readcache.Made[int64], error) { panic("a fault") })
	}()
	f.want("after both", 1, 1)
	f.want("after both", 1, 0)
}

// A request gets no older answer than one that ended before it, also if that one went to the database and an older read is running.
func TestCache_readBesideADirectOne(t *testing.T) {
	for name, endsFirst := range map[string]bool{"the older read ends first": true, "it runs": false} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			value := func(v int64) func(context.Context) (readcache.Made[int64], error) {
				return func(context.Context) (readcache.Made[int64], error) {
					return readcache.Made[int64]{Value: v, Bytes: 10, Post: 1, Keep: true}, nil
				}
			}
			get := func(read func(context.Context) (readcache.Made[int64], error)) int64 {
				got, err := f.cache.Get(t.Context(), 1, read)
				testkit.Must(t, err)
				return got
			}
			f.cache.Get(t.Context(), 2, value(0)) // confirms the head
			reading, release, older := make(chan struct{}), make(chan struct{}), make(chan struct{})
			go func() {
				defer close(older)
				f.cache.Get(t.Context(), 1, func(ctx context.Context) (readcache.Made[int64], error) {
					close(reading)
					<-release
					return value(1)(ctx)
				})
			}()
			<-reading
			f.change(func() { f.err = errors.New("away") })
			f.cache.Doubt()
			direct := get(func(ctx context.Context) (readcache.Made[int64], error) {
				if endsFirst {
					close(release)
					<-older
				}
				return value(2)(ctx)
			})
			f.change(func() { f.err = nil })
			if !endsFirst {
				time.AfterFunc(50*time.Millisecond, func() { close(release) })
			}
			for range 3 {
				if got := get(value(2)); got < direct {
					t.Errorf("the answer is %d after %d", got, direct)
				}
				<-older
			}
		})
	}
}
