package retention_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/retention"
)

const watermark = 7

// recorder is a Store that records the calls of a Cleaner: the time since the start, and the cutoff
// before that time.
type recorder struct {
	began            time.Time
	granted          time.Time // of the last clean-up
	err              error     // of DropEvents
	results, dropped []call
	sessions, thin   []call
}

type call struct {
	at, age   time.Duration
	published int64
}

func (r *recorder) ClaimCleanUp(_ context.Context, every time.Duration) (bool, error) {
	if !r.granted.IsZero() && time.Since(r.granted) < every {
		return false, nil
	}
	r.granted = time.Now()
	return true, nil
}

func (r *recorder) call(cutoff time.Time, published int64) call {
	return call{time.Since(r.began), time.Since(cutoff), published}
}

func (r *recorder) DeleteResults(_ context.Context, cutoff time.Time) error {
	r.results = append(r.results, r.call(cutoff, 0))
	return nil
}

func (r *recorder) DeleteExpiredSessions(_ context.Context, now time.Time) error {
	r.sessions = append(r.sessions, r.call(now, 0))
	return nil
}

func (r *recorder) Watermark(context.Context) (int64, error) { return watermark, nil }

func (r *recorder) DropEvents(_ context.Context, cutoff time.Time, published int64) (int64, error) {
	r.dropped = append(r.dropped, r.call(cutoff, published))
	return 1, r.err
}

func (r *recorder) ThinAutosaves(_ context.Context, cutoff time.Time, published int64) (int64, error) {
	r.thin = append(r.thin, r.call(cutoff, published))
	return 1, nil
}

// run runs a Cleaner for a time, in a bubble.
func run(t *testing.T, r *recorder, events, lasting time.Duration) *retention.Cleaner {
	t.Helper()
	r.began = time.Now()
	c := retention.New(r, events, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), lasting)
	defer cancel()
	thinning := make(chan error, 1)
	go func() { thinning <- c.RunThinning(ctx) }()
	if err := errors.Join(c.RunCleanUp(ctx), <-thinning); err != nil {
		t.Error(err)
	}
	return c
}

func TestCleaner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		const month = 30 * 24 * time.Hour
		began := time.Now().Unix()
		c := run(t, r, month, 10*time.Hour)
		if n := len(r.results); n < 8 || n > 10 || len(r.sessions) != n || len(r.dropped) != n {
			t.Errorf("in 10 hours: results %v, sessions %v, events %v", r.results, r.sessions, r.dropped)
		}
		if first := r.results[0]; first != (call{0, post.ResultTTL, 0}) {
			t.Errorf("results: %v", first)
		}
		if first := r.sessions[0]; first != (call{0, 0, 0}) {
			t.Errorf("sessions: %v", first)
		}
		for _, d := range r.dropped {
			if d.age != month || d.published != watermark {
				t.Errorf("events: %v", d)
			}
		}
		if n := len(r.thin); n < 500 || n > 700 {
			t.Errorf("thinned %d times in 10 hours", n)
		}
		for _, d := range r.thin {
			if d.age != time.Hour || d.published != watermark {
				t.Errorf("autosaves: %v", d)
			}
		}
		if last := c.LastCleanUp() - began; last < 8*3600 {
			t.Errorf("the last clean-up was after %d s", last)
		}
	})
}

// Without a retention all events stay.
func TestCleaner_keepsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		run(t, r, 0, 3*time.Hour)
		if len(r.dropped) != 0 || len(r.results) == 0 {
			t.Errorf("events %v, results %v", r.dropped, r.results)
		}
	})
}

// After an error the next clean-up is an hour later.
func TestCleaner_failure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{err: errors.New("no database")}
		c := run(t, r, time.Hour, 4*time.Hour)
		if n := len(r.dropped); n < 3 || n > 4 || c.LastCleanUp() != 0 {
			t.Errorf("%d clean-ups, the last one at %d", n, c.LastCleanUp())
		}
	})
}
