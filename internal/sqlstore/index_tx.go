package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// wordTable returns the table of an index of words, and the table of its posts.
func wordTable(live bool) (words, posts string) {
	if live {
		return "live_words", "live_posts"
	}
	return "posts_words", "posts"
}

// indexOrphans returns ids above after, up to last, that an index has and that are of no post: at most limit.
func (x *indexer) indexOrphans(ctx context.Context, live bool, after, last int64, limit int) ([]int64, error) {
	words, posts := wordTable(live)
	id := "w." + x.dialect.wordsID
	rows, err := x.read.QueryContext(ctx, "SELECT "+id+" FROM "+words+" w LEFT JOIN "+posts+" p ON p.id = "+id+" WHERE "+id+" > ? AND "+id+" <= ? AND p.id IS NULL ORDER BY "+id+" LIMIT ?", after, last, limit)
	ids, err := scanIDs(rows, err)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", words, classify(err))
	}
	return ids, nil
}

// indexChange is what an index of words is to hold of a post; nil words take it out.
type indexChange struct {
	id    int64
	live  bool    // in live_words; otherwise in posts_words
	words *string // as the index takes them
}

// compareChanges orders the changes of each index by the ids of the posts. FTS5 gathers words in memory,
// but a step back in ids makes it write a segment at once.
func compareChanges(a, b indexChange) int {
	if a.live != b.live {
		if a.live {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.id, b.id)
}

// writeIndex makes changes, which are sorted.
func (t *tx) writeIndex(changes []indexChange) error {
	for len(changes) > 0 {
		live := changes[0].live
		n := slices.IndexFunc(changes, func(c indexChange) bool { return c.live != live })
		if n < 0 {
			n = len(changes)
		}
		table, _ := wordTable(live)
		if err := t.writeWords(table, changes[:n]); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

// writeWords makes changes of one index.
func (t *tx) writeWords(table string, changes []indexChange) error {
	id := t.w.db.dialect.wordsID
	var rows [][]any
	var gone []any
	for _, c := range changes {
		if c.words != nil {
			rows = append(rows, []any{c.id, *c.words})
		} else {
			gone = append(gone, c.id)
		}
	}
	for some := range slices.Chunk(gone, maxIndexPosts) {
		_, err := t.w.conn.ExecContext(context.Background(), "DELETE FROM "+table+" WHERE "+id+" IN (?"+strings.Repeat(", ?", len(some)-1)+")", some...)
		if t.checkFatal(err) != nil {
			return fmt.Errorf("removing posts from %s: %w", table, err)
		}
	}
	if err := t.insert("REPLACE INTO "+table+" ("+id+", words) VALUES ", rows); err != nil {
		return fmt.Errorf("indexing posts in %s: %w", table, err)
	}
	return nil
}
