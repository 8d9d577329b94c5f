package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ClaimCleanUp reports whether a clean-up is due, and takes it on for the caller: of all
// nodes one gets it, once in every. Clocks that differ shift its time and no more.
func (s *Store) ClaimCleanUp(ctx context.Context, every time.Duration) (mine bool, err error) {
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

// deleteOld deletes the rows of table whose column is at most cutoff, in short
// transactions, so that millions of them hold up nobody.
func (s *Store) deleteOld(ctx context.Context, table, column string, cutoff int64) error {
	const batch = 500
	for more := true; more; {
		upTo := cutoff
		err := s.read.QueryRowContext(ctx, "SELECT "+column+" FROM "+table+" WHERE "+column+" <= ? ORDER BY "+column+" LIMIT 1 OFFSET ?",
			cutoff, batch-1).Scan(&upTo)
		if more = err == nil; !more && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("finding old %s: %w", table, classify(err))
		}
		err = s.update(ctx, func(t *tx) error { return t.exec("DELETE FROM "+table+" WHERE "+column+" <= ?", upTo) })
		if err != nil {
			return fmt.Errorf("deleting old %s: %w", table, err)
		}
	}
	return nil
}
