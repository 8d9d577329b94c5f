package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Acquire begins a term for holder, which lasts ttl unless renewed. While another
// holder's term lasts it returns that one, and event.ErrHeld.
func (s *Store) Acquire(ctx context.Context, holder string, ttl time.Duration) (event.Term, error) {
	var term event.Term
	err := s.update(ctx, func(t *tx) error {
		now := time.Now()
		res, err := t.w.exec("UPDATE lease SET holder = ?, fence = fence + 1, expires_at = ? WHERE holder IN (?, '') OR expires_at <= ?",
			holder, millis(now.Add(ttl)), holder, millis(now))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if err := t.row("SELECT holder, fence, watermark FROM lease").Scan(&term.Holder, &term.Fence, &term.Watermark); err != nil {
			return err
		}
		if n == 0 {
			return event.ErrHeld
		}
		return nil
	})
	return term, wrapLease(err)
}

// Renew makes the term last for another ttl. It returns event.ErrFenced when a later term has begun.
func (s *Store) Renew(ctx context.Context, term event.Term, ttl time.Duration) error {
	return s.changeLease(ctx, "UPDATE lease SET expires_at = ? WHERE fence = ?", millis(time.Now().Add(ttl)), term.Fence)
}

// Advance stores that every event up to watermark is in Kafka. It returns event.ErrFenced when a later term has begun.
func (s *Store) Advance(ctx context.Context, term event.Term, watermark int64) error {
	return s.changeLease(ctx, "UPDATE lease SET watermark = ? WHERE fence = ?", watermark, term.Fence)
}

// Release ends the term at once, so that another node need not wait for its end.
func (s *Store) Release(ctx context.Context, term event.Term) error {
	return s.changeLease(ctx, "UPDATE lease SET holder = '', expires_at = 0 WHERE fence = ?", term.Fence)
}

func (s *Store) changeLease(ctx context.Context, query string, args ...any) error {
	err := s.update(ctx, func(t *tx) error {
		res, err := t.w.exec(query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return orElse(err, event.ErrFenced)
		}
		return nil
	})
	return wrapLease(err)
}

// Watermark returns the number up to which every event is in Kafka.
func (s *Store) Watermark(ctx context.Context) (watermark int64, err error) {
	if err := s.read.QueryRowContext(ctx, "SELECT watermark FROM lease").Scan(&watermark); err != nil {
		return 0, fmt.Errorf("reading the watermark: %w", classify(err))
	}
	return watermark, nil
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func wrapLease(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lease: %w", err)
}
