package sqlstore

import (
	"context"

	"github.com/wiredesk/wiredesk/internal/post"
)

var _ post.Store = (*Store)(nil)

// Update implements post.Store. change shares its transaction with other queued ops.
func (s *postStore) Update(ctx context.Context, id int64, change func(tx post.Tx) error) error {
	return s.send(s.queue, &writeOp{ctx: ctx, post: id, do: func(t *tx) error { return change(t) }})
}

// Get implements post.Store.
func (s *postStore) Get(ctx context.Context, id int64) (post.Doc, error) {
	return s.doc(ctx, "posts", "id = ?", id)
}

func (s *postStore) doc(ctx context.Context, table, where string, arg any) (post.Doc, error) {
	var id, version int64
	var slug, content string
	var summary []byte
	err := s.read.QueryRowContext(ctx, "SELECT id, slug, version, summary, content FROM "+table+" WHERE "+where, arg).
		Scan(&id, &slug, &version, &summary, &content)
	if err != nil {
		return post.Doc{}, notFound(err, "There is no such post.")
	}
	return post.Splice(id, slug, version, summary, content)
}
