package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wiredesk/wiredesk/internal/post"
)

// sortColumns maps sort fields to columns.
var sortColumns = map[string]string{"updatedAt": "updated_at", "createdAt": "created_at", "title": "title"}

// source selects and bounds the rows that are read for a page.
type source struct {
	rows       int          // maximum
	scanFilter search       // each post must match it; checked on the text
	match      string       // search expression for the search index; empty: not used
	ids        []int64      // only these posts, which are read and sorted; nil: all
	labels     []labelCount // each post must have them; the rarest first
	scan       bool         // the page ends at the bounds of a scan, and may be short
}

// List implements post.Store. It reads a page by an index of its order.
func (s *postStore) List(ctx context.Context, q post.Query) (page post.Page, err error) {
	at := logPosition{server: s.server.generation.Load()}
	position, err := s.log.Position(ctx) // before the items, so that the stream has all later changes
	if err != nil {
		return page, err
	}
	at.head = position.Seq
	labels, err := s.queryLabels(ctx, q)
	if err != nil {
		return page, err
	}
	switch {
	case q.Deleted:
		page, err = s.listDeleted(ctx, q)
	case q.Words == "":
		page, _, err = s.page(ctx, q, source{rows: q.Limit + 1, labels: labels})
	default:
		page, err = s.search(ctx, q, labels, position.Seq)
	}
	if err == nil && q.Count && q.After == nil {
		page.Total, err = s.total(ctx, q, labels, page, at)
	}
	page.Cursor = position
	return page, err
}

// page reads a page from one source. done has the figures of the scan.
func (s *postStore) page(ctx context.Context, q post.Query, from source) (page post.Page, done scan, err error) {
	page.Items = []json.RawMessage{}
	query, args := s.dialect.listQuery(q, from)
	if from.match != "" {
		query = s.dialect.boundedSelect + strings.TrimPrefix(query, "SELECT")
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return page, done, fmt.Errorf("listing posts: %w", classify(err))
	}
	defer rows.Close()
	at := post.Position{Sort: q.Sort}
	last, key := at, any(&at.Time)
	if field, _ := q.Sort.Field(); field == "title" {
		key = &at.Title
	}
	for rows.Next() {
		if from.scan && done.full() {
			page.Next, done.complete = &at, true
			return page, done, nil
		}
		if !from.scan && done.bytes > maxScannedBytes {
			return page, done, nil
		}
		var summary []byte
		var content string
		if err := rows.Scan(&at.ID, key, &summary, &content); err != nil {
			return page, done, fmt.Errorf("listing posts: %w", classify(err))
		}
		done.add(content)
		found, words, err := from.scanFilter.finds(summary, content)
		if err != nil {
			return page, done, err
		}
		if words {
			done.words++
		}
		if !found {
			continue
		}
		if len(page.Items) == q.Limit { // one more post: there is a next page
			page.Next, done.complete = &last, true
			return page, done, nil
		}
		page.Items, last = append(page.Items, summary), at
	}
	done.complete = done.rows < from.rows
	return page, done, classify(rows.Err())
}

// listQuery returns the query of a page. It reads the index of the sort order that includes the
// narrowest filter, or the matches of the search index.
func (d *dialect) listQuery(q post.Query, from source) (query string, args []any) {
	field, descending := q.Sort.Field()
	column, order, beyond := sortColumns[field], "ASC", ">"
	if descending {
		order, beyond = "DESC", "<"
	}
	table, prefix := tableOf(q)
	where, filter := []string{}, ""
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if q.Published != nil {
		add("published = ?", *q.Published)
		filter = "published_"
	}
	if q.Category != "" {
		add("category = ?", q.Category)
		filter = "category_"
	}
	index := indexOf(prefix+filter, column)
	clause := fmt.Sprintf(d.index, index)
	switch {
	case from.ids != nil:
		list, _ := json.Marshal(from.ids)
		add("id IN (SELECT value FROM json_each(?))", string(list))
		clause = d.byID
	case from.match != "":
		add(fmt.Sprintf(d.matching, prefix+"words"), from.match)
		clause = fmt.Sprintf(d.index, cmp.Or(d.matchIndex, index))
	}
	for i, l := range from.labels {
		if i == 0 && l.posts <= maxSorted && from.match == "" {
			add(ofLabel, l.kind, l.name)
			clause = d.byID
		} else {
			add(hasLabel, l.kind, l.name)
		}
	}
	if p := q.After; p != nil {
		condition, keys := beyondPosition(column, beyond, p)
		add(condition, keys...)
	}
	content := "''"
	if len(from.scanFilter) > 0 {
		content = "content"
	}
	query = "SELECT id, " + column + ", summary, " + content + " FROM " + table + " " + clause
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	query += " ORDER BY " + column + " " + order + ", id " + order + " LIMIT ?"
	return query, append(args, from.rows)
}

// tableOf returns the table that a list reads, and the prefix of its indexes and of its table of words.
func tableOf(q post.Query) (table, prefix string) {
	if q.Live {
		return "live_posts", "live_"
	}
	return "posts", "posts_"
}

// indexOf returns the name of the index of a sort column.
func indexOf(prefix, column string) string { return prefix + strings.TrimSuffix(column, "_at") }

// beyondPosition returns the condition for the rows after a position in the order of column and id.
func beyondPosition(column, beyond string, p *post.Position) (condition string, keys []any) {
	var key any = p.Time
	if field, _ := p.Sort.Field(); field == "title" {
		key = p.Title
	}
	return fmt.Sprintf("%[1]s %[2]s= ? AND (%[1]s %[2]s ? OR id %[2]s ?)", column, beyond), []any{key, key, p.ID}
}

// Categories implements post.Store.
func (s *postStore) Categories(ctx context.Context) ([]post.NameCount, error) {
	return s.nameCounts(ctx, "SELECT category, count(*) FROM posts WHERE category <> '' GROUP BY category ORDER BY category")
}
