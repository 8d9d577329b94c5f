package verify

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// readLive compares each live post with its post and with the event of its version. A post and its live
// post are read in one statement, and events are only thinned or dropped, so concurrent changes never show
// as a difference.
func (c *check) readLive(ctx context.Context) error {
	for _, read := range []func(context.Context, int64, int) ([]sqlstore.LivePair, error){c.store.LivePairs, c.store.LiveOrphans} {
		for after := int64(0); ; {
			pairs, err := read(ctx, after, pagePosts)
			if err != nil {
				return err
			}
			if len(pairs) == 0 {
				break
			}
			for _, pair := range pairs {
				after = pair.ID
				if err := c.checkLive(ctx, pair); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkLive compares a live post with its post, and then its text with its event.
func (c *check) checkLive(ctx context.Context, pair sqlstore.LivePair) error {
	working, live := pair.Working, pair.Live
	switch {
	case pair.Missing:
		c.report.found(liveDiffers, "post %d is not there, but readers see version %d", pair.ID, live.Version)
		return nil
	case working == nil: // found by readPosts
		return nil
	case !working.Published && live == nil:
		if working.LiveVersion != nil {
			c.report.found(liveDiffers, "post %d is not published, but has the liveVersion %d", pair.ID, *working.LiveVersion)
		}
		return nil
	case !working.Published:
		c.report.found(liveDiffers, "post %d is not published, but readers see version %d", pair.ID, live.Version)
		return nil
	case live == nil:
		c.report.found(liveDiffers, "post %d is published, but readers do not see it", pair.ID)
		return nil
	case working.LiveVersion == nil || *working.LiveVersion != live.Version:
		c.report.found(liveDiffers, "post %d: readers see version %d, which is not its liveVersion", pair.ID, live.Version)
		return nil
	case len(live.Stray) > 0:
		c.report.found(liveDiffers, "post %d: the columns %s of its live post differ from its document", pair.ID, strings.Join(live.Stray, ", "))
		return nil
	}
	return c.checkLiveText(ctx, live)
}

// checkLiveText compares a live post with the event that made its version, if the log has it.
func (c *check) checkLiveText(ctx context.Context, live *sqlstore.Row) error {
	events, err := c.store.History(ctx, live.ID, live.Version+1, 1)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].Version != live.Version {
		c.report.liveUnknown++
		return nil
	}
	e := events[0]
	if fields := changedMembers(thinLike(e, live.JSON), currentData(e)); len(fields) > 0 {
		c.report.found(liveDiffers, "post %d: %s of its live post differ from event %d", live.ID, strings.Join(fields, ", "), e.Seq)
		return nil
	}
	c.report.live++
	return nil
}

// thinLike returns the document, with the content replaced by its hash if e is thinned.
func thinLike(e event.Event, document json.RawMessage) json.RawMessage {
	if !e.Thinned() {
		return document
	}
	thin, err := event.Thin(event.Event{Seq: e.Seq, Data: document})
	if err != nil {
		return document
	}
	return thin.Data
}
