package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// A transaction that numbers events locks the counter's row until its commit, so the order of the
// numbers is the order of the commits. Still, a query may return event n+1 without event n: InnoDB
// creates the read view of a query while transactions commit, without a common lock, so the view may
// include the second of two commits and not the first. Every later query returns both. Readers
// therefore stop at a gap and read again.
//
// A number that stays missing was lost by a fault of the disk or by manual deletion. Readers skip it
// after gapWait, once the primary has confirmed that the event does not exist.
const (
	gapWait = 30 * time.Second
	maxGaps = 64 // gaps in memory
)

// gaps are the gaps in the event log of one database server, by their first missing number. Another
// server may have other gaps.
type gaps struct {
	mu     sync.Mutex
	server int64 // the generation of the server
	found  map[int64]gap
}

type gap struct {
	since time.Time
	next  int64 // first number after a confirmed gap; 0: not confirmed
}

// follow deletes the gaps of an earlier server. It returns false if server itself is earlier than the
// server of the gaps. The caller holds mu.
func (g *gaps) follow(server int64) bool {
	if server > g.server {
		g.server, g.found = server, nil
	}
	return server == g.server
}

// see returns the gap that starts at first on a server, and whether it was known; it adds a new gap.
func (g *gaps) see(server, first int64) (gap, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.follow(server) {
		return gap{}, false
	}
	known, ok := g.found[first]
	if !ok {
		if g.found == nil || len(g.found) == maxGaps {
			g.found = make(map[int64]gap)
		}
		known = gap{since: time.Now()}
		g.found[first] = known
	}
	return known, ok
}

// setLost confirms that server lacks the numbers from first up to next, exclusive. It returns false if
// the server has changed.
func (g *gaps) setLost(server, first, next int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.follow(server) {
		return false
	}
	g.found[first] = gap{next: next}
	return true
}

// lost reports whether seq is in a confirmed gap of server.
func (g *gaps) lost(server, seq int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.follow(server) {
		return false
	}
	for first, gap := range g.found {
		if first <= seq && seq < gap.next {
			return true
		}
	}
	return false
}

// After returns the events above seq, in order and without a gap: at most limit, and fewer to stay
// under 4 MiB or because the next number is not visible yet. The first event is seq+1, unless retention
// has removed the numbers before it, or they are lost.
func (s *eventStore) After(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	return s.afterGap(ctx, seq, func() ([]event.Event, error) {
		return s.events(ctx, selectEvents+"events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
	})
}

// afterGap returns the result of read, which is the events above seq in order, up to the first gap. It
// returns none if there is a gap before the first event that must not be skipped.
func (s *eventStore) afterGap(ctx context.Context, seq int64, read func() ([]event.Event, error)) ([]event.Event, error) {
	for again := true; ; again = false {
		server := s.server.generation.Load()
		events, err := read()
		if err != nil || len(events) == 0 {
			return nil, err
		}
		if events[0].Seq == seq+1 {
			return event.BeforeGap(events), nil
		}
		if again {
			continue
		}
		if skip, err := s.maySkip(ctx, server, seq+1, events[0].Seq); err != nil || !skip {
			return nil, err
		}
		return event.BeforeGap(events), nil
	}
}

// Gone reports whether retention has removed the event seq, or it is lost: After skips it. An event that
// is not visible or not committed yet is not gone.
func (s *eventStore) Gone(ctx context.Context, seq int64) (bool, error) {
	if s.gaps.lost(s.server.generation.Load(), seq) {
		return true, nil
	}
	oldest, err := s.Oldest(ctx)
	return err == nil && seq < oldest, err
}

// maySkip reports whether a reader may continue at the event next, although the numbers from first on
// are missing. server is the generation of the server before the read.
func (s *eventStore) maySkip(ctx context.Context, server, first, next int64) (bool, error) {
	oldest, err := s.Oldest(ctx)
	if err != nil || oldest >= next {
		return err == nil, err
	}
	found, before := s.gaps.see(server, first)
	if found.next == next {
		return true, nil
	}
	if !before || time.Since(found.since) < gapWait {
		return false, nil
	}
	confirmed, err := s.NextSeq(ctx, first-1)
	if err != nil || confirmed == first {
		return false, err
	}
	if s.server.generation.Load() != server || !s.gaps.setLost(server, first, confirmed) {
		return false, nil
	}
	s.cfg.Logger.Error("gap in the event log skipped: run wiredesk verify", "first", first, "last", confirmed-1)
	return confirmed == next, nil
}

const nextSeq = "SELECT COALESCE((SELECT seq FROM events WHERE seq > ? ORDER BY seq LIMIT 1), (SELECT value + 1 FROM counters WHERE name = 'seq'))"

// NextSeq returns the lowest number above seq in the log, or the next number to be assigned. It reads
// while no transaction can assign a number, so a number between seq and the result will never be in
// the log.
func (s *eventStore) NextSeq(ctx context.Context, seq int64) (next int64, err error) {
	if s.dialect.forUpdate == "" { // SQLite: commits are sequential, and a query sees a commit as a whole
		err = s.read.QueryRowContext(ctx, nextSeq, seq).Scan(&next)
	} else {
		next, err = s.nextSeqLocked(ctx, seq)
	}
	if err != nil {
		return 0, fmt.Errorf("finding the event after %d: %w", seq, classify(err))
	}
	return max(next, seq+1), nil
}

// nextSeqLocked runs the query nextSeq under the lock of the counter.
func (s *eventStore) nextSeqLocked(ctx context.Context, seq int64) (next int64, err error) {
	tx, err := s.write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	var head int64
	if err := tx.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'seq'"+s.dialect.forUpdate).Scan(&head); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, nextSeq, seq).Scan(&next)
	return next, err
}

// backwards reads a page of events in descending order. It reads a page with a gap once more: the second
// query finds events that were committed during the first one. A remaining gap is in the log.
func (s *eventStore) backwards(ctx context.Context, number func(event.Event) int64, query string, args ...any) ([]event.Event, error) {
	for again := true; ; again = false {
		events, err := s.events(ctx, query, args...)
		if err != nil || !again || !hasGap(events, number) {
			return events, err
		}
	}
}

func hasGap(events []event.Event, number func(event.Event) int64) bool {
	for i := 1; i < len(events); i++ {
		if number(events[i]) != number(events[i-1])-1 {
			return true
		}
	}
	return false
}
