package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// wordTable returns a table of the search index and the table of its posts.
func wordTable(live bool) (words, posts string) {
	if live {
		return "live_words", "live_posts"
	}
	return "posts_words", "posts"
}

// indexOrphans returns ids in (after, last] with words but without a post, at most limit.
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

// indexChange stores the words of a post in the search index; nil words remove them.
type indexChange struct {
	id    int64
	live  bool    // of table live_words, else posts_words
	words *string // in the form of the index
}

// compareChanges orders changes by table and id. FTS5 collects words in memory, but writes a segment
// whenever an id is lower than the one before.
func compareChanges(a, b indexChange) int {
	if a.live != b.live {
		if a.live {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.id, b.id)
}

// writeIndex stores changes, which are sorted by compareChanges.
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

// writeWords stores changes of one table.
func (t *tx) writeWords(table string, changes []indexChange) error {
	id := t.w.db.dialect.wordsID
	var rows [][]any
	var removed []any
	for _, c := range changes {
		if c.words != nil {
			rows = append(rows, []any{c.id, *c.words})
		} else {
			removed = append(removed, c.id)
		}
	}
	for some := range slices.Chunk(removed, maxIndexPosts) {
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
