package stream_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// TestDeliver: events in any order, with repeats, are appended once and in order, as soon as no gap is before them.
func TestDeliver(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		events := r.log.Commit(6)
		r.Deliver(slices.Concat(events[:2], events[3:4], events[:1]))
		r.want(1, 2)
		r.Deliver(events[4:5])
		r.want(1, 0)
		r.Deliver(slices.Concat(events[2:3], events[2:3]))
		r.want(3, 5)
		r.Deliver(events)
		r.want(6, 6)
		if reads := r.log.Reads(); reads != 1 {
			t.Errorf("the log was read %d times, want once at the start", reads)
		}
	})
}

// TestDeliver_shuffled: both paths bring random parts of the events, repeated and in random order; nothing is missing or repeated.
func TestDeliver_shuffled(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		random := rand.New(rand.NewPCG(1, 2))
		const total = 5000
		for sent := 0; sent < total; {
			events := r.log.Commit(min(1+random.IntN(40), total-sent))
			sent += len(events)
			for _, take := range []func([]event.Event){r.Deliver, r.Committed, r.Deliver} {
				part := slices.DeleteFunc(slices.Clone(events), func(event.Event) bool { return random.IntN(3) == 0 })
				random.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
				take(part)
			}
		}
		time.Sleep(10 * time.Second)
		r.want(1, total)
	})
}

// TestDeliver_beforeRun: an event that arrives before the log was read is not appended.
func TestDeliver_beforeRun(t *testing.T) {
	s := stream.New(&streamtest.Log{}, stream.Config{})
	s.Deliver([]event.Event{streamtest.Event(1, 20)})
	if v := s.View(); v != (stream.View{}) {
		t.Errorf("the view is %+v", v)
	}
}

// TestDeliver_pendingBounds: events beyond the bounds of the pending ones are read from the log when the gap is filled.
func TestDeliver_pendingBounds(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.log.SetAway(errors.New("away"))
		r.Deliver(r.log.Commit(9000)[1:])
		r.want(1, 0)
		r.log.SetAway(nil)
		time.Sleep(5 * time.Second)
		r.want(1, 9000)
	})
}

// TestGap: a gap is filled from the log after 50 ms, and not before.
func TestGap(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.Deliver(r.log.Commit(10)[4:])
		time.Sleep(49 * time.Millisecond)
		r.want(1, 0)
		time.Sleep(2 * time.Millisecond)
		r.want(1, 10)
	})
}

// TestGap_hidden: an event that a query does not return yet is waited for, whatever Kafka brings.
func TestGap_hidden(t *testing.T) {
	for name, bring := range map[string]func(events []event.Event) []event.Event{
		"nothing":    func([]event.Event) []event.Event { return nil },
		"the later":  func(events []event.Event) []event.Event { return events[3:] },
		"all but it": func(events []event.Event) []event.Event { return slices.Concat(events[:2], events[3:]) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
				r.log.Hide(3)
				r.Deliver(bring(r.log.Commit(10)))
				time.Sleep(time.Minute)
				r.want(1, 2)
				r.log.Hide()
				time.Sleep(5 * time.Second)
				r.want(3, 10)
			})
		})
	}
}

// TestGap_lost: numbers are skipped only when their events have left the log or were lost.
func TestGap_lost(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.log.Lose(1, 2)
		r.log.Commit(5)
		time.Sleep(5 * time.Second)
		r.pos = 3
		r.want(3, 5)
	})
}

// TestGap_unknownToTheLog: pending events are dropped when the log does not have the events before them either.
func TestGap_unknownToTheLog(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.Deliver([]event.Event{streamtest.Event(2, 20)}) // of a commit that the database lost
		time.Sleep(time.Second)
		r.Deliver(r.log.CommitOther(2)[:1])
		time.Sleep(5 * time.Second)
		if got := r.next(); !slices.Equal(got, []string{"1 other-1", "2 other-2"}) {
			t.Errorf("appended %q", got)
		}
	})
}

// TestLate: without Kafka the log's events are appended within a second.
func TestLate(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.log.Commit(3)
		time.Sleep(time.Second)
		r.want(1, 3)
	})
}

// TestOnAppend: each event with a trace is reported once, with the path on which it arrived first.
func TestOnAppend(t *testing.T) {
	var got []string
	cfg := stream.Config{OnAppend: func(e event.Event, source string, _ int) { got = append(got, e.ID+" "+source) }}
	inBubble(t, cfg, func(t *testing.T, r *reader) {
		events := r.log.CommitWith(4, func(e *event.Event) {
			if e.Seq < 4 {
				e.Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
			}
		})
		r.Committed(events[:1])
		r.want(1, 1)
		r.Deliver(events[:2])
		time.Sleep(time.Second)
		r.want(2, 4)
		if want := []string{"id-1 commit", "id-2 kafka", "id-3 log"}; !slices.Equal(got, want) {
			t.Errorf("reported %q, want %q", got, want)
		}
	})
}

// TestEpoch: events of the log's lost history are never mixed with those of the new one, however the loss is found.
func TestEpoch(t *testing.T) {
	for name, change := range map[string]func(r *reader){
		"the head went back":                             func(*reader) {},
		"Kafka brings another event with a known number": func(r *reader) { r.Deliver(r.log.CommitOther(6)[:1]) },
		"the newest event is another":                    func(r *reader) { r.log.CommitOther(6) },
		"another node has begun an epoch": func(r *reader) {
			if _, err := r.log.NewEpoch(r.t.Context(), "epoch-0"); err != nil {
				r.t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
				r.Deliver(r.log.Commit(10))
				r.want(1, 10)
				before := r.View()
				r.log.Edit(func(events []event.Event) []event.Event { return events[:4] })
				change(r)
				time.Sleep(5 * time.Second)
				now := r.View()
				if now.Epoch != "epoch-1" || now.Generation == before.Generation {
					t.Errorf("the view is %+v after %+v", now, before)
				}
				r.Deliver([]event.Event{streamtest.Event(now.Next, 20)}) // of the old epoch
				if v := r.View(); v != now {
					t.Errorf("an event of the old epoch was appended: %+v", v)
				}
				r.Deliver(r.log.CommitOther(1))
				if v := r.View(); v.Next != now.Next+1 {
					t.Errorf("the next event was not appended: %+v", v)
				}
			})
		})
	}
}

// TestHealthy: an error of the log is returned until a read succeeds; meanwhile events are appended.
func TestHealthy(t *testing.T) {
	inBubble(t, stream.Config{}, func(t *testing.T, r *reader) {
		r.log.SetAway(errors.New("away"))
		time.Sleep(time.Second)
		if err := r.Healthy(); err == nil {
			t.Error("healthy although the log cannot be read")
		}
		r.Deliver(r.log.Commit(2))
		r.want(1, 2)
		r.log.SetAway(nil)
		time.Sleep(5 * time.Second)
		if err := r.Healthy(); err != nil {
			t.Error(err)
		}
	})
}
