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
	maxQueue  = 1024    // writes that may wait; one more is refused
	maxUrgent = 16      // writes that go before those
	maxBatch  = 128     // writes that share one commit, and so one fsync
	maxWeight = 1 << 20 // see Store.maxWeight
	maxRaces  = 5       // times that a write, or a group, is run again after a lost race
)

// writeOp is one waiting write. It may be run several times before one of them is committed.
type writeOp struct {
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
func (db *database) update(ctx context.Context, do func(tx *tx) error) error {
	return db.send(db.queue, &writeOp{ctx: ctx, do: do})
}

// updateFirst is update past the queue: for what keeps time.
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
	if s.probe != nil {
		writers.Go(func() { s.watchServer(ctx) })
	}
	if !s.cfg.Yield {
		index.Go(func() { s.runIndexer(ctx) })
	}
	<-ctx.Done()
	index.Wait() // its last transaction needs the writers
	stop()
	writers.Wait()
	if s.dialect.end == "" {
		return nil
	}
	_, err := s.write.ExecContext(context.Background(), s.dialect.end)
	return classify(err)
}

// writeQueues are where a writer takes its writes from. One that it does not serve is nil.
type writeQueues struct{ urgent, queue, indexing <-chan *writeOp }

// writeQueues returns the queues of each writer. On SQLite one writer makes all writes; else the
// indexer has a writer, and so a connection, of its own.
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

// next waits for a write. It returns nil when ctx is cancelled and none is left.
func (w *writer) next(ctx context.Context) *writeOp {
	for {
		var beat <-chan time.Time
		if every := w.db.dialect.pingInterval; every > 0 && w.conn != nil {
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
			return w.tryNext()
		case <-beat:
			w.ping()
		}
	}
}

// waiting returns a write that waits already, nil when there is none.
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

// collect takes what already waits, without waiting for more. Transactions that take
// their locks in the same order do not meet in a deadlock: posts by their ids, what is
// new last.
func (w *writer) collect(first *writeOp) []*writeOp {
	group := []*writeOp{first}
	for len(group) < maxBatch && !first.alone {
		o := w.tryNext()
		if o == nil {
			break
		}
		group = append(group, o)
	}
	slices.SortStableFunc(group, func(a, b *writeOp) int {
		return cmp.Compare(uint64(a.post-1), uint64(b.post-1)) // 0 becomes the greatest
	})
	return group
}
