package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Reads of a page whose first event is not visible yet.
const (
	maxRepeats  = 20
	repeatAfter = 50 * time.Millisecond
)

// ErrMissing is the error of a replay that cannot continue now. The reader may start again later.
var ErrMissing = errors.New("a missed event cannot be read")

// Resume is the outcome of a cursor.
type Resume string

// The outcomes of a cursor, as clients read them.
const (
	Nothing  Resume = "nothing"  // no cursor was given: the reader starts with the next event
	Replayed Resume = "replayed" // the reader gets all events after the cursor
	Refresh  Resume = "refresh"  // the events after the cursor are not available: the reader has to load its state again
)

// Start is where a reader enters the stream.
type Start struct {
	Next       int64 // the seq that the reader gets next
	Generation int
	Epoch      string
	Cursor     int64 // the events that follow have a greater seq
	Resume     Resume
}

// Resolve returns where a reader with a cursor enters; nil: it has none. epoch is that of the cursor, empty if it is not known.
// It looks at the ring before it queries the log, so that events that are committed meanwhile are behind Start.Next.
func (s *Stream) Resolve(ctx context.Context, cursor *int64, epoch string) (Start, error) {
	v := s.View()
	head := v.Next - 1
	fresh := func(outcome Resume) Start { return Start{v.Next, v.Generation, v.Epoch, head, outcome} }
	if cursor == nil {
		return fresh(Nothing), nil
	}
	if epoch != "" && epoch != v.Epoch {
		at, err := s.position(ctx)
		if err == nil && at.Epoch != v.Epoch { // another node has begun an epoch
			s.moveTo(at)
			return s.Resolve(ctx, cursor, epoch)
		}
		return fresh(Refresh), err
	}
	c := *cursor
	replay := Start{c + 1, v.Generation, v.Epoch, c, Replayed}
	switch {
	case c < 0, head-c > int64(s.cfg.ResumeLimit):
		return fresh(Refresh), nil
	case c > head: // another node has newer events, or the cursor is not of this installation
		newest, err := s.position(ctx)
		if err != nil || newest.Epoch == v.Epoch && c <= newest.Seq {
			return replay, err
		}
		return fresh(Refresh), nil
	case c+1 >= max(v.first, v.replayFirst):
		return replay, nil
	}
	oldest, err := s.oldest(ctx)
	if err != nil || c+1 >= oldest {
		return replay, err
	}
	return fresh(Refresh), nil
}

func (s *Stream) oldest(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	oldest, err := s.log.Oldest(ctx)
	if err != nil {
		err = fmt.Errorf("reading the event log's oldest: %w", err)
	}
	return oldest, err
}

// Missed returns some entries from seq on, and the seq that follows them: from the ring, else from the log, then without content.
// It skips events that are lost, but none that has left the log since Resolve. It waits for an event that is not visible yet, for
// at most maxRepeats reads. Its errors are ErrMissing.
func (s *Stream) Missed(ctx context.Context, seq int64) (entries []*Entry, next int64, err error) {
	for range maxRepeats {
		entries, next, err = s.readMissed(ctx, seq)
		if !errors.Is(err, errNotVisible) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, seq, fmt.Errorf("%w: %w", ErrMissing, ctx.Err())
		case <-time.After(repeatAfter):
		}
	}
	if err != nil {
		return nil, seq, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return entries, next, nil
}

// CaughtUp reports whether a reader at seq can take all further entries from the ring, and whether they have at most bytes bytes.
func (s *Stream) CaughtUp(seq, bytes int64) bool {
	missing, ok := s.ring.behind(seq)
	return ok && missing <= bytes && s.ring.replays(seq)
}

func (s *Stream) readMissed(ctx context.Context, seq int64) (entries []*Entry, next int64, err error) {
	if entries := s.ring.from(seq, pageSize); len(entries) > 0 && s.ring.replays(seq) {
		return entries, seq + int64(len(entries)), nil
	}
	events, err := s.after(ctx, seq-1)
	if err != nil {
		return nil, seq, err
	}
	if len(events) == 0 {
		return nil, seq, fmt.Errorf("%w: %d", errNotVisible, seq)
	}
	if first := events[0].Seq; first != seq {
		if err := s.mustBeLost(ctx, seq, first-1); err != nil {
			return nil, seq, err
		}
	}
	for _, e := range event.BeforeGap(events) {
		entries, next = append(entries, &Entry{Seq: e.Seq, Post: e.PostID, Committed: e.Time, Summary: s.cfg.EncodeSummary(e), id: e.ID}), e.Seq+1
	}
	return entries, next, nil
}

// mustBeLost returns an error unless the events first to last are lost in the middle of the log.
func (s *Stream) mustBeLost(ctx context.Context, first, last int64) error {
	if err := s.mustBeGone(ctx, first, last); err != nil {
		return err
	}
	oldest, err := s.oldest(ctx)
	if err == nil && oldest > first {
		err = fmt.Errorf("event %d has left the log", first)
	}
	return err
}
