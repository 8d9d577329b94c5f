package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wiredesk/wiredesk/internal/post"
)

// Bounds of the work of one count. An entry of an index is counted without reading its post.
const (
	maxTotal       = 10_000 // entries of an index
	maxTotalChecks = 1_000  // posts that are read to check further filters
)

// total returns how many posts match q, given its first page: up to maxTotal, nil when
// counting would take too long.
func (s *Store) total(ctx context.Context, q post.Query, labels []labelCount, first post.Page) (*int64, error) {
	if first.Next == nil {
		n := int64(len(first.Items))
		return &n, nil
	}
	if q.Words != "" || q.Deleted && q.Filtered() {
		return nil, nil
	}
	if len(labels) == 1 && q.Published == nil && q.Category == "" && labels[0].posts <= rareLabel {
		n := int64(labels[0].posts)
		return &n, nil
	}
	count := newCount(s.dialect, q, labels)
	if len(count.checks) == 0 {
		return s.countIndex(ctx, count)
	}
	var examined, matched int64
	if err := s.read.QueryRowContext(ctx, count.query(), count.args()...).Scan(&examined, &matched); err != nil {
		return nil, fmt.Errorf("counting posts: %w", classify(err))
	}
	if examined > maxTotalChecks {
		return nil, nil
	}
	return &matched, nil
}

// countIndex counts the entries of an index up to maxTotal. A LIMIT inside of a count would have
// MySQL store all that it counts.
func (s *Store) countIndex(ctx context.Context, c *count) (*int64, error) {
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

// count is a query that counts the rows of the narrowest index, and those among them that
// pass all checks.
type count struct {
	from      string
	fromArgs  []any
	checks    []string
	checkArgs []any
}

func newCount(d *dialect, q post.Query, labels []labelCount) *count {
	c := new(count)
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

func (c *count) read(from string, args ...any) { c.from, c.fromArgs = from, args }

func (c *count) check(condition string, args ...any) {
	c.checks, c.checkArgs = append(c.checks, condition), append(c.checkArgs, args...)
}

func (c *count) query() string {
	return "SELECT count(*), coalesce(sum(matches), 0) FROM (SELECT " + strings.Join(c.checks, " AND ") + " AS matches FROM " + c.from + " LIMIT ?) AS examined"
}

func (c *count) args() []any { return append(slices.Concat(c.checkArgs, c.fromArgs), maxTotalChecks+1) }
