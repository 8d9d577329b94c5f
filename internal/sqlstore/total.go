package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wiredesk/wiredesk/internal/post"
)

// Bounds of one count.
const (
	maxTotal       = 10_000 // index entries, which are counted without their posts
	maxTotalChecks = 1_000  // posts that are read to check further filters
)

// total returns the number of posts that match q, at most maxTotal; nil if the count would take too long.
// first is the first page of q, at a position read before it.
func (s *postStore) total(ctx context.Context, q post.Query, labels []labelCount, first post.Page, at logPosition) (*int64, error) {
	switch {
	case first.Next == nil:
		n := int64(len(first.Items))
		return &n, nil
	case q.Words != "", q.Deleted && q.Filtered():
		return nil, nil
	case q.Deleted: // not cached: retention changes the number without an event
		return s.count(ctx, q, labels)
	}
	key := newTotalKey(q)
	if n, ok := s.totals.get(key, at); ok {
		return n, nil
	}
	n, err := s.count(ctx, q, labels)
	if err == nil {
		s.totals.set(key, at, n)
	}
	return n, err
}

// maxTotals bounds the cached totals; one more empties the cache.
const maxTotals = 64

// totals caches the total of each filter until the next event. After an event all open lists are read
// again, and one of them counts.
type totals struct {
	mu    sync.Mutex
	byKey map[totalKey]keptTotal
}

type keptTotal struct {
	at    logPosition
	total *int64
}

// logPosition is the head of the event log in one generation: another server may have the same head after
// other events.
type logPosition struct{ server, head int64 }

type totalKey struct {
	published             string
	category, tag, author string
}

func newTotalKey(q post.Query) totalKey {
	key := totalKey{category: q.Category, tag: q.Tag, author: q.Author}
	if q.Published != nil {
		key.published = strconv.FormatBool(*q.Published)
	}
	return key
}

func (t *totals) get(key totalKey, at logPosition) (total *int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, ok := t.byKey[key]
	return kept.total, ok && kept.at == at
}

func (t *totals) set(key totalKey, at logPosition, total *int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byKey == nil || len(t.byKey) >= maxTotals {
		t.byKey = make(map[totalKey]keptTotal)
	}
	t.byKey[key] = keptTotal{at, total}
}

func (s *postStore) count(ctx context.Context, q post.Query, labels []labelCount) (*int64, error) {
	if len(labels) == 1 && q.Published == nil && q.Category == "" && labels[0].posts <= maxSorted {
		n := int64(labels[0].posts)
		return &n, nil
	}
	c := newCount(s.dialect, q, labels)
	if len(c.checks) == 0 {
		return s.countIndex(ctx, c)
	}
	var examined, matched int64
	if err := s.read.QueryRowContext(ctx, c.query(), c.args()...).Scan(&examined, &matched); err != nil {
		return nil, fmt.Errorf("counting posts: %w", classify(err))
	}
	if examined > maxTotalChecks {
		return nil, nil
	}
	return &matched, nil
}

// countIndex counts the entries of an index, at most maxTotal. A LIMIT in a subquery of count would make
// MySQL materialize all rows.
func (s *postStore) countIndex(ctx context.Context, c *counting) (*int64, error) {
	n := int64(maxTotal)
	var there int
	err := s.read.QueryRowContext(ctx, "SELECT 1 FROM "+c.from+" LIMIT 1 OFFSET ?", append(slices.Clone(c.fromArgs), maxTotal-1)...).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.read.QueryRowContext(ctx, "SELECT count(*) FROM "+c.from, c.fromArgs...).Scan(&n)
	}
	if err != nil {
		return nil, fmt.Errorf("counting posts: %w", classify(err))
	}
	n = min(n, maxTotal) // posts may have been added in between
	return &n, nil
}

// counting is a query that counts the rows of the narrowest index and, of these, the rows that pass all
// checks.
type counting struct {
	from      string
	fromArgs  []any
	checks    []string
	checkArgs []any
}

func newCount(d *dialect, q post.Query, labels []labelCount) *counting {
	c := new(counting)
	switch {
	case q.Deleted:
		c.read("deleted_posts " + fmt.Sprintf(d.index, "deleted_posts_deleted"))
	case len(labels) > 0:
		c.read("posts_labels WHERE kind = ? AND name = ?", labels[0].kind, labels[0].name)
		for _, l := range labels[1:] {
			c.check("EXISTS (SELECT 1 FROM posts_labels AS other WHERE other.kind = ? AND other.name = ? AND other.post_id = posts_labels.post_id)", l.kind, l.name)
		}
		if q.Published != nil {
			c.check("EXISTS (SELECT 1 FROM posts WHERE id = posts_labels.post_id AND published = ?)", *q.Published)
		}
		if q.Category != "" {
			c.check("EXISTS (SELECT 1 FROM posts WHERE id = posts_labels.post_id AND category = ?)", q.Category)
		}
	case q.Category != "":
		c.read("posts "+fmt.Sprintf(d.index, "posts_category_updated")+" WHERE category = ?", q.Category)
		if q.Published != nil {
			c.check("published = ?", *q.Published)
		}
	case q.Published != nil:
		c.read("posts "+fmt.Sprintf(d.index, "posts_published_updated")+" WHERE published = ?", *q.Published)
	default:
		c.read("posts " + fmt.Sprintf(d.index, "posts_updated"))
	}
	return c
}

func (c *counting) read(from string, args ...any) { c.from, c.fromArgs = from, args }

func (c *counting) check(condition string, args ...any) {
	c.checks, c.checkArgs = append(c.checks, condition), append(c.checkArgs, args...)
}

func (c *counting) query() string {
	return "SELECT count(*), coalesce(sum(matches), 0) FROM (SELECT " + strings.Join(c.checks, " AND ") + " AS matches FROM " + c.from + " LIMIT ?) AS examined"
}

func (c *counting) args() []any {
	return append(slices.Concat(c.checkArgs, c.fromArgs), maxTotalChecks+1)
}
