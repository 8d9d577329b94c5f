package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// The tables posts_words and live_words are the index of words that a search reads. No change of
// a post writes to them. The indexer follows the event log: it reads the posts of the next events
// in their current state, stores their words, and moves the watermark in the same transaction
// (table word_index). A post that changes after it was read has another event after the watermark,
// so it is indexed again; and a transaction stores nothing if another process has stored words or
// moved the watermark since its posts were read. An older text therefore never replaces a newer one
// for good, whichever processes index at the same time.
//
// A rebuild indexes all posts by their ids and removes the words of posts that do not exist, beside
// the changes that follow. Until a post is rebuilt, searches find it by its old words.
const (
	indexPoll   = 500 * time.Millisecond // how often the log is read for events of other processes
	indexRetry  = 250 * time.Millisecond // … and while the index is behind
	indexDelay  = 50 * time.Millisecond  // after a commit: the changes of this time are indexed together
	indexPause  = 500 * time.Millisecond // from the end of a pass to the next
	indexAsked  = 20 * time.Millisecond  // … if a search waits for it
	indexAtStop = 2 * time.Second        // how long the end of Run may take to index the last events

	// indexTTL is how long a process that has more to index keeps others from indexing the same.
	indexTTL = 2 * time.Second
	// searchWait is how long a search waits for the words of the newest events.
	searchWait = 250 * time.Millisecond
	// stuckAfter is how long the index may be behind before it is logged.
	stuckAfter = 10 * time.Second
)

// noRebuild is the rebuild of an indexState when none runs.
const noRebuild = -1

// indexState is the row of word_index, with the head of the log.
type indexState struct {
	watermark int64 // the index has the posts as of this event or later
	rebuild   int64 // id of the last post that a rebuild has indexed
	fence     int64 // raised by each transaction that stores words, and by each request for a rebuild
	held      bool  // another process has more to index
	head      int64
	server    int64 // the generation of the server that it was read from
}

func (st indexState) complete() bool { return st.watermark == st.head && st.rebuild == noRebuild }

// errIndexMoved is the error of a transaction whose posts were read at another state of the index.
var errIndexMoved = errors.New("the index of words was changed by another process")

// errIndexGap is the error of a pass that did not find an event below the log's head. A later query finds it.
var errIndexGap = errors.New("the next event is not visible in the event log")

// indexer is the progress of the index as this process knows it.
type indexer struct {
	*database
	log *eventStore

	id    string        // of this process in word_index
	pass  sync.Mutex    // held by the one pass that runs
	asked chan struct{} // has an element when a search waits

	mu      sync.Mutex
	running bool
	state   indexState // the last one that was read or stored
	behind  time.Time  // since when the index has not been seen complete; zero: it is complete
	err     error      // of the last pass
	stuck   bool       // logged
	changed chan struct{}
}

func newIndexer(db *database, log *eventStore) *indexer {
	return &indexer{database: db, log: log, id: rand.Text(), asked: make(chan struct{}, 1), changed: make(chan struct{})}
}

// notify is a send that coalesces with an element that is there.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// saw stores a state and wakes the searches that wait for it.
func (x *indexer) setState(st indexState) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.state = st
	switch {
	case st.watermark >= st.head:
		x.behind = time.Time{}
	case x.behind.IsZero():
		x.behind = time.Now()
	}
	close(x.changed)
	x.changed = make(chan struct{})
}

// IndexStatus is how far the index of words is behind the event log, as far as this process knows.
type IndexStatus struct {
	Waiting    int64   // events whose posts are not indexed yet
	Seconds    float64 // since when events have waited without a break
	Rebuilding bool
	Stuck      bool // events have waited for more than 10 s
	Err        error
}

// IndexStatus costs no query.
func (x *indexer) IndexStatus() IndexStatus {
	x.mu.Lock()
	defer x.mu.Unlock()
	status := IndexStatus{Waiting: max(x.state.head-x.state.watermark, 0), Rebuilding: x.state.rebuild >= 0, Err: x.err}
	if !x.behind.IsZero() {
		waited := time.Since(x.behind)
		status.Seconds, status.Stuck = waited.Seconds(), waited > stuckAfter
	}
	return status
}

// reportIndex logs once when the index stays behind, and once when it has caught up.
func (x *indexer) reportIndex(err error) {
	x.mu.Lock()
	x.err = err
	x.mu.Unlock()
	status := x.IndexStatus()
	if status.Stuck == x.stuck || !status.Stuck && status.Waiting > 0 {
		return
	}
	if x.stuck = status.Stuck; status.Stuck {
		x.cfg.Logger.Warn("search index is behind the event log: searches miss the latest changes", "events", status.Waiting, "wait", time.Duration(status.Seconds)*time.Second, "error", err)
	} else {
		x.cfg.Logger.Info("search index is up to date again")
	}
}

// runIndexer keeps the index up to date until ctx ends, and then indexes the last commits.
func (x *indexer) runIndexer(ctx context.Context) {
	x.mu.Lock()
	x.running = true
	x.mu.Unlock()
	var complete [4]int64 // the stamp at which nothing was left to index
	wait := time.Duration(0)
	for x.awaitIndexing(ctx, wait) {
		wait = indexPoll
		stamp := x.Stamp() // before the state is read: a later commit changes it
		if stamp == complete {
			continue
		}
		err := x.indexAll(ctx)
		x.reportIndex(err)
		if status := x.IndexStatus(); err == nil && status.Waiting == 0 && !status.Rebuilding {
			complete = stamp
		} else {
			wait = indexRetry
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), indexAtStop)
	defer cancel()
	if _, err := x.indexPass(ctx, x.sendIndex, false); err != nil {
		x.cfg.Logger.Debug("indexing the last changes failed; the next start retries", "error", err)
	}
}

