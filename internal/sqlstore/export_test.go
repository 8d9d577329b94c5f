package sqlstore

import (
	"context"

	"github.com/wiredesk/wiredesk/internal/post"
)

// Count returns how many rows a table has.
func (s *Store) Count(ctx context.Context, table string) (n int, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	return n, err
}

// BySlug returns the post with that slug.
func (s *Store) BySlug(ctx context.Context, slug string) (post.Doc, error) {
	return s.doc(ctx, "posts", "slug = ?", slug)
}
