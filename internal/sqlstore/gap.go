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

// The transaction that draws the numbers of events holds the counter's row until it has
// committed, so number order is commit order. Yet a query may return event n+1 without
// event n: InnoDB builds the read view of a query while transactions commit, without a
// common lock, and the view can miss the first of two commits and hold the second. Every
// query that starts later finds both. Readers therefore stop at a gap and read again.
//
// A number that stays missing was lost, by a fault of the disk or by hand. It holds up the
// readers for gapWait and is then skipped, once the primary has confirmed that it is not there.
const (
	gapWait = 30 * time.Second
	maxGaps = 64 // remembered at once
)

// gaps are the gaps that readers found in the log of one database server, by their first
// number. Another server may have the numbers, or lack others.
type gaps struct {
	mu     sync.Mutex
	server int64 // the generation of the server
	found  map[int64]gap
}

type gap struct {
	since time.Time
	next  int64 // the first number after the gap, when the numbers in it are lost; 0: not known yet
}

// follow forgets the gaps of an earlier server. It returns false when server is itself earlier
// than the one whose gaps are kept. The caller holds mu.
func (g *gaps) follow(server int64) bool {
	if server > g.server {
		g.server, g.found = server, nil
	}
	return server == g.server
}

// see returns the gap that begins with first on a server, and whether it was found before.
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

// setLost stores that server lacks the numbers from first up to next. It returns false when the
// server has changed since.
func (g *gaps) setLost(server, first, next int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.follow(server) {
		return false
	}
	g.found[first] = gap{next: next}
	return true
}

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

// After returns the events that follow seq, in order and without a gap: at most limit, and
// fewer to stay under 4 MiB or because the next number is not visible yet. The first event is
// seq+1, unless the numbers before it have left the log or are lost.
func (s *eventStore) After(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	return s.afterGap(ctx, seq, func() ([]event.Event, error) {
		return s.events(ctx, selectEvents+"events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
	})
}

// afterGap returns the events of read, which follow seq in order, up to the first gap; none when
// the gap is before the first and may not be skipped.
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

// Gone reports whether the event seq has left the log, or is lost: After skips it. The number
// of an event that is not visible yet, or not given out yet, is not gone.
func (s *eventStore) Gone(ctx context.Context, seq int64) (bool, error) {
	if s.gaps.lost(s.server.generation.Load(), seq) {
		return true, nil
	}
	oldest, err := s.Oldest(ctx)
	return err == nil && seq < oldest, err
}

// maySkip reports whether a reader may go on with the event next although the numbers from
// first were not there. server is the generation of the server before that was read.
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

// NextSeq returns the lowest number above seq in the log, and when there is none the number
// that is given out next. It reads while no other transaction can give out a number, so a
// number below the result is not in the log and never will be.
func (s *eventStore) NextSeq(ctx context.Context, seq int64) (next int64, err error) {
	if s.dialect.forUpdate == "" { // SQLite: commits are one after the other, and a query sees all or none of one
		err = s.read.QueryRowContext(ctx, nextSeq, seq).Scan(&next)
	} else {
		next, err = s.nextSeqLocked(ctx, seq)
	}
	if err != nil {
		return 0, fmt.Errorf("finding the event after %d: %w", seq, classify(err))
	}
	return max(next, seq+1), nil
}

// nextSeqLocked runs nextSeq while it holds the lock of the counter.
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

// backwards reads a page of events whose numbers fall. A page with a gap is read again: the
// second query finds what was committed when the first one ran. A gap that remains is in the log.
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
