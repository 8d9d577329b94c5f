package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/wiredesk/wiredesk/internal/serverproc"
)

// start measures the time from start to ready. The events are written into the database while the server is
// stopped. Its first start also publishes them to Kafka; the later starts are measured.
func start(ctx context.Context, t *target) ([]row, error) {
	return t.startWith(ctx, 100_000)
}

// startWith is start with that number of events.
func (t *target) startWith(ctx context.Context, events int) ([]row, error) {
	const perPost = 5
	first, err := t.load(ctx, filling{posts: events / perPost, versions: perPost})
	if err != nil {
		return nil, err
	}
	clean, err := t.restarts(ctx, t.server.Stop)
	if err != nil {
		return nil, err
	}
	crashed, err := t.restarts(ctx, t.server.Kill)
	if err != nil {
		return nil, err
	}
	memory, _ := t.server.Memory()
	return []row{
		spread("start to ready, after a clean stop", clean),
		spread("start to ready, after kill -9", crashed),
		count("memory when ready", "%.1f MB", float64(memory)/1e6),
		duration("first start, with nothing on Kafka yet: ready after", first.ready),
		duration("first start: all on Kafka after", first.published),
		duration("first start: all words indexed after", first.indexed),
		note("load", fmt.Sprintf("%d events, written in %s", events, short(first.filled))),
	}, nil
}

// restarts stops the server with end and starts it, three times, and returns the times until it was ready.
func (t *target) restarts(ctx context.Context, end func() error) ([]time.Duration, error) {
	const times = 3
	var all []time.Duration
	for range times {
		if err := end(); err != nil {
			return nil, err
		}
		took, err := t.startToReady(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	return all, nil
}

func (t *target) startToReady(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := t.server.Start(ctx); err != nil {
		return 0, err
	}
	err := t.server.Ready(ctx)
	return time.Since(began), err
}

// awaitRelay waits until every event is in Kafka.
func (t *target) awaitRelay(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute) // a million events, on a busy machine
	defer cancel()
	var failed error
	err := serverproc.Poll(ctx, 20*time.Millisecond, func() bool {
		var waiting int64
		waiting, failed = t.waiting(ctx)
		return failed != nil || waiting == 0
	})
	if failed != nil {
		return failed
	}
	return err
}

var notIndexed = regexp.MustCompile(`(\d+) events are not indexed yet`)

// awaitIndex waits until the words of all events are indexed. A build that indexes in the commit has
// no such line on /readyz.
func (t *target) awaitIndex(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Minute) // a million posts, on a busy machine
	defer cancel()
	var failed error
	err := serverproc.Poll(ctx, 20*time.Millisecond, func() bool {
		var page []byte
		if page, failed = t.readyPage(ctx); failed != nil {
			return true
		}
		match := notIndexed.FindSubmatch(page)
		return match == nil || string(match[1]) == "0"
	})
	return errors.Join(failed, err)
}

// readyPage returns the body of /readyz.
func (t *target) readyPage(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+"/readyz", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reading /readyz: %w", err)
	}
	defer res.Body.Close()
	return io.ReadAll(io.LimitReader(res.Body, 1<<20))
}

func (t *target) waiting(ctx context.Context) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+"/api/status", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("asking for the status: %w", err)
	}
	defer res.Body.Close()
	var status struct {
		Relay struct {
			Waiting int64 `json:"waiting"`
		} `json:"relay"`
	}
	if err := json.NewDecoder(res.Body).Decode(&status); err != nil {
		return 0, fmt.Errorf("reading the status: %w", err)
	}
	return status.Relay.Waiting, nil
}
