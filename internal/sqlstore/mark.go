package sqlstore

import (
	"context"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Newest returns the end of the event log.
func (s *Store) Newest(ctx context.Context) (at event.Head, err error) {
	at.Server = s.server.generation.Load() // before the query: a later change must show
	err = s.read.QueryRowContext(ctx, "SELECT value, (SELECT epoch FROM installation), coalesce((SELECT id FROM events WHERE seq = value), '') FROM counters WHERE name = 'seq'").
		Scan(&at.Seq, &at.Epoch, &at.ID)
	if err != nil {
		return at, fmt.Errorf("reading the newest event: %w", classify(err))
	}
	return at, nil
}

// Marks returns the events from number seq on, which is included, in order, at most limit. As in After, a number may be missing
// that a later query finds.
func (s *Store) Marks(ctx context.Context, seq int64, limit int) (marks []event.Mark, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT seq, id, post_id FROM events WHERE seq >= ? ORDER BY seq LIMIT ?", seq, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the events from %d: %w", seq, classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var m event.Mark
		if err := rows.Scan(&m.Seq, &m.ID, &m.PostID); err != nil {
			return nil, fmt.Errorf("reading the events from %d: %w", seq, classify(err))
		}
		marks = append(marks, m)
	}
	return marks, classify(rows.Err())
}
