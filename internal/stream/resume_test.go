package stream_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// TestResolve: with 30 events of which 10 were pruned, 5 are in memory, and a reader is given 20 at most.
func TestResolve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		log.Commit(30)
		log.Prune(10)
		s := run(t, log, stream.Config{RingEvents: 5, ResumeLimit: 15})
		at := func(cursor int64) *int64 { return &cursor }
		for name, test := range map[string]struct {
			cursor *int64
			epoch  string
			resume stream.Resume
			next   int64
		}{
			"no cursor":              {nil, "", stream.Nothing, 31},
			"no cursor, other epoch": {nil, "other", stream.Nothing, 31},
			"in memory":              {at(27), "epoch-0", stream.Replayed, 28},
			"in the log":             {at(15), "", stream.Replayed, 16},
			"at the head":            {at(30), "", stream.Replayed, 31},
			"beyond the limit":       {at(14), "", stream.Refresh, 31},
			"pruned":                 {at(9), "", stream.Refresh, 31},
			"negative":               {at(-1), "", stream.Refresh, 31},
			"ahead of the log":       {at(31), "", stream.Refresh, 31},
			"other epoch":            {at(27), "other", stream.Refresh, 31},
		} {
			start, err := s.Resolve(t.Context(), test.cursor, test.epoch)
			if err != nil || start.Resume != test.resume || start.Next != test.next || start.Epoch != "epoch-0" {
				t.Errorf("%s: %+v, %v", name, start, err)
			}
		}
	})
}

// TestResolve_pruned: a cursor within the limit whose next event has left the log.
func TestResolve_pruned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		log.Commit(30)
		log.Prune(20)
		s := run(t, log, stream.Config{RingEvents: 5})
		for cursor, want := range map[int64]stream.Resume{19: stream.Refresh, 20: stream.Replayed} {
			if start, err := s.Resolve(t.Context(), &cursor, ""); err != nil || start.Resume != want {
				t.Errorf("cursor %d: %+v, %v", cursor, start, err)
			}
		}
	})
}

// TestResolve_newerNode: a cursor of another node, whose events this one does not have yet, is replayed from the log.
func TestResolve_newerNode(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.log.Commit(4)
		cursor := int64(3)
		start, err := r.Resolve(t.Context(), &cursor, "epoch-0")
		if err != nil || start.Resume != stream.Replayed || start.Next != 4 {
			t.Errorf("%+v, %v", start, err)
		}
	})
}

// TestMissed: a reader gets every event after its cursor once, from the log and then from memory.
func TestMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		log.Commit(1000)
		log.Lose(300, 301)
		s := run(t, log, stream.Config{RingEvents: 50})
		var got []int64
		for next := int64(1); !s.CaughtUp(next, 0); {
			entries, after, err := s.Missed(t.Context(), next)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				got = append(got, e.Seq)
			}
			next = after
		}
		if len(got) != 998 || !slices.IsSorted(got) || slices.Contains(got, 300) {
			t.Errorf("%d events, from %d to %d", len(got), got[0], got[len(got)-1])
		}
	})
}

// TestMissed_hidden: an event that is not visible yet is waited for; without it the replay ends with ErrMissing.
func TestMissed_hidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		log.Commit(100)
		s := run(t, log, stream.Config{RingEvents: 5})
		log.Hide(11)
		time.AfterFunc(500*time.Millisecond, func() { log.Hide() })
		if entries, _, err := s.Missed(t.Context(), 11); err != nil || entries[0].Seq != 11 {
			t.Errorf("%v, %v", entries, err)
		}
		log.Hide(11)
		if _, _, err := s.Missed(t.Context(), 11); !errors.Is(err, stream.ErrMissing) {
			t.Errorf("the error is %v", err)
		}
		log.Hide()
		log.SetUnreadable(errors.New("away"))
		if _, _, err := s.Missed(t.Context(), 11); !errors.Is(err, stream.ErrMissing) {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestMissed_pruned: events that left the log during a replay end it; they are not skipped.
func TestMissed_pruned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		log.Commit(100)
		s := run(t, log, stream.Config{RingEvents: 5})
		log.Prune(50)
		if entries, _, err := s.Missed(t.Context(), 11); !errors.Is(err, stream.ErrMissing) {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

// TestMissed_redacted: entries before a redaction are replayed from the log, which no longer has the removed text.
func TestMissed_redacted(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.Deliver(r.log.Commit(10))
		r.Deliver(r.log.CommitWith(1, func(e *event.Event) { e.Redacted = true }))
		r.want(1, 11)
		reads := r.log.Reads()
		if r.CaughtUp(5, 1<<20) {
			t.Error("a returning reader may take entries from before the redaction")
		}
		if entries, _, err := r.Missed(t.Context(), 5); err != nil || entries[0].Seq != 5 || r.log.Reads() == reads {
			t.Errorf("%v, %v, without a read of the log: %v", entries, err, r.log.Reads() == reads)
		}
		if !r.CaughtUp(11, 1<<20) {
			t.Error("the redaction itself is not taken from memory")
		}
	})
}

// TestRing: memory holds the newest entries within both bounds; Behind counts the bytes of summaries.
func TestRing(t *testing.T) {
	for name, cfg := range map[string]stream.Config{"events": {RingEvents: 7}, "bytes": {RingBytes: 7 * len("11 id-11")}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, cfg, func(t *testing.T, r *reader) {
				r.Deliver(r.log.Commit(20))
				if entries := r.From(14, 100); len(entries) != 7 {
					t.Errorf("%d entries from 14 on", len(entries))
				}
				if entries := r.From(13, 100); entries != nil {
					t.Errorf("%d entries from 13 on", len(entries))
				}
				if n, ok := r.Behind(19); n != int64(2*len("19 id-19")) || !ok {
					t.Errorf("a reader at 19 is %d bytes behind, %v", n, ok)
				}
				if _, ok := r.Behind(13); ok {
					t.Error("a reader at 13 is not behind the memory")
				}
				at := event.Position{Epoch: "epoch-0", Seq: 20}
				if !r.Has(at, "id-20") || r.Has(at, "other") || r.Has(event.Position{Epoch: "other", Seq: 20}, "id-20") {
					t.Error("Has does not compare the position and the id")
				}
			})
		})
	}
}
