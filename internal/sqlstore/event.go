package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const eventColumns = "seq, id, type, post_id, version, time, actor_id, actor_name, changed, autosave, restored, redacted, trace, data"

// selectEvents begins a query of events, which scanEvent reads, with the epoch of their numbers.
const selectEvents = "SELECT " + eventColumns + ", (SELECT epoch FROM installation) FROM "

// finish writes what the ops of the group left to its end. The events come last, so that
// the row which numbers them is locked shortly; since it stays locked until the commit,
// the order of the numbers is that of the commits on all nodes.
func (t *tx) finish() error {
	if len(t.events) == 0 {
		return nil
	}
	head, err := t.raise("seq", int64(len(t.events)))
	if err != nil {
		return fmt.Errorf("numbering events: %w", err)
	}
	rows := make([][]any, len(t.events))
	for i := range t.events {
		t.events[i] = t.w.store.stored(t.events[i], head-int64(len(rows))+int64(i)+1)
		e := t.events[i]
		rows[i] = []any{e.Seq, e.ID, string(e.Type), e.PostID, e.Version, millis(e.Time),
			e.Actor.ID, e.Actor.Name, strings.Join(e.Changed, ","), e.Autosave, e.Restored, e.Redacted, e.Trace, []byte(e.Data)}
	}
	if err := t.insert("INSERT INTO events ("+eventColumns+") VALUES ", rows); err != nil {
		return fmt.Errorf("adding the events up to number %d: %w", head, err)
	}
	return nil
}

// stored returns an event as After does.
func (s *Store) stored(e event.Event, seq int64) event.Event {
	e.Seq, e.Time = seq, fromMillis(millis(e.Time))
	if epoch := s.epoch.Load(); epoch != nil {
		e.Epoch = *epoch // that of the last query: the receiver of the event compares it
	}
	if e.Changed == nil {
		e.Changed = []string{}
	}
	return e
}

// maxPageBytes bounds the data of one page of events, unless a single event is larger.
const maxPageBytes = 4 << 20

func scanEvent(row scanner) (e event.Event, err error) {
	var changed string
	var at int64
	var trace string
	var data []byte
	err = row.Scan(&e.Seq, &e.ID, &e.Type, &e.PostID, &e.Version, &at, &e.Actor.ID, &e.Actor.Name, &changed, &e.Autosave, &e.Restored, &e.Redacted, &trace, &data, &e.Epoch)
	if err != nil {
		return e, notFound(err, "There is no such version in the history.")
	}
	e.Time, e.Changed, e.Trace, e.Data = fromMillis(at), splitNames(changed), event.ParseTrace(trace), data
	return e, nil
}

func (s *Store) events(ctx context.Context, query string, args ...any) ([]event.Event, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", classify(err))
	}
	defer rows.Close()
	var events []event.Event
	for size := 0; rows.Next() && size < maxPageBytes; {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, fmt.Errorf("reading events: %w", err)
		}
		events = append(events, e)
		size += len(e.Data)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading events: %w", classify(err))
	}
	return events, nil
}

// Before returns the events that precede seq, newest first: at most limit, and fewer to stay
// under 4 MiB.
func (s *Store) Before(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	return s.backwards(ctx, func(e event.Event) int64 { return e.Seq },
		selectEvents+"events WHERE seq < ? ORDER BY seq DESC LIMIT ?", seq, limit)
}

// History returns one post's events with a version below before, newest first, bounded as Before is.
// The last of them may have left the log.
func (s *Store) History(ctx context.Context, id, before int64, limit int) ([]event.Event, error) {
	page, err := s.backwards(ctx, func(e event.Event) int64 { return e.Version },
		selectEvents+"events WHERE post_id = ? AND version < ? ORDER BY version DESC LIMIT ?", id, before, limit)
	if err != nil || len(page) >= limit {
		return page, err
	}
	return s.addKept(ctx, page, id, before)
}

// Head returns the number of the newest event, 0 when there has been none.
func (s *Store) Head(ctx context.Context) (head int64, err error) {
	if err := s.read.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'seq'").Scan(&head); err != nil {
		return 0, fmt.Errorf("reading the head: %w", classify(err))
	}
	return head, nil
}

// Position returns the number of the newest event, 0 when there has been none, with its epoch.
func (s *Store) Position(ctx context.Context) (at event.Position, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT value, (SELECT epoch FROM installation) FROM counters WHERE name = 'seq'").Scan(&at.Seq, &at.Epoch)
	if err != nil {
		return at, fmt.Errorf("reading the newest event's number: %w", classify(err))
	}
	if old := s.epoch.Swap(&at.Epoch); old != nil && *old != at.Epoch {
		s.server.generation.Add(1) // what caches hold of the database is of another history
	}
	return at, nil
}

// ID returns the id of the event seq, "" when the log does not have it.
func (s *Store) ID(ctx context.Context, seq int64) (id string, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT id FROM events WHERE seq = ?", seq).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the id of event %d: %w", seq, classify(err))
	}
	return id, nil
}

// Oldest returns the number of the oldest event that is still in the log, Head+1 when it is empty.
func (s *Store) Oldest(ctx context.Context) (oldest int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT seq FROM events ORDER BY seq LIMIT 1").Scan(&oldest)
	if errors.Is(err, sql.ErrNoRows) {
		head, err := s.Head(ctx)
		return head + 1, err
	}
	if err != nil {
		return 0, fmt.Errorf("reading the log's start: %w", classify(err))
	}
	return oldest, nil
}

// DropEvents removes the events at the log's start that are older than cutoff, not newer
// than the number published, and indexed for the search, for which it waits. It copies the last event of each existing post to kept_events. It
// works in short transactions and returns the number of removed events.
func (s *Store) DropEvents(ctx context.Context, cutoff time.Time, published int64) (dropped int64, err error) {
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
			if err := t.dropBin(last); err != nil {
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

// indexedAll returns the state of the index when it has all events of the time of the call, or after 5 s.
func (s *Store) indexedAll(ctx context.Context) (indexState, error) {
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.AwaitIndex(wait, false); err != nil && wait.Err() == nil {
		return indexState{}, err
	}
	return s.indexState(ctx)
}

// oldRun finds the unbroken run of old events at the log's start, so that the log never has a gap inside.
func (s *Store) oldRun(ctx context.Context, cutoff, published int64, limit int) (last, n int64, err error) {
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
