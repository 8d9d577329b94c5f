package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/serverproc"
)

const (
	readers     = 8 // connections, each with one request at a time
	readingWarm = 500 * time.Millisecond
	readingTime = 2 * time.Second
)

// request is a kind of request that readers send.
type request struct {
	name        string
	path        func(n int) string // of the n-th request of one reader
	paged       bool               // follows the pages of the list from path(0) to their end, and again
	ifNoneMatch string             // empty: not sent
	want        int                // status
}

// always returns the same path for each request.
func always(path string) func(int) string { return func(int) string { return path } }

// readAll measures the kinds of requests one after the other.
func (t *target) readAll(ctx context.Context, requests []request) ([]row, error) {
	var rows []row
	for _, r := range requests {
		more, err := t.read(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// newHTTPWorkers returns n workers, fewer with an error. Close them with closeWorkers.
func (t *target) newHTTPWorkers(ctx context.Context, n int) (all []*httpWorker, err error) {
	for range n {
		c, err := t.newHTTPWorker(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

func closeWorkers(all []*httpWorker) {
	for _, c := range all {
		c.close()
	}
}

// read sends r by all readers at the same time, for readingTime after a warm-up.
func (t *target) read(ctx context.Context, r request) ([]row, error) {
	all, err := t.newHTTPWorkers(ctx, readers)
	defer closeWorkers(all)
	if err != nil {
		return nil, err
	}
	var counting, over atomic.Bool
	var refused atomic.Int64
	took, errs := make([][]time.Duration, readers), make([]error, readers)
	var reading sync.WaitGroup
	for i, c := range all {
		reading.Go(func() {
			var after string
			for n := i; !over.Load() && errs[i] == nil; n += readers {
				path := r.path(n)
				if r.paged {
					path = r.path(0) + after
				}
				sent := time.Now()
				if after, errs[i] = c.get(path, r); errs[i] == errRefused {
					errs[i] = nil
					refused.Add(1)
				}
				if counting.Load() {
					took[i] = append(took[i], time.Since(sent))
				}
			}
		})
	}
	wait(ctx, readingWarm)
	cost, began := t.cost(), time.Now()
	own, _ := serverproc.CPUTime(os.Getpid())
	counting.Store(true)
	wait(ctx, readingTime)
	counting.Store(false)
	elapsed := time.Since(began)
	ownAfter, _ := serverproc.CPUTime(os.Getpid())
	total, known := cost(1)
	over.Store(true)
	reading.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return nil, err
	}
	times := flat(took)
	n := max(1, len(times))
	slices.Sort(times)
	rows := []row{
		count(r.name+": requests a second", "%.0f", float64(len(times))/elapsed.Seconds()).
			withDetail(" (this program's CPU: %s per request)", short((ownAfter-own)/time.Duration(n))),
		spread(r.name+": sent to answered", times),
		cpu(r.name+": server CPU per request", total/time.Duration(n), known),
	}
	if n := refused.Load(); n > 0 {
		rows = append(rows, count(r.name+": refused with 503", "%.0f", float64(n)))
	}
	return rows, nil
}

// errRefused is the error of an answer with status 503, such as of a search that takes too long.
var errRefused = errors.New("503 Service Unavailable")

// get sends one request. For a paged list it returns the query parameter of the next page, "" at the end.
func (c *httpWorker) get(path string, r request) (after string, err error) {
	header := ""
	if r.ifNoneMatch != "" {
		header = "If-None-Match: " + r.ifNoneMatch + "\r\n"
	}
	res, err := c.send(http.MethodGet, path, header, nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusServiceUnavailable {
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return "", err
		}
		return "", errRefused
	}
	if res.StatusCode != r.want {
		return "", fmt.Errorf("GET %s was answered with %s", path, res.Status)
	}
	var page struct{ Next string }
	if r.paged {
		err = json.NewDecoder(res.Body).Decode(&page)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
	}
	if err != nil {
		return "", fmt.Errorf("reading the answer to GET %s: %w", path, err)
	}
	if page.Next == "" {
		return "", nil
	}
	return "&after=" + url.QueryEscape(page.Next), nil
}

// list measures signed-in readers of many posts.
func list(ctx context.Context, t *target) ([]row, error) {
	if _, err := t.load(ctx, filling{posts: t.posts, versions: 1, publishedEvery: 10}); err != nil {
		return nil, err
	}
	rows, err := t.readAll(ctx, listRequests())
	return append(rows, note("load", fmt.Sprintf("%d posts, %d readers, pages of 50", t.posts, readers))), err
}

func listRequests() []request {
	const ok = http.StatusOK
	filtered := func(n int) string {
		return fmt.Sprintf("/api/posts?status=draft&category=Category+%d&tag=tag%d", n%categories, n%tags)
	}
	return []request{
		{name: "first page", path: always("/api/posts"), want: ok},
		{name: "by title", path: always("/api/posts?sort=title"), want: ok},
		{name: "all pages", path: always("/api/posts?sort=-createdAt"), paged: true, want: ok},
		{name: "status, category and tag", path: filtered, want: ok},
		{name: "search, 1 of 100 posts", path: func(n int) string { return "/api/posts?q=" + theme(n) }, want: ok},
		{name: "search, a word of all posts", path: always("/api/posts?q=" + commonWord), want: ok},
		{name: "search, one post", path: func(n int) string { return "/api/posts?q=" + ownWord(1+n%1000) }, want: ok},
	}
}

// public measures readers without an account, without and with concurrent edits.
func public(ctx context.Context, t *target) ([]row, error) {
	if _, err := t.load(ctx, filling{posts: t.posts, versions: 1, publishedEvery: 1}); err != nil {
		return nil, err
	}
	anonymous := *t
	anonymous.token = ""
	requests, err := anonymous.publicRequests(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := anonymous.readAll(ctx, requests)
	if err != nil {
		return nil, err
	}
	alone, err := t.edits(ctx)
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	reading, stop := context.WithCancel(ctx)
	go func() { done <- anonymous.keepReading(reading, requests[1]) }() // joined below
	among, err := t.edits(ctx)
	stop()
	if err = errors.Join(err, <-done); err != nil {
		return nil, err
	}
	return append(rows, spread("edit sent to answered, no readers", alone), spread("edit sent to answered, among readers of the post", among),
		note("load", fmt.Sprintf("%d published posts, %d readers", t.posts, readers))), nil
}

func (t *target) publicRequests(ctx context.Context) ([]request, error) {
	const ok, listPath, hot = http.StatusOK, "/api/public/posts", "/api/public/posts/post-1"
	c, err := t.newHTTPWorker(ctx)
	if err != nil {
		return nil, err
	}
	defer c.close()
	var tags [2]string
	for i, path := range []string{listPath, hot} {
		header, err := c.call(http.MethodGet, path, "", nil)
		if err != nil {
			return nil, err
		}
		tags[i] = header.Get("ETag")
	}
	any := func(n int) string { return fmt.Sprint("/api/public/posts/post-", 1+n%t.posts) }
	return []request{
		{name: "list", path: always(listPath), want: ok},
		{name: "one hot post", path: always(hot), want: ok},
		{name: "list, 304", path: always(listPath), ifNoneMatch: tags[0], want: http.StatusNotModified},
		{name: "hot post, 304", path: always(hot), ifNoneMatch: tags[1], want: http.StatusNotModified},
		{name: "all posts in turn", path: any, want: ok},
	}, nil
}

// keepReading sends r until ctx ends.
func (t *target) keepReading(ctx context.Context, r request) error {
	for ctx.Err() == nil {
		if _, err := t.read(ctx, r); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// edits sends 20 changes per second for 3 s and returns the time of each until its answer.
func (t *target) edits(ctx context.Context) ([]time.Duration, error) {
	one, err := t.newClientPool(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer one.close()
	all, err := t.newWriters(ctx, 4, one)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	return atRate(ctx, all, one.began, time.Second/20, 60)
}
