package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ClaimCleanUp reports whether a clean-up is due, and assigns it to the caller: one node gets it, once per
// period. The time is stored by the clock of the node; a wrong clock delays a clean-up by at most one period.
func (s *cleanupStore) ClaimCleanUp(ctx context.Context, every time.Duration) (mine bool, err error) {
	now := time.Now()
	err = s.update(ctx, func(t *tx) error {
		res, err := t.write("UPDATE counters SET value = ? WHERE name = 'cleaned' AND (value <= ? OR value > ?)",
			millis(now), millis(now.Add(-every)), millis(now.Add(every)))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		mine = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("claiming the clean-up: %w", err)
	}
	return mine, nil
}

// deleteOld deletes the rows of table whose column is at most cutoff, in short transactions, between
// which other writes run.
func (db *database) deleteOld(ctx context.Context, table, column string, cutoff int64) error {
	const batch = 500
	for more := true; more; {
		upTo := cutoff
		err := db.read.QueryRowContext(ctx, "SELECT "+column+" FROM "+table+" WHERE "+column+" <= ? ORDER BY "+column+" LIMIT 1 OFFSET ?",
			cutoff, batch-1).Scan(&upTo)
		if more = err == nil; !more && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("finding old %s: %w", table, classify(err))
		}
		err = db.update(ctx, func(t *tx) error { return t.exec("DELETE FROM "+table+" WHERE "+column+" <= ?", upTo) })
		if err != nil {
			return fmt.Errorf("deleting old %s: %w", table, err)
		}
	}
	return nil
}

// DropEvents removes the oldest events: those before cutoff, up to the number published, that the search
// index has; it waits for the index. It copies the last event of each existing post to kept_events. It
// works in short transactions and returns the number of removed events.
func (s *cleanupStore) DropEvents(ctx context.Context, cutoff time.Time, published int64) (dropped int64, err error) {
	const batch = 500
	index, err := s.indexedAll(ctx)
	if err != nil {
		return 0, err
	}
	published = min(published, index.watermark)
	for {
		last, n, err := s.oldRun(ctx, millis(cutoff), published, batch)
		if err != nil || n == 0 {
			return dropped, err
		}
		err = s.update(ctx, func(t *tx) error {
			if err := t.dropDeleted(last); err != nil {
				return err
			}
			if err := t.keepLast(last); err != nil {
				return err
			}
			return t.exec("DELETE FROM events WHERE seq <= ?", last)
		})
		if err != nil {
			return dropped, fmt.Errorf("dropping old events: %w", err)
		}
		dropped += n
	}
}

// indexedAll returns the state of the index once it has all events of the time of the call, after at
// most 5 s.
func (s *cleanupStore) indexedAll(ctx context.Context) (indexState, error) {
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.index.AwaitIndex(wait, false); err != nil && wait.Err() == nil {
		return indexState{}, err
	}
	return s.index.indexState(ctx)
}

// oldRun returns the last number and the count of the old events at the start of the log. They are
// consecutive, so that the log gets no gap.
func (s *cleanupStore) oldRun(ctx context.Context, cutoff, published int64, limit int) (last, n int64, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT seq, time FROM events WHERE seq <= ? ORDER BY seq LIMIT ?", published, limit)
	if err != nil {
		return 0, 0, fmt.Errorf("finding old events: %w", classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var seq, at int64
		if err := rows.Scan(&seq, &at); err != nil {
			return 0, 0, fmt.Errorf("finding old events: %w", classify(err))
		}
		if at >= cutoff {
			break
		}
		last, n = seq, n+1
	}
	return last, n, classify(rows.Err())
}

// DeleteResults deletes the results of requests that were saved at cutoff or earlier.
func (s *cleanupStore) DeleteResults(ctx context.Context, cutoff time.Time) error {
	return s.deleteOld(ctx, "outcomes", "created_at", millis(cutoff))
}

// DeleteExpiredSessions deletes sessions that have ended.
func (s *cleanupStore) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	return s.deleteOld(ctx, "sessions", "expires_at", millis(now))
}
