package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

const (
	maxQueue  = 1024    // queued ops; one more fails
	maxUrgent = 16      // queued urgent ops
	maxBatch  = 128     // ops in one transaction
	maxWeight = 1 << 20 // bytes of events in one transaction, see database.maxWeight
	maxRaces  = 5       // repetitions of an op, or a batch, after a conflict
)

// writeOp is a queued write. do may run several times; at most one run is committed. The writer sets
// err and then closes done.
type writeOp struct {
	ctx  context.Context
	post int64 // id of the post to change; 0: a new one, or none
	do   func(tx *tx) error
	err  error
	done chan struct{}

	alone bool // gets a transaction of its own
}

// errAbandoned is the error of an op whose context ended before the op ran.
var errAbandoned = errors.New("abandoned before it began")

// update queues do and waits for its commit. The result is the error of do or of the commit.
func (db *database) update(ctx context.Context, do func(tx *tx) error) error {
	return db.send(db.queue, &writeOp{ctx: ctx, do: do})
}

// updateFirst is update with precedence over the queue, for leases and heartbeats.
func (db *database) updateFirst(ctx context.Context, do func(tx *tx) error) error {
	return db.send(db.urgent, &writeOp{ctx: ctx, do: do})
}

func (db *database) send(queue chan<- *writeOp, o *writeOp) (err error) {
	if db.cfg.StartSpan != nil {
		ctx, end := db.cfg.StartSpan(o.ctx)
		o.ctx = ctx
		defer func() { end(err) }()
	}
	if db.cfg.ReadOnly {
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
	case <-db.closed:
		select {
		case <-o.done: // committed before Run returned
			return o.err
		default:
			return unavailable("The server is stopping; nothing was saved. Try again.", errors.New("the store is stopped"))
		}
	}
}

// Run executes the queued writes and, unless Config.Yield is set, updates the search index. When ctx is
// cancelled it completes the queued writes and returns. Call it once.
func (s *Store) Run(ctx context.Context) error {
	defer close(s.closed)
	if s.cfg.ReadOnly {
		<-ctx.Done()
		return nil
	}
	writing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var writers, index sync.WaitGroup
	for _, queues := range s.writeQueues() {
		writers.Go(func() {
			w := &writer{db: s.database, queues: queues}
			defer w.drop()
			for o := w.next(writing); o != nil; o = w.next(writing) {
				w.commitBatch(w.collect(o))
			}
		})
	}
	if s.cfg.Watch {
		writers.Go(func() { s.dialect.followChanges(ctx, s.database) })
	}
	if s.probe != nil {
		writers.Go(func() { s.watchServer(ctx) })
	}
	if !s.cfg.Yield {
		index.Go(func() { s.runIndexer(ctx) })
	}
	<-ctx.Done()
	index.Wait() // before the writers: its last transaction needs one
	stop()
	writers.Wait()
	if s.dialect.end == "" {
		return nil
	}
	_, err := s.write.ExecContext(context.Background(), s.dialect.end)
	return classify(err)
}

// writeQueues are the queues that a writer serves; nil for those that it does not serve.
type writeQueues struct{ urgent, queue, indexing <-chan *writeOp }

// writeQueues returns the queues of each writer. On SQLite one writer serves all; on MySQL the indexer
// has a writer, and so a connection, of its own.
func (db *database) writeQueues() (all []writeQueues) {
	for range db.dialect.writers {
		all = append(all, writeQueues{urgent: db.urgent, queue: db.queue})
	}
	if len(all) == 1 {
		all[0].indexing = db.indexing
		return all
	}
	return append(all, writeQueues{indexing: db.indexing})
}

// next waits for an op. It returns nil when ctx is cancelled and the queues are empty. On MySQL it
// pings an idle connection, so that the server does not close it.
func (w *writer) next(ctx context.Context) *writeOp {
	for {
		var idle <-chan time.Time
		if every := w.db.dialect.pingInterval; every > 0 && w.conn != nil {
			idle = time.After(every)
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
			return w.tryNext()
		case reply := <-w.db.changes.check:
			reply <- w.foundChanges()
		case <-idle:
			w.ping()
		}
	}
}

// tryNext returns a queued op; nil if there is none. It does not wait.
func (w *writer) tryNext() *writeOp {
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

// collect returns a batch: first and the queued ops, without waiting for more. The ops are ordered by
// post, new posts last, so that all transactions lock posts in the same order and do not deadlock.
func (w *writer) collect(first *writeOp) []*writeOp {
	batch := []*writeOp{first}
	for len(batch) < maxBatch && !first.alone {
		o := w.tryNext()
		if o == nil {
			break
		}
		batch = append(batch, o)
	}
	slices.SortStableFunc(batch, func(a, b *writeOp) int {
		return cmp.Compare(uint64(a.post-1), uint64(b.post-1)) // 0 becomes the greatest
	})
	return batch
}
