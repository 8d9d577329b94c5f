package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// The table kept_events has, for each existing post, the last event that retention removed from the
// log. It is the base of a merge with an editor opened before, and the only old version that can be
// restored. The events of the post in the log follow it without a gap.

const selectKept = selectEvents + "kept_events WHERE post_id = ?"

// keptBatch is the number of posts in one DELETE.
const keptBatch = 50

// keepLast copies the events up to seq that are the last of an existing post to kept_events. It removes
// the earlier kept events of all posts with events up to seq.
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

// keptEvent returns the kept event of a post; a NotFound fault if there is none.
func (t *tx) keptEvent(id int64) (event.Event, error) { return scanEvent(t.row(selectKept, id)) }

// addKept appends the kept event of a post to a page of its history if it is next: the page ends with
// the version after it, or is empty, and its version is below before.
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