// awaitIndexing waits until there may be something to index, for at most poll. It returns false when ctx has ended.
func (x *indexer) awaitIndexing(ctx context.Context, poll time.Duration) bool {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-x.asked:
		return true
	case <-timer.C:
		return true
	case <-x.committed:
	}
	timer.Reset(indexDelay)
	select {
	case <-ctx.Done():
		return false
	case <-x.asked:
	case <-timer.C:
	}
	return true
}

// indexAll indexes until nothing is left, or another process does it.
func (x *indexer) indexAll(ctx context.Context) error {
	for {
		more, err := x.indexPass(ctx, x.sendIndex, true)
		if err != nil || !more {
			x.pauseIndex(ctx, indexAsked, indexPause)
			return err
		}
	}
}

// pauseIndex waits for most; for least if a search waits for the index.
func (x *indexer) pauseIndex(ctx context.Context, least, most time.Duration) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(least):
	}
	select {
	case <-ctx.Done():
	case <-x.asked:
		notify(x.asked)
	case <-time.After(most - least):
	}
}

// sendIndex has the writer run an operation of the index in a transaction of its own.
func (x *indexer) sendIndex(o *writeOp) error { return x.send(x.indexing, o) }

// AwaitIndex returns when the index has the posts as of the newest event at the time of the call,
// and no rebuild runs if rebuilt is set. It indexes them unless another process does.
func (x *indexer) AwaitIndex(ctx context.Context, rebuilt bool) error {
	var head int64
	for first := true; ; first = false {
		st, err := x.indexState(ctx)
		if err != nil {
			return err
		}
		if first {
			head = st.head
		}
		if (st.watermark >= head || st.watermark > st.head) && (!rebuilt || st.rebuild < 0) {
			return nil
		}
		more, err := false, error(nil)
		if !x.cfg.ReadOnly {
			more, err = x.indexPass(ctx, x.sendIndex, rebuilt)
		}
		if err != nil && !errors.Is(err, errIndexGap) {
			return err
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the index of words: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// awaitWords waits until the index has the events up to head, but for no longer than searchWait:
// with an older index a search finds less, and each found post is still checked to exist.
func (x *indexer) awaitWords(ctx context.Context, head int64) {
	timeout := time.NewTimer(searchWait)
	defer timeout.Stop()
	for {
		x.mu.Lock()
		ready, changed := !x.running || x.state.watermark >= head, x.changed
		x.mu.Unlock()
		if ready {
			return
		}
		notify(x.asked)
		select {
		case <-changed:
		case <-ctx.Done():
			return
		case <-timeout.C:
			return
		}
	}
}

// RebuildIndex requests that the words of all posts are stored again. AwaitIndex waits for it.
func (x *indexer) RebuildIndex(ctx context.Context) error {
	err := x.updateFirst(ctx, func(t *tx) error { return t.rebuildIndex() })
	if err != nil {
		return fmt.Errorf("requesting that the index of words is rebuilt: %w", err)
	}
	return nil
}

func (t *tx) rebuildIndex() error {
	return t.exec("UPDATE word_index SET rebuild = 0, fence = fence + 1, holder = '', expires_at = 0")
}

// indexState reads the state of the index.
func (x *indexer) indexState(ctx context.Context) (st indexState, err error) {
	st.server = x.server.generation.Load()
	err = x.read.QueryRowContext(ctx, "SELECT watermark, rebuild, fence, holder NOT IN (?, '') AND expires_at > "+x.dialect.now+
		", (SELECT value FROM counters WHERE name = 'seq') FROM word_index", x.id).Scan(&st.watermark, &st.rebuild, &st.fence, &st.held, &st.head)
	if err != nil {
		return st, fmt.Errorf("reading the state of the index of words: %w", classify(err))
	}
	return st, nil
}

// indexPass indexes the posts of all events up to the present head and, with rebuild, the next
// posts of a rebuild. more: there is more to do. It does nothing while another process indexes.
func (x *indexer) indexPass(ctx context.Context, send func(*writeOp) error, rebuild bool) (more bool, err error) {
	x.pass.Lock()
	defer x.pass.Unlock()
	st, err := x.indexState(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		if err != nil && errors.Is(err, errIndexMoved) {
			more, err = ctx.Err() == nil, nil
		}
	}()
	x.setState(st)
	if st.held {
		return false, nil
	}
	if st.watermark > st.head { // restored without the event log that it belongs to
		to := st
		to.watermark, to.rebuild = st.head, 0
		_, err := x.storeIndex(ctx, send, st, to, nil)
		return true, err
	}
	for st.watermark < st.head {
		if st, err = x.indexEvents(ctx, send, st); err != nil {
			return false, err
		}
		x.setState(st)
	}
	if !rebuild || st.rebuild < 0 {
		return false, nil
	}
	st, err = x.indexPosts(ctx, send, st)
	return st.rebuild >= 0, err
}

// nextEvents returns the numbers, posts and versions of the events that follow seq, in order and without a gap.
func (x *indexer) nextEvents(ctx context.Context, seq int64) ([]event.Event, error) {
	return x.log.afterGap(ctx, seq, func() ([]event.Event, error) {
		rows, err := x.read.QueryContext(ctx, "SELECT seq, post_id, version FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, maxIndexEvents)
		if err != nil {
			return nil, fmt.Errorf("reading events to index: %w", classify(err))
		}
		defer rows.Close()
		var events []event.Event
		for rows.Next() {
			var e event.Event
			if err := rows.Scan(&e.Seq, &e.PostID, &e.Version); err != nil {
				return nil, fmt.Errorf("reading events to index: %w", classify(err))
			}
			events = append(events, e)
		}
		return events, classify(rows.Err())
	})
}
