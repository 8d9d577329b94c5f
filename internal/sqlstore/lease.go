package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/outbox"
)

// Acquire begins a term for holder, which lasts ttl unless renewed. While another
// holder's term lasts it returns that one, and outbox.ErrHeld. The database's clock alone
// says when a term ends: those of the nodes may differ.
func (s *Store) Acquire(ctx context.Context, holder string, ttl time.Duration) (outbox.Term, error) {
	now := s.dialect.now
	var term outbox.Term
	var held bool
	err := s.read.QueryRowContext(ctx, "SELECT holder, fence, watermark, holder NOT IN (?, '') AND expires_at > "+now+" FROM lease", holder).
		Scan(&term.Holder, &term.Fence, &term.Watermark, &held)
	if err != nil || held { // most ask while another one leads: a read tells them, and locks nothing
		return term, wrapLease(orElse(classify(err), outbox.ErrHeld))
	}
	err = s.updateFirst(ctx, func(t *tx) error {
		res, err := t.write("UPDATE lease SET holder = ?, fence = fence + 1, expires_at = "+now+" + ? WHERE holder IN (?, '') OR expires_at <= "+now,
			holder, ttl.Milliseconds(), holder)
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
			return outbox.ErrHeld
		}
		return nil
	})
	return term, wrapLease(err)
}

// Renew makes the term last for another ttl and stores that every event up to watermark is in
// Kafka. It returns outbox.ErrFenced when a later term has begun.
func (s *Store) Renew(ctx context.Context, term outbox.Term, watermark int64, ttl time.Duration) error {
	return s.changeLease(ctx, "UPDATE lease SET expires_at = "+s.dialect.now+" + ?, watermark = ? WHERE fence = ?", ttl.Milliseconds(), watermark, term.Fence)
}

// Advance stores that every event up to watermark is in Kafka. It returns outbox.ErrFenced when a later term has begun.
func (s *Store) Advance(ctx context.Context, term outbox.Term, watermark int64) error {
	return s.changeLease(ctx, "UPDATE lease SET watermark = ? WHERE fence = ?", watermark, term.Fence)
}

// Release ends the term at once, so that another node need not wait for its end.
func (s *Store) Release(ctx context.Context, term outbox.Term) error {
	return s.changeLease(ctx, "UPDATE lease SET holder = '', expires_at = 0 WHERE fence = ?", term.Fence)
}

func (s *Store) changeLease(ctx context.Context, query string, args ...any) error {
	err := s.updateFirst(ctx, func(t *tx) error {
		res, err := t.write(query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return orElse(err, outbox.ErrFenced)
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
