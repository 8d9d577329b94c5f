package sqlstore

import (
	"context"
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
	count := newCount(s.dialect, q, labels)
	var examined, matched int64
	if err := s.read.QueryRowContext(ctx, count.query(), count.args()...).Scan(&examined, &matched); err != nil {
		return nil, fmt.Errorf("counting posts: %w", classify(err))
	}
	if len(count.checks) > 0 && examined > maxTotalChecks {
		return nil, nil
	}
	return &matched, nil
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
	matches := "1"
	if len(c.checks) > 0 {
		matches = strings.Join(c.checks, " AND ")
	}
	return "SELECT count(*), coalesce(sum(matches), 0) FROM (SELECT " + matches + " AS matches FROM " + c.from + " LIMIT ?) AS examined"
}

func (c *count) args() []any {
	limit := maxTotal
	if len(c.checks) > 0 {
		limit = maxTotalChecks + 1
	}
	return append(slices.Concat(c.checkArgs, c.fromArgs), limit)
}
