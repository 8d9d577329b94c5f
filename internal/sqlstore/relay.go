package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/outbox"
)

// Acquire begins a term for holder, which lasts ttl unless renewed. While another
// holder's term lasts it returns that one, and outbox.ErrHeld. The database's clock alone
// says when a term ends: those of the nodes may differ.
func (s *relayStore) Acquire(ctx context.Context, holder string, ttl time.Duration) (outbox.Term, error) {
	now := s.dialect.now
	var term outbox.Term
	var held bool
	err := s.read.QueryRowContext(ctx, "SELECT holder, fence, watermark, holder NOT IN (?, '') AND expires_at > "+now+" FROM lease", holder).
		Scan(&term.Holder, &term.Fence, &term.Watermark, &held)
	if err != nil || held { // most ask while another one leads: a read tells them, and locks nothing
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

// Renew makes the term last for another ttl and stores that every event up to watermark is in
// Kafka. It returns outbox.ErrFenced when a later term has begun.
func (s *relayStore) Renew(ctx context.Context, term outbox.Term, watermark int64, ttl time.Duration) error {
	return s.changeLease(ctx, "UPDATE lease SET expires_at = "+s.dialect.now+" + ?, watermark = ? WHERE fence = ?", ttl.Milliseconds(), watermark, term.Fence)
}

// Advance stores that every event up to watermark is in Kafka. It returns outbox.ErrFenced when a later term has begun.
func (s *relayStore) Advance(ctx context.Context, term outbox.Term, watermark int64) error {
	return s.changeLease(ctx, "UPDATE lease SET watermark = ? WHERE fence = ?", watermark, term.Fence)
}

// Release ends the term at once, so that another node need not wait for its end.
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

// Watermark returns the number up to which every event is in Kafka.
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

// RequestRefill asks the relay to empty the topic and to publish the whole event log again. It
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

// Refill returns the newest request and the one that was carried out last. refused: Kafka did
// not let the relay carry it out.
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

// Refilled ends a request. Unless it was refused the topic is empty, and the watermark goes
// back to 0. It returns outbox.ErrFenced, and changes nothing, when a later term has begun.
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
