package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/wiredesk/wiredesk/internal/post"
)

// Row is a stored post.
type Row struct {
	post.Doc
	// Stray names the columns that differ from their members in the document. If the summary is
	// invalid JSON, it is "summary" alone, and JSON is empty.
	Stray []string
}

// Rows returns the posts with an id above after, by id: at most limit, and fewer to stay under 4 MiB.
func (s *verifyStore) Rows(ctx context.Context, after int64, limit int) ([]Row, error) {
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
	if row.Stray = strayColumns(p.Summary, created, updated, summary); slices.Contains(row.Stray, "summary") {
		return row, nil
	}
	row.Doc, err = post.Splice(p.ID, p.Slug, p.Version, summary, p.Content)
	return row, err
}

// strayColumns returns the names of the columns that differ from the JSON of the summary; "summary" if it
// is invalid.
func strayColumns(p post.Summary, created, updated int64, summary []byte) (names []string) {
	var in post.Summary
	if json.Unmarshal(summary, &in) != nil {
		return []string{"summary"}
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
			names = append(names, c.name)
		}
	}
	return names
}

// LivePair is a post and its live version, read by one query.
type LivePair struct {
	ID      int64
	Missing bool          // the post does not exist
	Working *post.Summary // nil: missing or invalid
	Live    *Row          // nil: none
}

const liveColumnNames = "l.id, l.slug, l.title, l.category, l.created_at, l.updated_at, l.version, l.summary, l.content"

// LivePairs returns the posts with an id above after, by id, each with its live version: at most limit,
// and fewer to stay under 4 MiB.
func (s *verifyStore) LivePairs(ctx context.Context, after int64, limit int) ([]LivePair, error) {
	return s.livePairs(ctx, "SELECT p.id, p.summary, "+liveColumnNames+
		" FROM posts p LEFT JOIN live_posts l ON l.id = p.id WHERE p.id > ? ORDER BY p.id LIMIT ?", after, limit)
}

// LiveOrphans returns the live posts without a post, with an id above after, by id, bounded as LivePairs.
func (s *verifyStore) LiveOrphans(ctx context.Context, after int64, limit int) ([]LivePair, error) {
	return s.livePairs(ctx, "SELECT l.id, p.summary, "+liveColumnNames+
		" FROM live_posts l LEFT JOIN posts p ON p.id = l.id WHERE l.id > ? AND p.id IS NULL ORDER BY l.id LIMIT ?", after, limit)
}

func (s *verifyStore) livePairs(ctx context.Context, query string, after int64, limit int) ([]LivePair, error) {
	rows, err := s.read.QueryContext(ctx, query, after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading live posts: %w", classify(err))
	}
	defer rows.Close()
	var list []LivePair
	for size := 0; rows.Next() && size < maxPageBytes; {
		pair, err := scanPair(rows)
		if err != nil {
			return nil, fmt.Errorf("reading live posts: %w", classify(err))
		}
		list = append(list, pair)
		if pair.Live != nil {
			size += len(pair.Live.JSON)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading live posts: %w", classify(err))
	}
	return list, nil
}

func scanPair(from scanner) (pair LivePair, err error) {
	var working, summary []byte
	var id, created, updated, version sql.NullInt64
	var slug, title, category, content sql.NullString
	err = from.Scan(&pair.ID, &working, &id, &slug, &title, &category, &created, &updated, &version, &summary, &content)
	if err != nil {
		return pair, err
	}
	pair.Missing = working == nil
	if in := new(post.Summary); json.Unmarshal(working, in) == nil {
		pair.Working = in
	}
	if !id.Valid {
		return pair, nil
	}
	// A live post is published; the table has no column for it.
	p := post.Summary{ID: id.Int64, Slug: slug.String, Title: title.String, Category: category.String, Published: true, Version: version.Int64}
	pair.Live = &Row{Doc: post.Doc{ID: p.ID, Slug: p.Slug, Version: p.Version}, Stray: strayColumns(p, created.Int64, updated.Int64, summary)}
	if slices.Contains(pair.Live.Stray, "summary") {
		return pair, nil
	}
	pair.Live.Doc, err = post.Splice(p.ID, p.Slug, p.Version, summary, content.String)
	return pair, err
}

// IndexedSeq returns the number up to which the search index has all events.
func (s *verifyStore) IndexedSeq(ctx context.Context) (seq int64, err error) {
	st, err := s.index.indexState(ctx)
	return st.watermark, err
}

// Unindexed returns ids above after, in order, of posts or live posts that the search index lacks: at most
// limit.
func (s *verifyStore) Unindexed(ctx context.Context, live bool, after int64, limit int) ([]int64, error) {
	words, posts := wordTable(live)
	rows, err := s.read.QueryContext(ctx, "SELECT p.id FROM "+posts+" p LEFT JOIN "+words+" w ON w."+s.dialect.wordsID+" = p.id WHERE p.id > ? AND w."+
		s.dialect.wordsID+" IS NULL ORDER BY p.id LIMIT ?", after, limit)
	ids, err := scanIDs(rows, err)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", words, classify(err))
	}
	return ids, nil
}

// IndexOrphans returns ids above after, in order, that the search index has without a post or live post: at
// most limit.
func (s *verifyStore) IndexOrphans(ctx context.Context, live bool, after int64, limit int) ([]int64, error) {
	return s.index.indexOrphans(ctx, live, after, math.MaxInt64, limit)
}
