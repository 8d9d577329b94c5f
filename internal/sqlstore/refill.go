package sqlstore

import (
	"context"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/outbox"
)

// RequestRefill asks the relay to empty the topic and to publish the whole event log again. It
// returns the number of the request.
func (s *Store) RequestRefill(ctx context.Context) (request int64, err error) {
	err = s.updateFirst(ctx, func(t *tx) (err error) {
		request, err = t.raise("refill", 1)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("requesting that the topic is filled again: %w", err)
	}
	return request, nil
}

// Refill returns the newest request and the one that was carried out last. refused: Kafka did
// not let the relay carry it out.
func (s *Store) Refill(ctx context.Context) (requested, done int64, refused bool, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT r.value, d.value FROM counters r JOIN counters d ON d.name = 'refilled' WHERE r.name = 'refill'").Scan(&requested, &done)
	if err != nil {
		return 0, 0, false, fmt.Errorf("reading the requests to fill the topic: %w", classify(err))
	}
	if done < 0 {
		return requested, -done, true, nil
	}
	return requested, done, false, nil
}

// Refilled ends a request. Unless it was refused the topic is empty, and the watermark goes
// back to 0. It returns outbox.ErrFenced, and changes nothing, when a later term has begun.
func (s *Store) Refilled(ctx context.Context, term outbox.Term, request int64, refused bool) error {
	err := s.updateFirst(ctx, func(t *tx) error {
		var fence int64
		if err := t.row("SELECT fence FROM lease" + t.w.store.dialect.forUpdate).Scan(&fence); err != nil {
			return err
		}
		if fence != term.Fence {
			return outbox.ErrFenced
		}
		if refused {
			return t.exec("UPDATE counters SET value = ? WHERE name = 'refilled'", -request)
		}
		if err := t.exec("UPDATE lease SET watermark = 0"); err != nil {
			return err
		}
		return t.exec("UPDATE counters SET value = ? WHERE name = 'refilled'", request)
	})
	return wrapLease(err)
}
