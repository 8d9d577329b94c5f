package bench

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Sizes has the sizes that curves measures. An empty list is skipped.
type Sizes struct{ Sockets, Posts, Log []int }

// curves measures the cost of one server by size. Each size has its own server and data.
func curves(ctx context.Context, t *target) ([]row, error) {
	var rows []row
	for _, curve := range []struct {
		name  string
		sizes []int
		run   func(context.Context, int) ([]row, error)
	}{
		{"sockets", t.sizes.Sockets, t.socketCurve}, {"posts", t.sizes.Posts, t.postCurve}, {"events in the log", t.sizes.Log, t.startWith},
	} {
		for _, n := range curve.sizes {
			if err := t.fresh(ctx); err != nil {
				return rows, err
			}
			more, err := curve.run(ctx, n)
			if err != nil {
				return rows, fmt.Errorf("%d %s: %w", n, curve.name, err)
			}
			for _, r := range more {
				r.name = fmt.Sprintf("%d %s: %s", n, curve.name, r.name)
				rows = append(rows, r)
			}
			t.progress(rows[len(rows)-len(more):])
		}
	}
	return rows, nil
}

// fresh replaces the server by an empty one.
func (t *target) fresh(ctx context.Context) error {
	if err := t.server.Stop(); err != nil {
		return err
	}
	if err := os.RemoveAll(t.server.DataDir()); err != nil {
		return fmt.Errorf("removing the data of the last size: %w", err)
	}
	if _, err := t.startToReady(ctx); err != nil {
		return err
	}
	var err error
	t.token, err = t.server.Login(ctx)
	return err
}

// socketCurve measures memory, and CPU time to accept, at rest and per delivery, with n sockets.
func (t *target) socketCurve(ctx context.Context, n int) ([]row, error) {
	const (
		deliveries, fewest, inFlight = 1_000_000, 100, 8
		apart, single                = 250 * time.Millisecond, 20 // single events
	)
	of := *t
	of.sockets = n
	rows, err := idle(ctx, &of)
	if err != nil {
		return nil, err
	}
	pool, err := of.newClientPool(ctx, n)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	all, err := of.newWriters(ctx, inFlight, pool)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	events := max(fewest, deliveries/n)
	cost := t.cost()
	took, err := of.round(ctx, pool, all, events)
	if err != nil {
		return nil, err
	}
	total, known := cost(1)
	pool.expect(pool.head() + single)
	cost = t.cost()
	if _, err := atRate(ctx, all, pool.began, apart, single); err != nil {
		return nil, err
	}
	if _, err := pool.wait(ctx); err != nil {
		return nil, err
	}
	alone, _ := cost(int64(single * n))
	return append(rows,
		cpu("server CPU per delivery, one event at a time, the write included", alone, known),
		cpu("server CPU per delivery, 8 writes in flight, the write included", total/time.Duration(events*n), known),
		cpu("server CPU per event", total/time.Duration(events), known),
		count("deliveries a second", "%.0f", float64(events*n)/took.Seconds())), nil
}

// postCurve measures start, memory, disk, and the CPU time of reads and writes with n posts of one version.
func (t *target) postCurve(ctx context.Context, n int) ([]row, error) {
	const published, changes = 10, 1000
	first, err := t.load(ctx, filling{posts: n, versions: 1, publishedEvery: published})
	if err != nil {
		return nil, err
	}
	starts, err := t.restarts(ctx, t.server.Stop)
	if err != nil {
		return nil, err
	}
	if t.token, err = t.server.Login(ctx); err != nil {
		return nil, err
	}
	memory, err := t.settledMemory(ctx)
	if err != nil {
		return nil, err
	}
	rows := []row{
		spread("start to ready, after a clean stop", starts), count("memory when ready", "%.1f MB", float64(memory)/1e6),
		count("data on disk", "%.1f MB", float64(size(t.server.DataDir()))/1e6),
		note("load", fmt.Sprintf("written in %s, all on Kafka after %s, all words indexed after %s", short(first.filled), short(first.published), short(first.indexed))),
	}
	for _, r := range append(listRequests(), request{name: "public post", want: 200,
		path: func(i int) string { return fmt.Sprint("/api/public/posts/post-", (1+i%(n/published))*published) }}) {
		more, err := t.read(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		rows = append(rows, more[1:]...) // without the rate, which depends on other load of the machine
	}
	one, err := t.newClientPool(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer one.close()
	all, err := t.newWriters(ctx, 8, one)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	cost := t.cost()
	if _, err := t.round(ctx, one, all, changes); err != nil {
		return nil, err
	}
	perWrite, known := cost(changes)
	memory, _ = t.server.Memory()
	return append(rows, cpu("server CPU per change", perWrite, known), count("memory afterwards", "%.1f MB", float64(memory)/1e6)), nil
}

// size returns the bytes of the files below dir.
func size(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // the server may have removed it
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// progress prints the rows of one size to standard error: all of them may take an hour.
func (t *target) progress(rows []row) {
	for _, r := range rows {
		fmt.Fprintln(t.log, strings.TrimSpace(r.name+": "+r.text))
	}
}

// withDefaults returns s, or sizes that take a few minutes if s is empty.
func (s Sizes) withDefaults() Sizes {
	if len(s.Sockets)+len(s.Posts)+len(s.Log) > 0 {
		return s
	}
	return Sizes{Sockets: []int{1_000, 2_000, 5_000, 10_000}, Posts: []int{1_000, 10_000, 100_000}, Log: []int{100_000}}
}
