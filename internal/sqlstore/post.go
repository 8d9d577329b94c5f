package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/wiredesk/wiredesk/internal/post"
)

var _ post.Store = (*Store)(nil)

// Update implements post.Store: change shares its commit with others that wait.
func (s *Store) Update(ctx context.Context, change func(tx post.Tx) error) error {
	return s.update(ctx, func(t *tx) error { return change(t) })
}

// Get returns the post with that id.
func (s *Store) Get(ctx context.Context, id int64) (post.Doc, error) {
	doc, _, err := s.doc(ctx, "id = ?", id)
	return doc, err
}

// BySlug returns the post with that slug, and whether it is published.
func (s *Store) BySlug(ctx context.Context, slug string) (post.Doc, bool, error) {
	return s.doc(ctx, "slug = ?", slug)
}

func (s *Store) doc(ctx context.Context, where string, arg any) (post.Doc, bool, error) {
	var id, version int64
	var slug, content string
	var summary []byte
	var published bool
	err := s.read.QueryRowContext(ctx, "SELECT id, slug, version, published, summary, content FROM posts WHERE "+where, arg).
		Scan(&id, &slug, &version, &published, &summary, &content)
	if err != nil {
		return post.Doc{}, false, notFound(err, "There is no such post.")
	}
	doc, err := post.Splice(id, slug, version, summary, content)
	return doc, published, err
}

// sortColumns are the columns behind the sort fields of the API.
var sortColumns = map[string]string{"updatedAt": "updated_at", "createdAt": "created_at", "title": "title"}

// List reads one page by an index of its order.
func (s *Store) List(ctx context.Context, q post.Query) (post.Page, error) {
	page := post.Page{Items: []json.RawMessage{}}
	var err error
	if page.Cursor, err = s.Head(ctx); err != nil { // before the items: what changes meanwhile comes by the stream
		return page, err
	}
	query, args := listQuery(q)
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return page, fmt.Errorf("listing posts: %w", classify(err))
	}
	defer rows.Close()
	last := post.Position{Sort: q.Sort}
	field, _ := q.Sort.Field()
	for rows.Next() {
		if len(page.Items) == q.Limit { // the one too many tells that there is a next page
			page.Next = &last
			break
		}
		var summary []byte
		key := any(&last.Time)
		if field == "title" {
			key = &last.Title
		}
		if err := rows.Scan(&last.ID, key, &summary); err != nil {
			return page, fmt.Errorf("listing posts: %w", classify(err))
		}
		page.Items = append(page.Items, summary)
	}
	return page, classify(rows.Err())
}

func listQuery(q post.Query) (query string, args []any) {
	field, descending := q.Sort.Field()
	column, order, beyond := sortColumns[field], "ASC", ">"
	if descending {
		order, beyond = "DESC", "<"
	}
	var where []string
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if q.Category != "" {
		add("category = ?", q.Category)
	}
	if q.Published != nil {
		add("published = ?", *q.Published)
	}
	if q.Words != "" {
		add("id IN (SELECT rowid FROM posts_words WHERE posts_words MATCH ?)", matchExpression(q.Words))
	}
	if p := q.After; p != nil {
		var key any = p.Time
		if field == "title" {
			key = p.Title
		}
		add("("+column+", id) "+beyond+" (?, ?)", key, p.ID)
	}
	query = "SELECT id, " + column + ", summary FROM posts"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	query += " ORDER BY " + column + " " + order + ", id " + order + " LIMIT ?"
	return query, append(args, q.Limit+1)
}

// matchExpression asks for posts in which every word of the text begins some word.
func matchExpression(text string) string {
	separator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }
	words := strings.FieldsFunc(text, separator)
	for i, w := range words {
		words[i] = `"` + w + `"*`
	}
	if len(words) == 0 {
		return `""` // matches nothing
	}
	return strings.Join(words, " AND ")
}

// Categories returns the categories in use with their number of posts, by name.
func (s *Store) Categories(ctx context.Context) ([]post.Category, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT category, count(*) FROM posts WHERE category <> '' GROUP BY category ORDER BY category")
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", classify(err))
	}
	defer rows.Close()
	categories := []post.Category{}
	for rows.Next() {
		var c post.Category
		if err := rows.Scan(&c.Name, &c.Count); err != nil {
			return nil, fmt.Errorf("listing categories: %w", classify(err))
		}
		categories = append(categories, c)
	}
	return categories, classify(rows.Err())
}
