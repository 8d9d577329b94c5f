package limit

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrBusy is the error of Enter if the wait would be too long.
var ErrBusy = errors.New("too many are waiting")

// Queue shares slots fairly. Callers with one key wait in one line, and the lines are served round-robin, so
// that many callers of one key delay those of another by one turn. The lines form two classes, trusted
// callers and others, which alternate while both wait.
type Queue struct {
	longest time.Duration

	mu      sync.Mutex
	slots   int
	free    int
	classes [2]class
	turn    int           // index of the class that is next
	cost    time.Duration // moving average of the time for which a slot is used
}

// class holds the lines in the order of their turns.
type class struct{ lines []*line }

type line struct {
	key     string
	waiting []chan struct{} // closed when the caller gets a slot
}

// NewQueue returns a Queue of slots that are used for about cost each. Enter refuses callers with an
// expected wait above longest.
func NewQueue(slots int, cost, longest time.Duration) *Queue {
	return &Queue{longest: longest, slots: slots, free: slots, cost: cost}
}

// Enter waits for a slot; leave returns it. The error is ErrBusy, at once if the expected wait is too long,
// or that of ctx.
func (q *Queue) Enter(ctx context.Context, key string, trusted bool) (leave func(), err error) {
	i := 0
	if trusted {
		i = 1
	}
	q.mu.Lock()
	if q.free > 0 {
		q.free--
		q.mu.Unlock()
		return q.holding(), nil
	}
	if q.wait(i, key) > q.longest {
		q.mu.Unlock()
		return nil, ErrBusy
	}
	ready := make(chan struct{})
	q.classes[i].add(key, ready)
	q.mu.Unlock()

	// The estimate may be wrong: five times longest is the maximum.
	ctx, cancel := context.WithTimeoutCause(ctx, 5*q.longest, ErrBusy)
	defer cancel()
	select {
	case <-ready:
		return q.holding(), nil
	case <-ctx.Done():
		if q.abandon(i, ready) {
			return nil, context.Cause(ctx)
		}
		return q.holding(), nil // the caller got a slot at the same moment
	}
}

// holding returns the function that returns a slot, which is used from now on.
func (q *Queue) holding() (leave func()) {
	began := time.Now()
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.cost += (time.Since(began) - q.cost) / 8
		if ready := q.next(); ready != nil {
			close(ready)
			return
		}
		q.free++
	}
}

// wait returns the expected wait of a new caller of class i.
func (q *Queue) wait(i int, key string) time.Duration {
	own, ahead := 0, 1
	for _, l := range q.classes[i].lines {
		if l.key == key {
			own = len(l.waiting)
		}
	}
	for _, l := range q.classes[i].lines {
		ahead += min(len(l.waiting), own+1)
	}
	others := 0
	for _, l := range q.classes[1-i].lines {
		others += len(l.waiting)
	}
	return time.Duration(ahead+min(ahead, others)) * q.cost / time.Duration(q.slots)
}

func (c *class) add(key string, ready chan struct{}) {
	for _, l := range c.lines {
		if l.key == key {
			l.waiting = append(l.waiting, ready)
			return
		}
	}
	c.lines = append(c.lines, &line{key, []chan struct{}{ready}})
}

// next removes and returns the next caller; nil if none waits.
func (q *Queue) next() chan struct{} {
	for range q.classes {
		c := &q.classes[q.turn]
		q.turn = 1 - q.turn
		if len(c.lines) == 0 {
			continue
		}
		l := c.lines[0]
		ready := l.waiting[0]
		l.waiting = l.waiting[1:]
		c.lines = c.lines[1:]
		if len(l.waiting) > 0 {
			c.lines = append(c.lines, l)
		}
		return ready
	}
	return nil
}

// abandon removes a caller and reports whether it was still waiting.
func (q *Queue) abandon(i int, ready chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := &q.classes[i]
	for n, l := range c.lines {
		if at := slices.Index(l.waiting, ready); at >= 0 {
			l.waiting = slices.Delete(l.waiting, at, at+1)
			if len(l.waiting) == 0 {
				c.lines = slices.Delete(c.lines, n, n+1)
			}
			return true
		}
	}
	return false
}
