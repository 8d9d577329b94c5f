package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

const (
	maxQueue  = 1024    // writes that may wait; one more is refused
	maxUrgent = 16      // writes that go before those
	maxGroup  = 128     // writes that share one commit, and so one fsync
	maxWeight = 1 << 20 // see Store.maxWeight
	maxRaces  = 5       // times that a write, or a group, is run again after a lost race
)

// op is one waiting write. It may be run several times before one of them is committed.
type op struct {
	ctx  context.Context
	post int64 // that it is about; 0: a new one, or none
	do   func(tx *tx) error
	err  error
	done chan struct{}

	alone bool // shares its commit with no other
}

// errAbandoned marks a write whose caller went away before it began.
var errAbandoned = errors.New("abandoned before it began")

// update queues do and waits for its commit.
func (s *Store) update(ctx context.Context, do func(tx *tx) error) error {
	return s.send(s.queue, &op{ctx: ctx, do: do})
}

// updateFirst is update past the queue: for what keeps time.
func (s *Store) updateFirst(ctx context.Context, do func(tx *tx) error) error {
	return s.send(s.urgent, &op{ctx: ctx, do: do})
}

func (s *Store) send(queue chan<- *op, o *op) (err error) {
	if s.cfg.StartSpan != nil {
		ctx, end := s.cfg.StartSpan(o.ctx)
		o.ctx = ctx
		defer func() { end(err) }()
	}
	if s.cfg.ReadOnly {
		return readOnlyFault(errors.New("it was opened for reads alone"))
	}
	o.done = make(chan struct{})
	select {
	case queue <- o:
	default:
		f := fault.New(fault.Unavailable, "Too many changes are waiting to be saved; nothing was saved. Try again.")
		f.RetryAfter = time.Second
		return f
	}
	select {
	case <-o.done:
		return o.err
	case <-s.closed:
		select {
		case <-o.done: // it was among the last
			return o.err
		default:
			return unavailable("The server is stopping; nothing was saved. Try again.", errors.New("the store is stopped"))
		}
	}
}

// Run makes the writes, those that wait together in one commit, and indexes the words of posts after
// the commits unless Config.Yield is set. It returns when ctx is cancelled and all that waited is written.
func (s *Store) Run(ctx context.Context) error {
	defer close(s.closed)
	if s.cfg.ReadOnly {
		<-ctx.Done()
		return nil
	}
	writing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var writers, indexer sync.WaitGroup
	for _, queues := range s.writeQueues() {
		writers.Go(func() {
			w := &writer{store: s, queues: queues}
			defer w.drop()
			for o := w.next(writing); o != nil; o = w.next(writing) {
				w.group(w.collect(o))
			}
		})
	}
	if s.probe != nil {
		writers.Go(func() { s.watchServer(ctx) })
	}
	if !s.cfg.Yield {
		indexer.Go(func() { s.runIndexer(ctx) })
	}
	<-ctx.Done()
	indexer.Wait() // its last transaction needs the writers
	stop()
	writers.Wait()
	if s.dialect.end == "" {
		return nil
	}
	_, err := s.write.ExecContext(context.Background(), s.dialect.end)
	return classify(err)
}

// writeQueues are where a writer takes its writes from. One that it does not serve is nil.
type writeQueues struct{ urgent, queue, indexing <-chan *op }

// writeQueues returns the queues of each writer. On SQLite one writer makes all writes; else the
// indexer has a writer, and so a connection, of its own.
func (s *Store) writeQueues() (all []writeQueues) {
	for range s.dialect.writers {
		all = append(all, writeQueues{urgent: s.urgent, queue: s.queue})
	}
	if len(all) == 1 {
		all[0].indexing = s.words
		return all
	}
	return append(all, writeQueues{indexing: s.words})
}

