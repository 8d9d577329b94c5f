package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/event"
)

const eventColumns = "seq, id, type, post_id, version, time, actor_id, actor_name, changed, autosave, restored, redacted, trace, data"

// selectEvents is the start of a query of events for scanEvent. It includes the epoch of the log.
const selectEvents = "SELECT " + eventColumns + ", (SELECT epoch FROM installation) FROM "

// maxPageBytes bounds the data of a page of events, except for a single larger event.
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

func (s *eventStore) events(ctx context.Context, query string, args ...any) ([]event.Event, error) {
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

// Before returns the events below seq, newest first: at most limit, and fewer to stay under 4 MiB.
func (s *eventStore) Before(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	return s.backwards(ctx, func(e event.Event) int64 { return e.Seq },
		selectEvents+"events WHERE seq < ? ORDER BY seq DESC LIMIT ?", seq, limit)
}

// History returns the events of a post with a version below before, newest first, bounded as Before.
// The oldest one may be a kept event, which retention has removed from the log.
func (s *eventStore) History(ctx context.Context, id, before int64, limit int) ([]event.Event, error) {
	page, err := s.backwards(ctx, func(e event.Event) int64 { return e.Version },
		selectEvents+"events WHERE post_id = ? AND version < ? ORDER BY version DESC LIMIT ?", id, before, limit)
	if err != nil || len(page) >= limit {
		return page, err
	}
	return s.addKept(ctx, page, id, before)
}

// Head returns the number of the newest event, 0 before the first one.
func (s *eventStore) Head(ctx context.Context) (head int64, err error) {
	if err := s.read.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'seq'").Scan(&head); err != nil {
		return 0, fmt.Errorf("reading the head: %w", classify(err))
	}
	return head, nil
}

// Position returns the number of the newest event, 0 before the first one, with its epoch.
func (s *eventStore) Position(ctx context.Context) (at event.Position, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT value, (SELECT epoch FROM installation) FROM counters WHERE name = 'seq'").Scan(&at.Seq, &at.Epoch)
	if err != nil {
		return at, fmt.Errorf("reading the newest event's number: %w", classify(err))
	}
	if old := s.epoch.Swap(&at.Epoch); old != nil && *old != at.Epoch {
		s.server.generation.Add(1) // invalidates the caches: they hold data of another history
	}
	return at, nil
}

// ID returns the id of the event seq, "" if the log does not have the event.
func (s *eventStore) ID(ctx context.Context, seq int64) (id string, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT id FROM events WHERE seq = ?", seq).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the id of event %d: %w", seq, classify(err))
	}
	return id, nil
}

// Oldest returns the number of the oldest event in the log, Head+1 if the log is empty.
func (s *eventStore) Oldest(ctx context.Context) (oldest int64, err error) {
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

// Newest returns the end of the event log.
func (s *eventStore) Newest(ctx context.Context) (at event.Head, err error) {
	at.Server = s.server.generation.Load() // before the query: a later change must be visible
	err = s.read.QueryRowContext(ctx, "SELECT value, (SELECT epoch FROM installation), coalesce((SELECT id FROM events WHERE seq = value), '') FROM counters WHERE name = 'seq'").
		Scan(&at.Seq, &at.Epoch, &at.ID)
	if err != nil {
		return at, fmt.Errorf("reading the newest event: %w", classify(err))
	}
	return at, nil
}

// Marks returns the marks of the events from seq on, in order, at most limit. As in After, a number may be
// missing that a later query returns.
func (s *eventStore) Marks(ctx context.Context, seq int64, limit int) (marks []event.Mark, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT seq, id, post_id FROM events WHERE seq >= ? ORDER BY seq LIMIT ?", seq, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the events from %d: %w", seq, classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var m event.Mark
		if err := rows.Scan(&m.Seq, &m.ID, &m.PostID); err != nil {
			return nil, fmt.Errorf("reading the events from %d: %w", seq, classify(err))
		}
		marks = append(marks, m)
	}
	return marks, classify(rows.Err())
}
