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
func (s *nodeStore) PutNode(ctx context.Context, r node.Record) error {
	return s.updateFirst(ctx, func(t *tx) error {
		return t.exec("REPLACE INTO nodes (id, facts, beat, noted, note) VALUES (?, ?, ?, ?, ?)",
			r.ID, r.Info, r.Heartbeat, r.PayloadVersion, append([]byte{}, r.Payload...))
	})
}

// DeleteNode removes the record of a node, if it exists.
func (s *nodeStore) DeleteNode(ctx context.Context, id string) error {
	return s.update(ctx, func(t *tx) error { return t.exec("DELETE FROM nodes WHERE id = ?", id) })
}

// Nodes returns the records of at most 100 nodes, without their payloads.
func (s *nodeStore) Nodes(ctx context.Context) ([]node.Record, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, facts, beat, noted FROM nodes ORDER BY id LIMIT ?", maxNodes)
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", classify(err))
	}
	defer rows.Close()
	var nodes []node.Record
	for rows.Next() {
		var r node.Record
		if err := rows.Scan(&r.ID, &r.Info, &r.Heartbeat, &r.PayloadVersion); err != nil {
			return nil, fmt.Errorf("listing nodes: %w", classify(err))
		}
		nodes = append(nodes, r)
	}
	return nodes, classify(rows.Err())
}

// NodePayload returns the payload of one record, nil if there is no such record.
func (s *nodeStore) NodePayload(ctx context.Context, id string) (note []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT note FROM nodes WHERE id = ?", id).Scan(&note)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("reading the payload of a node: %w", classify(err))
	}
	return note, nil
}
