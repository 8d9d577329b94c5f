package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/outbox"
)

// Acquire starts a term of holder, which ends after ttl unless renewed. While the term of another holder
// lasts, it returns that term and outbox.ErrHeld. Only the clock of the database decides: the clocks of
// the nodes may differ.
func (s *relayStore) Acquire(ctx context.Context, holder string, ttl time.Duration) (outbox.Term, error) {
	now := s.dialect.now
	var term outbox.Term
	var held bool
	err := s.read.QueryRowContext(ctx, "SELECT holder, fence, watermark, holder NOT IN (?, '') AND expires_at > "+now+" FROM lease", holder).
		Scan(&term.Holder, &term.Fence, &term.Watermark, &held)
	if err != nil || held { // the usual case, without a lock
		return term, wrapLease(cmp.Or(classify(err), outbox.ErrHeld))
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

// Renew extends the term by ttl from now and stores the watermark: Kafka has all events up to it. It
// returns outbox.ErrFenced if a later term has started.
func (s *relayStore) Renew(ctx context.Context, term outbox.Term, watermark int64, ttl time.Duration) error {
	return s.changeLease(ctx, "UPDATE lease SET expires_at = "+s.dialect.now+" + ?, watermark = ? WHERE fence = ?", ttl.Milliseconds(), watermark, term.Fence)
}

// Advance stores the watermark. It returns outbox.ErrFenced if a later term has started.
func (s *relayStore) Advance(ctx context.Context, term outbox.Term, watermark int64) error {
	return s.changeLease(ctx, "UPDATE lease SET watermark = ? WHERE fence = ?", watermark, term.Fence)
}

// Release ends the term, so that another node can start one at once.
func (s *relayStore) Release(ctx context.Context, term outbox.Term) error {
	return s.changeLease(ctx, "UPDATE lease SET holder = '', expires_at = 0 WHERE fence = ?", term.Fence)
}

func (s *relayStore) changeLease(ctx context.Context, query string, args ...any) error {
	err := s.updateFirst(ctx, func(t *tx) error {
		res, err := t.write(query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, outbox.ErrFenced)
		}
		return nil
	})
	return wrapLease(err)
}

// Watermark returns the number up to which Kafka has all events.
func (s *relayStore) Watermark(ctx context.Context) (watermark int64, err error) {
	if err := s.read.QueryRowContext(ctx, "SELECT watermark FROM lease").Scan(&watermark); err != nil {
		return 0, fmt.Errorf("reading the watermark: %w", classify(err))
	}
	return watermark, nil
}

func wrapLease(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lease: %w", err)
}

// RequestRefill requests that the relay empties the topic and publishes the whole event log again. It
// returns the number of the request.
func (s *relayStore) RequestRefill(ctx context.Context) (request int64, err error) {
	err = s.updateFirst(ctx, func(t *tx) (err error) {
		request, err = t.increment("refill", 1)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("requesting that the topic is filled again: %w", err)
	}
	return request, nil
}

// Refill returns the newest request and the last completed one. refused reports whether Kafka has refused
// the completed one.
func (s *relayStore) Refill(ctx context.Context) (requested, done int64, refused bool, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT r.value, d.value FROM counters r JOIN counters d ON d.name = 'refilled' WHERE r.name = 'refill'").Scan(&requested, &done)
	if err != nil {
		return 0, 0, false, fmt.Errorf("reading the requests to fill the topic: %w", classify(err))
	}
	if done < 0 {
		return requested, -done, true, nil
	}
	return requested, done, false, nil
}

// Refilled completes a request. Unless it was refused, the topic is empty and the watermark is reset to
// 0. If a later term has started, it changes nothing and returns outbox.ErrFenced.
func (s *relayStore) Refilled(ctx context.Context, term outbox.Term, request int64, refused bool) error {
	err := s.updateFirst(ctx, func(t *tx) error {
		var fence int64
		if err := t.row("SELECT fence FROM lease" + t.w.db.dialect.forUpdate).Scan(&fence); err != nil {
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
