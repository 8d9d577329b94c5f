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
	var suspects []int64
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
				suspects = append(suspects, row.ID)
			} else {
				c.report.posts++
			}
		}
	}
	for id, p := range c.chains {
		if !p.row && p.deleted {
			c.report.deleted++
		} else if !p.row {
			suspects = append(suspects, id)
		}
	}
	slices.Sort(suspects)
	for _, id := range suspects {
		if err := c.readAgain(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// readAgain checks a post that differed from its last event, as it may have changed between the two reads.
// It reads the last event before and after the post, until both are the same.
func (c *check) readAgain(ctx context.Context, id int64) error {
	last, err := c.lastEvent(ctx, id)
	for err == nil {
		var row *sqlstore.Row
		if row, err = c.row(ctx, id); err != nil {
			break
		}
		before := last
		if last, err = c.lastEvent(ctx, id); err == nil && last.Seq == before.Seq {
			c.checkPost(id, row, last)
			return nil
		}
	}
	return err
}

// checkPost reports the difference between a post and its last event, if any.
func (c *check) checkPost(id int64, row *sqlstore.Row, last event.Event) {
	gone := last.Type == event.Deleted
	switch {
	case row == nil && (gone || last.Seq == 0):
		c.report.deleted++
	case last.Seq == 0 && c.report.oldest > 1:
		c.report.unknown++
	case last.Seq == 0:
		c.report.found(postDiffers, "post %d has no event", id)
	case row == nil:
		c.report.found(postDiffers, "post %d is not there; event %d holds it", id, last.Seq)
	case gone:
		c.report.found(postDiffers, "post %d is there, although event %d deleted it", id, last.Seq)
	case len(row.Stray) > 0:
		c.report.found(postDiffers, "post %d: its columns %s differ from its document", id, strings.Join(row.Stray, ", "))
	default:
		if fields := changedMembers(row.JSON, last.Data); len(fields) > 0 {
			c.report.found(postDiffers, "post %d: %s differ from event %d", id, strings.Join(fields, ", "), last.Seq)
		} else {
			c.report.posts++
		}
	}
}

// lastEvent returns the newest event of a post, a zero event without one.
func (c *check) lastEvent(ctx context.Context, id int64) (event.Event, error) {
	events, err := c.store.History(ctx, id, post.Newest, 1)
	if err != nil || len(events) == 0 {
		return event.Event{}, err
	}
	events[0].Data = currentData(events[0])
	return events[0], nil
}

// currentData returns the data of an event with the members that later releases added; unchanged if the
// event is damaged.
func currentData(e event.Event) json.RawMessage {
	if data, err := event.WithLiveVersion(e); err == nil {
		return data
	}
	return e.Data
}

// row returns the stored row of a post, nil without one.
func (c *check) row(ctx context.Context, id int64) (*sqlstore.Row, error) {
	rows, err := c.store.Rows(ctx, id-1, 1)
	if err != nil || len(rows) == 0 || rows[0].ID != id {
		return nil, err
	}
	return &rows[0], nil
}

// changedMembers returns the names of the members that differ between two documents.
func changedMembers(a, b json.RawMessage) []string {
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
