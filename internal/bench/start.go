package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

const logLength = 100_000

// start: the log is written straight into the database while the server is down. Its
// first start then also brings the events to Kafka; what is measured are the starts after that.
func start(ctx context.Context, t *target) ([]row, error) {
	const times = 3
	if err := t.server.Stop(); err != nil {
		return nil, err
	}
	filling := time.Now()
	if err := fill(ctx, filepath.Join(t.server.DataDir(), "wiredesk.db")); err != nil {
		return nil, err
	}
	filled := time.Since(filling)
	first, err := t.startToReady(ctx)
	if err != nil {
		return nil, err
	}
	draining := time.Now()
	if err := t.awaitRelay(ctx); err != nil {
		return nil, err
	}
	drained := time.Since(draining) + first
	var clean, crashed []time.Duration
	for range times {
		if err := t.server.Stop(); err != nil {
			return nil, err
		}
		took, err := t.startToReady(ctx)
		if err != nil {
			return nil, err
		}
		clean = append(clean, took)
	}
	for range times {
		if err := t.server.Kill(); err != nil {
			return nil, err
		}
		took, err := t.startToReady(ctx)
		if err != nil {
			return nil, err
		}
		crashed = append(crashed, took)
	}
	slices.Sort(clean)
	slices.Sort(crashed)
	memory, _ := t.server.Memory()
	return []row{
		duration("start to ready, after a clean stop", percentile(clean, 50)).withDetail(" (median of %d)", times),
		duration("start to ready, after kill -9", percentile(crashed, 50)).withDetail(" (median of %d)", times),
		count("memory when ready", "%.1f MB", float64(memory)/1e6),
		duration("first start, with nothing on Kafka yet: ready after", first),
		duration("first start: all on Kafka after", drained),
		note("load", fmt.Sprintf("%d events, written in %s", logLength, short(filled))),
	}, nil
}

func (t *target) startToReady(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := t.server.Start(ctx); err != nil {
		return 0, err
	}
	err := t.server.Ready(ctx)
	return time.Since(began), err
}

// fill writes the log: one new post, four changes of it, one new post …
func fill(ctx context.Context, path string) error {
	const authors, perPost = 64, 5
	store, err := sqlstore.Open(ctx, sqlstore.Config{URL: "sqlite://" + path})
	if err != nil {
		return err
	}
	defer store.Close()
	var failed error
	var writing sync.WaitGroup
	running, stop := context.WithCancel(ctx)
	writing.Go(func() { failed = store.Run(running) })

	service := post.NewService(store)
	var made atomic.Int64
	errs := make(chan error, authors)
	for range authors {
		go func() { errs <- fillOne(ctx, service, func() bool { return made.Add(perPost) <= logLength }) }()
	}
	var first error
	for range authors { // joins them
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	stop()
	writing.Wait()
	if first != nil {
		return fmt.Errorf("filling the log: %w", first)
	}
	return failed
}

func fillOne(ctx context.Context, service *post.Service, more func() bool) error {
	by := auth.Actor{ID: 1, Name: "Bench", Role: auth.Editor}
	body := func(title string) []byte {
		return fmt.Appendf(nil, `{"title":%q,"description":%q,"content":%q}`, title, filler, filler)
	}
	first, err := post.ParseNew(body("A post of the log"))
	if err != nil {
		return err
	}
	for more() {
		doc, _, err := service.Create(ctx, by, first, post.Request{})
		version := doc.Version
		for n := int64(1); n < 5 && err == nil; n++ {
			var change post.Patch
			if change, err = post.ParsePatch(body(fmt.Sprint("Change ", n))); err == nil {
				var result post.Result
				result, err = service.Edit(ctx, by, doc.ID, version, change, post.EditOptions{}, post.Request{})
				version = result.Doc.Version
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitRelay waits until every event is on Kafka.
func (t *target) awaitRelay(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var failed error
	err := poll(ctx, 20*time.Millisecond, func() bool {
		var waiting int64
		waiting, failed = t.waiting(ctx)
		return failed != nil || waiting == 0
	})
	if failed != nil {
		return failed
	}
	return err
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
