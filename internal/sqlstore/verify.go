package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/post"
)

// Row is a post as the database holds it.
type Row struct {
	post.Doc
	// Stray names the columns that differ from the document, of which they are copies.
	// When the document cannot be read it names summary, and there is no JSON.
	Stray []string
}

// Rows returns the posts with an id above after, by id: at most limit, and fewer to stay under 4 MiB.
func (s *Store) Rows(ctx context.Context, after int64, limit int) ([]Row, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, slug, title, category, published, created_at, updated_at, version, summary, content "+
		"FROM posts WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading posts: %w", classify(err))
	}
	defer rows.Close()
	var list []Row
	for size := 0; rows.Next() && size < maxPageBytes; {
		row, err := scanRow(rows)
		if err != nil {
			return nil, fmt.Errorf("reading posts: %w", classify(err))
		}
		list = append(list, row)
		size += len(row.JSON)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading posts: %w", classify(err))
	}
	return list, nil
}

func scanRow(from scanner) (Row, error) {
	var p post.Post
	var summary []byte
	var created, updated int64
	err := from.Scan(&p.ID, &p.Slug, &p.Title, &p.Category, &p.Published, &created, &updated, &p.Version, &summary, &p.Content)
	if err != nil {
		return Row{}, err
	}
	row := Row{Doc: post.Doc{ID: p.ID, Slug: p.Slug, Version: p.Version}}
	var in post.Summary
	if json.Unmarshal(summary, &in) != nil {
		row.Stray = []string{"summary"}
		return row, nil
	}
	for _, c := range []struct {
		name string
		same bool
	}{
		{"id", p.ID == in.ID}, {"slug", p.Slug == in.Slug}, {"title", p.Title == in.Title}, {"category", p.Category == in.Category},
		{"published", p.Published == in.Published}, {"created_at", created == millis(in.CreatedAt)},
		{"updated_at", updated == millis(in.UpdatedAt)}, {"version", p.Version == in.Version},
	} {
		if !c.same {
			row.Stray = append(row.Stray, c.name)
		}
	}
	row.Doc, err = post.Splice(p.ID, p.Slug, p.Version, summary, p.Content)
	return row, err
}
