package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	replayTimeout = 30 * time.Second // that a returning client may take for maxJoinedBytes
	maxRepeats    = 20               // reads of a page whose first event is not visible yet, retryFirst apart
)

// errMissing ends a replay that cannot go on: the client is to come back later.
var errMissing = errors.New("a missed event cannot be read")

// place is where a connection enters the stream, and what its welcome says of it.
type place struct {
	pos        int64 // the seq that it is sent next
	generation int
	epoch      string
	cursor     int64 // the events that follow have a greater seq
	resume     string
}

// find decides where a client enters. The look at the ring comes first: what is committed later
// is in the stream from there on.
func (h *Hub) find(ctx context.Context, asked ask) (place, error) {
	v := h.stream.ring.look()
	head := v.next - 1
	fresh := func(resume string) place { return place{v.next, v.generation, v.epoch, head, resume} }
	if asked.cursor == nil {
		return fresh(resumeNothing), nil
	}
	if asked.epoch != "" && asked.epoch != v.epoch {
		at, err := h.position(ctx)
		if err == nil && at.Epoch != v.epoch { // another node was faster
			h.restart(at)
			return h.find(ctx, asked)
		}
		return fresh(resumeRefresh), err
	}
	c := *asked.cursor
	replay := place{c + 1, v.generation, v.epoch, c, resumeReplayed}
	switch {
	case c < 0, head-c > int64(h.cfg.ResumeLimit):
		return fresh(resumeRefresh), nil
	case c > head: // another node was faster, or it is not one of ours
		newest, err := h.position(ctx)
		if err != nil || newest.Epoch == v.epoch && c <= newest.Seq {
			return replay, err
		}
		return fresh(resumeRefresh), nil
	case c+1 >= max(v.first, v.replayFirst):
		return replay, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	oldest, err := h.log.Oldest(ctx)
	if err != nil {
		return replay, fmt.Errorf("reading the event log's oldest: %w", err)
	}
	if c+1 < oldest {
		return fresh(resumeRefresh), nil
	}
	return replay, nil
}

// replay sends c what it missed, until the rest is little enough for its shard. It
// runs before the shard knows c, so nobody else writes; what is left unwritten goes into c.out.
func (h *Hub) replay(ctx context.Context, c *conn) error {
	near := int64(h.cfg.MaxBehind) / 4
	for sent, repeats := 0, 0; ; {
		missing, inRing := h.stream.ring.behind(c.pos)
		if inRing && missing <= near && h.stream.ring.replays(c.pos) || c.ending() {
			return nil
		}
		if sent > 2*h.cfg.ResumeLimit { // the stream is faster than the client
			return os.ErrDeadlineExceeded
		}
		entries, next, err := h.readMissed(ctx, c.pos)
		if errors.Is(err, errNotVisible) && repeats < maxRepeats {
			repeats++
			time.Sleep(retryFirst)
			continue
		}
		if err != nil {
			return err
		}
		repeats = 0
		for _, e := range entries {
			c.out = append(c.out, c.encode(e.brief, e.seq)...)
			if len(c.out) >= maxJoinedBytes {
				if err := c.flush(); err != nil {
					return err
				}
			}
		}
		c.pos = next
		sent += len(entries)
	}
}

// readMissed returns some entries from pos on, and the seq that follows them: from the ring,
// else from the log. It skips events that are lost, but none that has left the log since the
// client was let in.
func (h *Hub) readMissed(ctx context.Context, pos int64) (entries []*entry, next int64, err error) {
	if entries := h.stream.ring.from(pos, pageSize); len(entries) > 0 && h.stream.ring.replays(pos) {
		return entries, pos + int64(len(entries)), nil
	}
	events, err := h.after(ctx, pos-1)
	if err != nil {
		return nil, pos, fmt.Errorf("%w: %w", errMissing, err)
	}
	if len(events) == 0 {
		return nil, pos, fmt.Errorf("%w: %w: %d", errMissing, errNotVisible, pos)
	}
	if first := events[0].Seq; first != pos {
		if err := h.mustBeLost(ctx, pos, first-1); err != nil {
			return nil, pos, fmt.Errorf("%w: %w", errMissing, err)
		}
	}
	for _, e := range event.BeforeGap(events) {
		entries, next = append(entries, &entry{seq: e.Seq, brief: h.stream.compile(e, event.EncodeSummaryFrame)}), e.Seq+1
	}
	return entries, next, nil
}

// mustBeLost returns an error unless the events first to last are lost in the middle of the log.
func (h *Hub) mustBeLost(ctx context.Context, first, last int64) error {
	if err := h.gone(ctx, first, last); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	oldest, err := h.log.Oldest(ctx)
	if err == nil && oldest > first {
		err = fmt.Errorf("event %d has left the log", first)
	}
	return err
}

// flush writes c.out, waiting for the client. What a slow one did not take stays in
// c.out, so that its close frame does not land inside another frame.
func (c *conn) flush() error {
	c.nc.SetWriteDeadline(time.Now().Add(replayTimeout))
	n, err := c.nc.Write(c.out)
	c.out = c.out[:copy(c.out, c.out[n:])]
	c.nc.SetWriteDeadline(time.Time{})
	if err != nil {
		return fmt.Errorf("replaying: %w", err)
	}
	return nil
}

func (c *conn) ending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing != nil
}
