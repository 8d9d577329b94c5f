package readcache

import (
	"context"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

const (
	// confirmTime bounds one confirmation; requests that wait for it go to the database then.
	confirmTime = time.Second
	// maxMarks is the number of events that a confirmation follows one by one; after more, all entries are removed.
	maxMarks = 256
)

// ready locks c.mu and reports whether entries may be served. It waits for a confirmation of the head when the last one is too old.
func (c *Cache[K, V]) ready(ctx context.Context, now time.Time) bool {
	c.mu.Lock()
	age := now.Sub(c.confirmed)
	if age <= refreshAge {
		return true
	}
	if c.confirming == nil {
		c.confirming = make(chan struct{})
		go c.confirm(c.confirming, c.head, c.doubts)
	}
	if age <= maxAge {
		return true
	}
	running := c.confirming
	c.mu.Unlock()
	select {
	case <-running:
	case <-ctx.Done():
	}
	c.mu.Lock()
	return time.Since(c.confirmed) <= maxAge
}

// confirm asks the log for its end, and moves the head there from the one that it was at the start.
func (c *Cache[K, V]) confirm(done chan struct{}, from event.Head, doubts int) {
	ctx, cancel := context.WithTimeout(context.Background(), confirmTime)
	defer cancel()
	began := time.Now() // before the query: the next one finds later commits
	newest, err := c.log.Newest(ctx)
	var marks []event.Mark
	if err == nil && newest != from && follows(newest, from) {
		marks, err = c.log.Marks(ctx, from.Seq, maxMarks+1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(done)
	c.confirming = nil
	if err != nil {
		return
	}
	switch {
	case newest == from:
	case chain(marks, from, newest):
		for _, m := range marks[1:] {
			c.apply(m)
		}
	default: // another history, too many events, or one that is not visible yet: a read that starts from now on sees it
		c.flush(newest)
	}
	if c.doubts == doubts {
		c.confirmed = began
	}
}

// follows reports whether the events after from may lead to newest, and are few.
func follows(newest, from event.Head) bool {
	return newest.Server == from.Server && newest.Epoch == from.Epoch && from.ID != "" && newest.Seq > from.Seq && newest.Seq-from.Seq <= maxMarks
}

// chain reports whether marks are the event of from and all after it up to that of newest.
func chain(marks []event.Mark, from, newest event.Head) bool {
	if len(marks) == 0 || marks[0].ID != from.ID {
		return false
	}
	for i, m := range marks {
		if m.Seq != from.Seq+int64(i) {
			return false
		}
	}
	return from.Seq+int64(len(marks)) > newest.Seq
}
