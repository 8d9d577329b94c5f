package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// fanout measures events to all sockets by 8 writers, each sending its next change after the last answer.
// The time of a round is from its first change until the last socket has received the last event, so it
// includes the writes. The cost of the writes alone is measured first, with a single socket.
func fanout(ctx context.Context, t *target) ([]row, error) {
	const inFlight, events, rounds, alone = 8, 200, 5, 1600
	single, err := t.newClientPool(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer single.close()
	all, err := t.newWriters(ctx, inFlight, single)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	if _, err := t.round(ctx, single, all, events); err != nil { // warms up
		return nil, err
	}
	cost := t.cost()
	if _, err := t.round(ctx, single, all, alone); err != nil {
		return nil, err
	}
	perWrite, _ := cost(alone)
	single.close()

	pool, err := t.newClientPool(ctx, t.sockets)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	if _, err := t.round(ctx, pool, all, events); err != nil {
		return nil, err
	}
	var took []time.Duration
	cost = t.cost()
	for range rounds {
		d, err := t.round(ctx, pool, all, events)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	deliveries := int64(events * t.sockets)
	total, known := cost(1)
	slices.Sort(took)
	median := percentile(took, 50)
	return []row{
		count("deliveries a second", "%.0f", float64(deliveries)/median.Seconds()).
			withDetail(" (median of %d rounds, %s each)", rounds, short(median)),
		cpu("server CPU per delivery, the write included", total/time.Duration(rounds*deliveries), known),
		cpu("server CPU per event", total/(rounds*events), known),
		cpu("server CPU per event with one socket", perWrite, known),
		note("load", fmt.Sprintf("%d events, %d in flight, to %d sockets; frames of %d bytes", events, inFlight, t.sockets, pool.frameSize())),
	}, nil
}

// round sends n changes and returns the time until the last socket has received the last event.
func (t *target) round(ctx context.Context, c *clientPool, all []*writer, n int) (time.Duration, error) {
	c.expect(c.head() + int64(n))
	sent := time.Now()
	err := parallel(all, func(i int, a *writer) error {
		for k := i; k < n; k += len(all) {
			if err := a.change(c.began); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	at, err := c.wait(ctx)
	return at.Sub(sent), err
}

// storm measures the reconnection of all sockets: under 20 events per second all are cut at once, and
// reconnect at once with their cursors.
func storm(ctx context.Context, t *target) ([]row, error) {
	const perSecond, before, after = 20, 40, 60
	pool, err := t.newClientPool(ctx, t.sockets)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	all, err := t.newWriters(ctx, 2, pool)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	pool.expect(pool.head() + before + after)
	type cutting struct {
		at   time.Time
		cost func(int64) (time.Duration, bool)
	}
	cuts := make(chan cutting, 1)
	dropper := time.AfterFunc(before*time.Second/perSecond, func() {
		cuts <- cutting{time.Now(), t.cost()}
		pool.disconnect()
	})
	defer dropper.Stop()
	if _, err := atRate(ctx, all, pool.began, time.Second/perSecond, before+after); err != nil {
		return nil, err
	}
	if _, err := pool.wait(ctx); err != nil {
		return nil, err
	}
	cut := <-cuts
	total, known := cut.cost(1)
	pool.close()
	var back []time.Duration
	var missed []int64
	var repeated int64
	for _, m := range pool.members {
		back = append(back, time.Duration(m.welcomed.Load())-cut.at.Sub(pool.began))
		missed = append(missed, m.missed)
		repeated += m.repeated
	}
	slices.Sort(missed)
	return []row{
		note("missed per client", fmt.Sprintf("p50 %d, max %d; repeats %d", percentile(missed, 50), percentile(missed, 100), repeated)),
		spread("back with its stream", back),
		duration("all back", percentile(back, 100)),
		cpu("server CPU from the cut until 3 s after it", total, known),
		note("load", fmt.Sprintf("%d sockets, %d events a second", t.sockets, perSecond)),
	}, nil
}
