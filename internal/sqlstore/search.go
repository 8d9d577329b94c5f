package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// How many posts of a list, and bytes of them, are looked at before the index of words is asked.
const (
	scanRows        = 256
	maxScannedBytes = 2 << 20
	commonWords     = 8 // words that more than one in so many posts scanRows have are common
)

// searchTime bounds one search. Anybody may search the public posts, so searches have half
// of the reading connections at most, and the rest of the desk never waits for them.
const searchTime = 2 * time.Second

// searching runs one search within its bounds of time and number.
func (s *postStore) searching(ctx context.Context, do func(ctx context.Context) (post.Page, error)) (page post.Page, err error) {
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	select {
	case s.searchSlots <- struct{}{}:
		defer func() { <-s.searchSlots }()
	case <-ctx.Done():
		return page, busy(ctx.Err())
	}
	if page, err = do(ctx); err != nil && ctx.Err() != nil {
		err = busy(err)
	}
	return page, err
}

// search reads a page of posts that have all words of q, by the posts at the start of the list or by the
// index of words. The index has the events up to head, unless it is late.
func (s *postStore) search(ctx context.Context, q post.Query, labels []labelCount, head int64) (page post.Page, err error) {
	words := newSearch(q.Words)
	if len(words) == 0 {
		return post.Page{Items: []json.RawMessage{}}, nil
	}
	// The index names every post of a word before the first can be read. A common word,
	// of which it names too many, fills its page from the posts scanRows.
	var done scan
	page, err = s.searching(ctx, func(ctx context.Context) (page post.Page, err error) {
		page, done, err = s.page(ctx, q, source{rows: scanRows, scanFilter: words, labels: labels})
		return page, err
	})
	if err != nil || done.complete {
		return page, err
	}
	s.index.awaitWords(ctx, head)
	return s.searching(ctx, func(ctx context.Context) (page post.Page, err error) {
		from := source{rows: q.Limit + 1, match: s.dialect.match(words), labels: labels}
		if phrases := words.phrases(); len(phrases) > 0 {
			from.rows, from.scanFilter, from.scan = maxScanRows+1, phrases, true
			if done.words > done.rows/commonWords { // the index would name too many posts
				from.scanFilter, from.match = words, ""
			}
		}
		page, _, err = s.page(ctx, q, from)
		return page, err
	})
}

func busy(cause error) error {
	f := fault.Wrap(fault.Unavailable, "Too many searches are running, or this one takes too long. Try again.", cause)
	f.RetryAfter = time.Second
	return f
}

// Bounds of the posts that are examined one by one for a page. A page that ends at a bound may
// be short; the next one continues from there.
const (
	maxScanRows  = 5_000
	maxScanBytes = 8 << 20 // of content
	maxScanTime  = searchTime / 2
)

// scan is what was examined for a page.
type scan struct {
	rows, bytes int
	words       int  // rows that have all words searched for, in whatever order
	complete    bool // the page is full, or the list has ended
	began       time.Time
}

func (s *scan) add(content string) {
	if s.rows == 0 {
		s.began = time.Now()
	}
	s.rows, s.bytes = s.rows+1, s.bytes+len(content)
}

// full reports whether a bound is reached.
func (s *scan) full() bool {
	return s.rows >= maxScanRows || s.bytes >= maxScanBytes || s.rows > 0 && time.Since(s.began) > maxScanTime
}
