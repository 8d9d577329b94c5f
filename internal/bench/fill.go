package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// filling has the number of posts and of versions of each; every version is an event.
// Every publishedEvery-th post is published (0: none).
type filling struct{ posts, versions, publishedEvery int }

// loaded has the times of the first start with a filled database.
type loaded struct{ filled, ready, published, indexed time.Duration }

// load stops the server, writes the posts into its database, starts it, and waits until all events are
// on Kafka and all words are indexed.
func (t *target) load(ctx context.Context, f filling) (loaded, error) {
	var l loaded
	if err := t.server.Stop(); err != nil {
		return l, err
	}
	began := time.Now()
	if err := f.write(ctx, filepath.Join(t.server.DataDir(), "wiredesk.db")); err != nil {
		return l, err
	}
	l.filled = time.Since(began)
	var err error
	if l.ready, err = t.startToReady(ctx); err != nil {
		return l, err
	}
	began = time.Now()
	if err = t.awaitRelay(ctx); err != nil {
		return l, err
	}
	l.published = l.ready + time.Since(began)
	err = t.awaitIndex(ctx)
	l.indexed = l.ready + time.Since(began)
	return l, err
}

// write uses the group commit of the store: concurrent changes of all writers are one transaction.
func (f filling) write(ctx context.Context, path string) error {
	const writers = 256
	store, err := sqlstore.Open(ctx, sqlstore.Config{URL: "sqlite://" + path})
	if err != nil {
		return err
	}
	defer store.Close()
	var failed error
	var committing sync.WaitGroup
	running, stop := context.WithCancel(ctx)
	committing.Go(func() { failed = store.Run(running) })

	service := post.NewService(store)
	var next atomic.Int64
	errs := make(chan error, writers)
	for range writers {
		go func() {
			var err error
			for n := int(next.Add(1)); n <= f.posts && err == nil; n = int(next.Add(1)) {
				err = f.writeOne(ctx, service, n)
			}
			errs <- err
		}()
	}
	var first error
	for range writers { // waits for them
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	stop()
	committing.Wait()
	if first != nil {
		return fmt.Errorf("filling the database: %w", first)
	}
	return failed
}

// writeOne stores the n-th post.
func (f filling) writeOne(ctx context.Context, service *post.Service, n int) error {
	by := auth.Actor{ID: 1, Name: "Bench", Role: auth.Editor}
	fields, err := post.ParseNew(f.body(n))
	if err != nil {
		return err
	}
	result, err := service.Create(ctx, by, fields, post.Request{})
	for version := result.Doc.Version; err == nil && version < int64(f.versions); version++ {
		var change post.Patch
		if change, err = post.ParsePatch(fmt.Appendf(nil, `{"description":"Change %d. %s"}`, version, filler)); err == nil {
			_, err = service.Edit(ctx, by, result.Doc.ID, version, change, post.EditOptions{}, post.Request{})
		}
	}
	return err
}

// Words of the posts: each post has common words, one of 100 themes and a word of its own.
const commonWord, categories, tags, themes = "quick", 10, 50, 100

// ownWord returns the word of the n-th post alone. All have the same length, as a search finds longer words too.
func ownWord(n int) string { return fmt.Sprintf("unique%07d", n) }

func theme(n int) string { return fmt.Sprint("theme", n%themes) }

func (f filling) body(n int) []byte {
	published := f.publishedEvery > 0 && n%f.publishedEvery == 0
	return fmt.Appendf(nil, `{"title":"Post %d of %s","slug":"post-%d","description":%q,"content":%q,"category":"Category %d","tags":["tag%d"],"published":%t}`,
		n, theme(n), n, filler, strings.Repeat(filler+"\n\n", 2)+ownWord(n), n%categories, n%tags, published)
}
