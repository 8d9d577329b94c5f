package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// fanout: 8 authors, each sending its next change when the last was answered, to a crowd.
// The time of a round is from its first change until the last socket has its last
// event, so that writing is part of it. What the writes alone cost is measured first, with no socket open.
func fanout(ctx context.Context, t *target) ([]row, error) {
	const inFlight, events, rounds, alone = 8, 200, 5, 1600
	nobody, err := t.gather(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer nobody.close()
	all, err := t.authors(ctx, inFlight, nobody)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	if _, err := t.round(ctx, nobody, all, events); err != nil { // warms up
		return nil, err
	}
	cost := t.cost()
	if _, err := t.round(ctx, nobody, all, alone); err != nil {
		return nil, err
	}
	perWrite, _ := cost(alone)
	nobody.close()

	crowd, err := t.gather(ctx, t.sockets)
	if err != nil {
		return nil, err
	}
	defer crowd.close()
	if _, err := t.round(ctx, crowd, all, events); err != nil {
		return nil, err
	}
	var took []time.Duration
	cost = t.cost()
	for range rounds {
		d, err := t.round(ctx, crowd, all, events)
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
		note("load", fmt.Sprintf("%d events, %d in flight, to %d sockets; frames of %d bytes", events, inFlight, t.sockets, crowd.frameSize())),
	}, nil
}

// round sends n changes and returns the time until the last socket has the last event.
func (t *target) round(ctx context.Context, c *crowd, all []*author, n int) (time.Duration, error) {
	c.expect(c.head() + int64(n))
	sent := time.Now()
	err := together(all, func(i int, a *author) error {
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

// storm: while a crowd follows 20 events a second all its sockets are cut at once, and
// come back at once with their cursors.
func storm(ctx context.Context, t *target) ([]row, error) {
	const perSecond, before, after = 20, 40, 60
	crowd, err := t.gather(ctx, t.sockets)
	if err != nil {
		return nil, err
	}
	defer crowd.close()
	all, err := t.authors(ctx, 2, crowd)
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	crowd.expect(crowd.head() + before + after)
	type cutting struct {
		at   time.Time
		cost func(int64) (time.Duration, bool)
	}
	cuts := make(chan cutting, 1)
	dropper := time.AfterFunc(before*time.Second/perSecond, func() {
		cuts <- cutting{time.Now(), t.cost()}
		crowd.drop()
	})
	defer dropper.Stop()
	if _, err := paced(ctx, all, crowd.began, time.Second/perSecond, before+after); err != nil {
		return nil, err
	}
	if _, err := crowd.wait(ctx); err != nil {
		return nil, err
	}
	cut := <-cuts
	total, known := cut.cost(1)
	crowd.close()
	var back []time.Duration
	var missed []int64
	var repeated int64
	for _, m := range crowd.members {
		back = append(back, time.Duration(m.welcomed.Load())-cut.at.Sub(crowd.began))
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
