package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// The table kept_events holds the last event of each post whose events have left the log: the
// base of a merge with a page that was opened then, and the only version that can be brought
// back. The events of the post that are in the log follow it without a gap: a later event of
// the post that leaves the log replaces it.

const selectKept = selectEvents + "kept_events WHERE post_id = ?"

// keptBatch is the number of posts in one DELETE.
const keptBatch = 50

// keepLast copies, of the events up to seq, those that are the last of a post that exists, and
// removes what was kept of the same posts before.
func (t *tx) keepLast(seq int64) error {
	stmt, err := t.stmt("SELECT DISTINCT post_id FROM events WHERE seq <= ?")
	if err != nil {
		return err
	}
	ids, err := scanIDs(stmt.Query(seq))
	if err != nil {
		return t.checkFatal(err)
	}
	for batch := range slices.Chunk(ids, keptBatch) {
		args := make([]any, keptBatch)
		for i := range args {
			args[i] = batch[min(i, len(batch)-1)]
		}
		err := t.exec("DELETE FROM kept_events WHERE post_id IN (?"+strings.Repeat(", ?", keptBatch-1)+")", args...)
		if err != nil {
			return fmt.Errorf("removing kept events: %w", err)
		}
	}
	columns := "e." + strings.ReplaceAll(eventColumns, ", ", ", e.")
	err = t.exec("INSERT INTO kept_events ("+eventColumns+") SELECT "+columns+
		" FROM events e JOIN posts p ON p.id = e.post_id AND p.version = e.version WHERE e.seq <= ?", seq)
	if err != nil {
		return fmt.Errorf("keeping the last events: %w", err)
	}
	return nil
}

// keptEvent returns the kept event of a post; a NotFound fault when there is none.
func (t *tx) keptEvent(id int64) (event.Event, error) { return scanEvent(t.row(selectKept, id)) }

// addKept appends the kept event of a post to a page of its history, if the page ends with the
// event that follows it, or is empty, and the event has a version below before.
func (s *eventStore) addKept(ctx context.Context, page []event.Event, id, before int64) ([]event.Event, error) {
	kept, err := scanEvent(s.read.QueryRowContext(ctx, selectKept, id))
	if fault.KindOf(err) == fault.NotFound {
		return page, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the kept event of post %d: %w", id, classify(err))
	}
	if n := len(page); n > 0 {
		before = page[n-1].Version
		if kept.Version != before-1 {
			return page, nil
		}
	}
	if kept.Version < before {
		page = append(page, kept)
	}
	return page, nil
}
