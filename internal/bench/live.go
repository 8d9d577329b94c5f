package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// latency: changes at a steady rate by 8 authors in turn, so that a slow one does not hold back the next.
func latency(ctx context.Context, t *target) ([]row, error) {
	const sockets, authors, changes = 100, 8, 300
	crowd, err := t.gather(ctx, sockets)
	if err != nil {
		return nil, err
	}
	defer crowd.close()
	all, err := t.authors(ctx, authors, crowd)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	crowd.timed.Store(true)
	crowd.expect(crowd.head() + changes)
	cost := t.cost()
	answered, err := paced(ctx, all, crowd.began, time.Second/time.Duration(t.rate), changes)
	if err != nil {
		return nil, err
	}
	if _, err := crowd.wait(ctx); err != nil {
		return nil, err
	}
	perEvent, known := cost(changes)
	crowd.close()
	received := crowd.latencies()
	return []row{
		spread("sent to received", received),
		spread("sent to answered", answered),
		cpu("server CPU per event", perEvent, known),
		note("load", fmt.Sprintf("%d changes, %d a second; %d frames of %d bytes", changes, t.rate, len(received), crowd.frameSize())),
	}, nil
}

// paced makes n changes at a steady pace and returns how long each took to be answered.
func paced(ctx context.Context, all []*author, began time.Time, every time.Duration, n int) ([]time.Duration, error) {
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
	err := together(all, func(i int, a *author) error {
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

// writes: each of 32 authors changes its post, makes the next one, changes that, as fast as the answers come.
func writes(ctx context.Context, t *target) ([]row, error) {
	const (
		sockets, authors = 10, 32
		warm, lasting    = time.Second, 5 * time.Second
	)
	crowd, err := t.gather(ctx, sockets)
	if err != nil {
		return nil, err
	}
	defer crowd.close()
	all, err := t.authors(ctx, authors, crowd)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)

	var counting, over atomic.Bool
	var done atomic.Int64
	took := make([][]time.Duration, authors)
	var failed error
	var load sync.WaitGroup
	load.Go(func() {
		failed = together(all, func(i int, a *author) error {
			for n := 0; !over.Load(); n++ {
				sent := time.Now()
				if err := a.alternate(n, crowd.began); err != nil {
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

func (a *author) alternate(n int, began time.Time) error {
	if n%2 == 0 {
		return a.change(began)
	}
	return a.create(began)
}

// wait lets time pass, as part of a measurement.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
