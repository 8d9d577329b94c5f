package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/node"
)

var _ node.Store = (*Store)(nil)

const maxNodes = 100 // rows that Nodes reads; with more nodes the list is incomplete

// PutNode inserts or replaces the record of a node.
func (s *nodeStore) PutNode(ctx context.Context, r node.Row) error {
	return s.updateFirst(ctx, func(t *tx) error {
		return t.exec("REPLACE INTO nodes (id, facts, beat, noted, note) VALUES (?, ?, ?, ?, ?)",
			r.ID, r.Facts, r.Beat, r.Noted, append([]byte{}, r.Note...))
	})
}

// DeleteNode removes the record of a node, if it exists.
func (s *nodeStore) DeleteNode(ctx context.Context, id string) error {
	return s.update(ctx, func(t *tx) error { return t.exec("DELETE FROM nodes WHERE id = ?", id) })
}

// Nodes returns the records of at most 100 nodes, without their payloads.
func (s *nodeStore) Nodes(ctx context.Context) ([]node.Row, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, facts, beat, noted FROM nodes ORDER BY id LIMIT ?", maxNodes)
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", classify(err))
	}
	defer rows.Close()
	var nodes []node.Row
	for rows.Next() {
		var r node.Row
		if err := rows.Scan(&r.ID, &r.Facts, &r.Beat, &r.Noted); err != nil {
			return nil, fmt.Errorf("listing nodes: %w", classify(err))
		}
		nodes = append(nodes, r)
	}
	return nodes, classify(rows.Err())
}

// Note returns the note of one node, nil when there is no such node.
func (s *nodeStore) Note(ctx context.Context, id string) (note []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT note FROM nodes WHERE id = ?", id).Scan(&note)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("reading a node's note: %w", classify(err))
	}
	return note, nil
}
