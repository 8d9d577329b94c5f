package sqlstore

import (
	"context"
	"fmt"
	"math"
)

// IndexedSeq returns the number up to which the posts of all events are in the index of words.
func (s *Store) IndexedSeq(ctx context.Context) (seq int64, err error) {
	st, err := s.indexState(ctx)
	return st.watermark, err
}

// Unindexed returns ids above after, by id, of posts or live posts that the index of words lacks: at most limit.
func (s *Store) Unindexed(ctx context.Context, live bool, after int64, limit int) ([]int64, error) {
	words, posts := wordTable(live)
	rows, err := s.read.QueryContext(ctx, "SELECT p.id FROM "+posts+" p LEFT JOIN "+words+" w ON w."+s.dialect.wordsID+" = p.id WHERE p.id > ? AND w."+
		s.dialect.wordsID+" IS NULL ORDER BY p.id LIMIT ?", after, limit)
	ids, err := scanIDs(rows, err)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", words, classify(err))
	}
	return ids, nil
}

// IndexOrphans returns ids above after, by id, that the index of words has and that are of no post, or of no live post: at most limit.
func (s *Store) IndexOrphans(ctx context.Context, live bool, after int64, limit int) ([]int64, error) {
	return s.indexOrphans(ctx, live, after, math.MaxInt64, limit)
}
