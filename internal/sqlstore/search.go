package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// A search first scans the start of the list: the matches of a common word fill a page from there.
const (
	scanRows        = 256     // posts of that scan
	maxScannedBytes = 2 << 20 // bytes of content of that scan
	commonWords     = 8       // words are common if more than one in this many scanned posts has all of them
)

// searchTime bounds one search. Searches of public posts need no account, so all searches together use at
// most half of the read connections, and other requests do not wait for them.
const searchTime = 2 * time.Second

// searching runs one search within searchTime, in one of the searchSlots.
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

// search reads a page of posts with all words of q. It scans the start of the list first, then uses the
// search index, which has the events up to head unless it is late.
func (s *postStore) search(ctx context.Context, q post.Query, labels []labelCount, head int64) (page post.Page, err error) {
	words := newSearch(q.Words)
	if len(words) == 0 {
		return post.Page{Items: []json.RawMessage{}}, nil
	}
	// The search index returns all posts of a word before the first can be read: too many for a common
	// word. The scan fills a page of those.
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
			if done.words > done.rows/commonWords { // the index would return too many posts
				from.scanFilter, from.match = words, ""
			}
		}
		if from.ids, err = s.fewMatches(ctx, q, from.match); err != nil {
			return page, err
		}
		page, _, err = s.page(ctx, q, from)
		return page, err
	})
}

// fewMatches returns the ids of the posts that match finds, or nil if they are more than maxSorted: then
// the list is read in its order until the page is full.
func (s *postStore) fewMatches(ctx context.Context, q post.Query, match string) ([]int64, error) {
	if s.dialect.matches == "" || match == "" {
		return nil, nil
	}
	_, prefix := tableOf(q)
	rows, err := s.read.QueryContext(ctx, fmt.Sprintf(s.dialect.matches, prefix+"words"), match, maxSorted+1)
	if err != nil {
		return nil, fmt.Errorf("reading the matches of a search: %w", classify(err))
	}
	defer rows.Close()
	ids := []int64{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("reading the matches of a search: %w", classify(err))
		}
		ids = append(ids, id)
	}
	if len(ids) > maxSorted {
		ids = nil
	}
	return ids, classify(rows.Err())
}

func busy(cause error) error {
	f := fault.Wrap(fault.Unavailable, "Too many searches are running, or this one takes too long. Try again.", cause)
	f.RetryAfter = time.Second
	return f
}

// Bounds of a scan, which checks posts one by one. A page that ends at a bound may be short; the next
// page continues from there.
const (
	maxScanRows  = 5_000
	maxScanBytes = 8 << 20 // of content
	maxScanTime  = searchTime / 2
)

// scan has the figures of a scan.
type scan struct {
	rows, bytes int
	words       int  // rows with all words of the search, in any order
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
