package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// latency measures changes at a steady rate by 8 writers in turn, so that a slow one does not delay the next.
func latency(ctx context.Context, t *target) ([]row, error) {
	const sockets, writers, changes = 100, 8, 300
	pool, err := t.newClientPool(ctx, sockets)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	all, err := t.newWriters(ctx, writers, pool)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	pool.timed.Store(true)
	pool.expect(pool.head() + changes)
	cost := t.cost()
	answered, err := atRate(ctx, all, pool.began, time.Second/time.Duration(t.rate), changes)
	if err != nil {
		return nil, err
	}
	if _, err := pool.wait(ctx); err != nil {
		return nil, err
	}
	perEvent, known := cost(changes)
	pool.close()
	received := pool.latencies()
	return []row{
		spread("sent to received", received),
		spread("sent to answered", answered),
		cpu("server CPU per event", perEvent, known),
		note("load", fmt.Sprintf("%d changes, %d a second; %d frames of %d bytes", changes, t.rate, len(received), pool.frameSize())),
	}, nil
}

// atRate sends n changes at a steady rate and returns the time of each until its answer.
func atRate(ctx context.Context, all []*writer, began time.Time, every time.Duration, n int) ([]time.Duration, error) {
	ticks := make(chan struct{}, n)
	var pacing sync.WaitGroup
	pacing.Go(func() {
		defer close(ticks)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for range n {
			select {
			case <-ticker.C:
				ticks <- struct{}{}
			case <-ctx.Done():
				return
			}
		}
	})
	defer pacing.Wait()
	took := make([][]time.Duration, len(all))
	err := parallel(all, func(i int, a *writer) error {
		for range ticks {
			sent := time.Now()
			if err := a.change(began); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(sent))
		}
		return ctx.Err()
	})
	return flat(took), err
}

func flat(lists [][]time.Duration) []time.Duration {
	var all []time.Duration
	for _, one := range lists {
		all = append(all, one...)
	}
	return all
}

// writes measures durable writes: each of 32 writers changes its post, creates the next one and changes that,
// each after the last answer.
func writes(ctx context.Context, t *target) ([]row, error) {
	const (
		sockets, writers = 10, 32
		warm, lasting    = time.Second, 5 * time.Second
	)
	pool, err := t.newClientPool(ctx, sockets)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	all, err := t.newWriters(ctx, writers, pool)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)

	var counting, over atomic.Bool
	var done atomic.Int64
	took := make([][]time.Duration, writers)
	var failed error
	var load sync.WaitGroup
	load.Go(func() {
		failed = parallel(all, func(i int, a *writer) error {
			for n := 0; !over.Load(); n++ {
				sent := time.Now()
				if err := a.alternate(n, pool.began); err != nil {
					over.Store(true)
					return err
				}
				if counting.Load() {
					done.Add(1)
					took[i] = append(took[i], time.Since(sent))
				}
			}
			return nil
		})
	})
	wait(ctx, warm)
	cost, began := t.cost(), time.Now()
	counting.Store(true)
	wait(ctx, lasting)
	counting.Store(false)
	n, elapsed := done.Load(), time.Since(began)
	perWrite, known := cost(n)
	over.Store(true)
	load.Wait()
	if failed != nil {
		return nil, failed
	}
	return []row{
		count("durable writes a second", "%.0f", float64(n)/elapsed.Seconds()),
		spread("sent to answered", flat(took)),
		cpu("server CPU per write", perWrite, known),
		note("load", "half of them new posts, half changes; 1.2 KB each"),
	}, ctx.Err()
}

func (a *writer) alternate(n int, began time.Time) error {
	if n%2 == 0 {
		return a.change(began)
	}
	return a.create(began)
}

// wait waits for d, as part of a measurement.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