// next waits for a write. It returns nil when ctx is cancelled and none is left.
func (w *writer) next(ctx context.Context) *op {
	for {
		var beat <-chan time.Time
		if every := w.store.dialect.beat; every > 0 && w.conn != nil {
			beat = time.After(every)
		}
		select {
		case o := <-w.queues.urgent:
			return o
		case o := <-w.queues.queue:
			return o
		case o := <-w.queues.indexing:
			o.alone = true
			return o
		case <-ctx.Done():
			return w.waiting()
		case <-beat:
			w.keepAlive()
		}
	}
}

// waiting returns a write that waits already, nil when there is none.
func (w *writer) waiting() *op {
	select {
	case o := <-w.queues.urgent:
		return o
	default:
	}
	select {
	case o := <-w.queues.queue:
		return o
	default:
		return nil
	}
}

// collect takes what already waits, without waiting for more. Transactions that take
// their locks in the same order do not meet in a deadlock: posts by their ids, what is
// new last.
func (w *writer) collect(first *op) []*op {
	group := []*op{first}
	for len(group) < maxGroup && !first.alone {
		o := w.waiting()
		if o == nil {
			break
		}
		group = append(group, o)
	}
	slices.SortStableFunc(group, func(a, b *op) int {
		return cmp.Compare(uint64(a.post-1), uint64(b.post-1)) // 0 becomes the greatest
	})
	return group
}

// group makes the writes of ops in one transaction and answers all of them.
func (w *writer) group(ops []*op) {
	began := time.Now()
	events, err := w.commitWithRetry(slices.Clone(ops))
	reason := serverFault(err, ops)
	changed := w.store.health.set(reason, time.Now())
	if len(events) > 0 {
		notify(w.store.index.commits)
		if w.store.cfg.OnCommit != nil {
			w.store.cfg.OnCommit(events)
		}
	}
	for _, o := range ops {
		close(o.done)
	}
	m := &w.store.metrics
	m.groupSize.Observe(float64(len(ops)))
	m.commitSeconds.Observe(time.Since(began).Seconds())
	if err != nil || reason != nil {
		m.failedCommits.Inc()
	}
	switch { // a node writes all the time: logged when the health changes
	case reason != nil && changed:
		w.store.cfg.Logger.Error("database commit failed", "writes", len(ops), "error", reason)
	case changed:
		w.store.cfg.Logger.Info("database accepts writes again")
	}
}

// commitWithRetry commits ops: afterwards each is stored, or has its error. It returns the
// events that were stored, and the error when a commit failed.
func (w *writer) commitWithRetry(ops []*op) (events []event.Event, err error) {
	reopened, races := false, 0
	for len(ops) > 0 {
		done, stored, failedOp, err := w.tryCommit(ops)
		class := classOf(err)
		switch {
		case err == nil:
			events = append(events, stored...)
			ops = ops[done:]
		case errors.Is(err, errCommitUncertain):
			return events, fail(ops, err)
		case class.needsConnection():
			// A closed connection fails at once, and a new one may succeed. A database that
			// did not answer for long would not answer the next time.
			if reopened || time.Since(w.asked) >= patience {
				return events, fail(ops, err)
			}
			w.drop()
			reopened = true
		case (class == conflict || class == duplicate) && races < maxRaces:
			races++
		case failedOp != nil:
			failedOp.err = classify(err)
			ops = slices.DeleteFunc(ops, func(o *op) bool { return o == failedOp })
		case len(ops) == 1:
			return events, fail(ops, err)
		default: // it is not known which op made the group's statement fail
			stored, err := w.commitEach(ops)
			return append(events, stored...), err
		}
	}
	return events, nil
}

// commitEach commits each op in a transaction of its own.
func (w *writer) commitEach(ops []*op) (events []event.Event, err error) {
	for i := range ops {
		stored, failed := w.commitWithRetry(ops[i : i+1 : i+1])
		events, err = append(events, stored...), errors.Join(err, failed)
	}
	return events, err
}

func fail(ops []*op, err error) error {
	err = classify(err)
	for _, o := range ops {
		o.err = err
	}
	return err
}
