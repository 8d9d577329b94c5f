package gateway

import (
	"context"
	"fmt"
	"os"
	"time"
)

// replayTimeout is how long a returning client may take to read maxJoinedBytes.
const replayTimeout = 30 * time.Second

// replay sends c the events that it missed, until the rest is small enough for its shard. It runs
// before the shard knows c, so it is the only writer. Bytes that a slow client did not take stay in c.out.
func (h *Hub) replay(ctx context.Context, c *conn) error {
	near := int64(h.cfg.MaxBehind) / 4
	for sent := 0; !h.stream.CaughtUp(c.pos, near) && !c.ending(); {
		if sent > 2*h.stream.ResumeLimit() { // the stream is faster than the client
			return os.ErrDeadlineExceeded
		}
		entries, next, err := h.stream.Missed(ctx, c.pos)
		if err != nil {
			return err
		}
		for _, e := range entries {
			c.out = append(c.out, c.encode(e.Summary, e.Seq)...)
			if len(c.out) >= maxJoinedBytes {
				if err := c.flush(); err != nil {
					return err
				}
			}
		}
		c.pos = next
		sent += len(entries)
	}
	return nil
}

// flush writes c.out, waiting for the client. Bytes that a slow client did not take stay in
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

// ending reports whether the connection is being closed.
func (c *conn) ending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing != nil
}
