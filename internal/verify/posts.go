package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

const pagePosts = 500

// readPosts compares each post with its last event.
func (c *check) readPosts(ctx context.Context) error {
	var doubtful []int64
	for after := int64(0); ; {
		rows, err := c.store.Rows(ctx, after, pagePosts)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			after = row.ID
			p := c.chains[row.ID]
			if p != nil {
				p.row = true
			}
			if p == nil || len(row.Stray) > 0 || maphash.Bytes(c.seed, row.JSON) != p.data {
				doubtful = append(doubtful, row.ID)
			} else {
				c.report.posts++
			}
		}
	}
	for id, p := range c.chains {
		if !p.row && p.deleted {
			c.report.deleted++
		} else if !p.row {
			doubtful = append(doubtful, id)
		}
	}
	slices.Sort(doubtful)
	for _, id := range doubtful {
		if err := c.readAgain(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// readAgain looks at a post that did not equal its last event. It may have been changed
// between the two; now it is read between two readings of its last event that agree.
func (c *check) readAgain(ctx context.Context, id int64) error {
	last, err := c.lastEvent(ctx, id)
	for err == nil {
		var row *sqlstore.Row
		if row, err = c.row(ctx, id); err != nil {
			break
		}
		before := last
		if last, err = c.lastEvent(ctx, id); err == nil && last.Seq == before.Seq {
			c.judge(id, row, last)
			return nil
		}
	}
	return err
}

// judge tells what is wrong with a post, if anything is.
func (c *check) judge(id int64, row *sqlstore.Row, last event.Event) {
	gone := last.Type == event.Deleted
	switch {
	case row == nil && (gone || last.Seq == 0):
		c.report.deleted++
	case last.Seq == 0 && c.report.oldest > 1:
		c.report.unknown++
	case last.Seq == 0:
		c.report.found(differing, "post %d has no event", id)
	case row == nil:
		c.report.found(differing, "post %d is not there; event %d holds it", id, last.Seq)
	case gone:
		c.report.found(differing, "post %d is there, although event %d deleted it", id, last.Seq)
	case len(row.Stray) > 0:
		c.report.found(differing, "post %d: its columns %s differ from its document", id, strings.Join(row.Stray, ", "))
	default:
		if fields := differences(row.JSON, last.Data); len(fields) > 0 {
			c.report.found(differing, "post %d: %s differ from event %d", id, strings.Join(fields, ", "), last.Seq)
		} else {
			c.report.posts++
		}
	}
}

// lastEvent returns a post's newest event, a zero one when it has none.
func (c *check) lastEvent(ctx context.Context, id int64) (event.Event, error) {
	events, err := c.store.History(ctx, id, post.Newest, 1)
	if err != nil || len(events) == 0 {
		return event.Event{}, err
	}
	events[0].Data = currentData(events[0])
	return events[0], nil
}

// currentData returns the data of an event with the members that posts have by now; that
// of a damaged event as it is.
func currentData(e event.Event) json.RawMessage {
	if data, err := event.WithLiveVersion(e); err == nil {
		return data
	}
	return e.Data
}

// row returns a post as it is stored, nil when there is none.
func (c *check) row(ctx context.Context, id int64) (*sqlstore.Row, error) {
	rows, err := c.store.Rows(ctx, id-1, 1)
	if err != nil || len(rows) == 0 || rows[0].ID != id {
		return nil, err
	}
	return &rows[0], nil
}

// differences returns the names of the members that are not the same in two documents.
func differences(a, b json.RawMessage) []string {
	var of [2]map[string]json.RawMessage
	for i, document := range []json.RawMessage{a, b} {
		if err := json.Unmarshal(document, &of[i]); err != nil {
			return []string{fmt.Sprintf("the documents (%v)", err)}
		}
	}
	both := maps.Clone(of[0])
	maps.Copy(both, of[1])
	var names []string
	for name := range both {
		if !bytes.Equal(of[0][name], of[1][name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
