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

// The tables posts_words and live_words are the search index. A change of a post does not write to
// them. The indexer follows the event log: it reads the current state of the posts of the next events,
// stores their words, and advances the watermark in the same transaction (table word_index). If a post
// changes after it was read, its event is after the watermark and the post is indexed again. A
// transaction stores nothing if another process has stored words or advanced the watermark since its
// posts were read (the fence). So an older text never replaces a newer one for good, even with several
// processes that index at the same time.
//
// A rebuild indexes all posts by id and removes the words of posts that do not exist, while the indexer
// also follows the log. Until a post is rebuilt, searches find it by its old words.
const (
	indexRetry  = 250 * time.Millisecond // from a pass after which the index is behind to the next
	indexDelay  = 50 * time.Millisecond  // from a commit to its pass, to index several commits together
	indexPause  = 500 * time.Millisecond // from the end of a pass to the next
	indexAsked  = 20 * time.Millisecond  // the same while a search waits
	indexAtStop = 2 * time.Second        // bound of the last pass at a stop

	// indexTTL is the time for which a process with more events to index is the only one to index.
	indexTTL = 2 * time.Second
	// searchWait bounds the wait of a search for the words of the newest events.
	searchWait = 250 * time.Millisecond
	// stuckAfter is the delay after which a warning is logged.
	stuckAfter = 10 * time.Second
)

// noRebuild is the value of indexState.rebuild while no rebuild runs.
const noRebuild = -1

// indexState is the row of word_index, with the head of the log.
type indexState struct {
	watermark int64 // the index has the posts as of this event or later
	rebuild   int64 // id of the last post indexed by a rebuild, or noRebuild
	fence     int64 // incremented by each transaction that stores words and each request for a rebuild
	held      bool  // another process is indexing
	head      int64
	server    int64 // generation of the server that the state was read from
}

func (st indexState) complete() bool { return st.watermark == st.head && st.rebuild == noRebuild }

// errIndexMoved is the error of a transaction that would store words read at another state of the index.
var errIndexMoved = errors.New("the search index was changed by another process")

// errIndexGap is the error of a pass that misses an event below the head. A later query returns it.
var errIndexGap = errors.New("the next event is not visible in the event log")

// indexer maintains the search index. One goroutine (runIndexer) runs passes; AwaitIndex may run passes
// on others, one at a time. Searches wait on changed until the state has the events that they need.
type indexer struct {
	*database
	log *eventStore

	id    string        // of this process in word_index
	pass  sync.Mutex    // held by the one pass that runs
	asked chan struct{} // has an element when a search waits

	mu      sync.Mutex
	running bool
	state   indexState    // last known state
	behind  time.Time     // start of the present delay; zero: the index is complete
	err     error         // of the last pass
	stuck   bool          // the delay was logged
	changed chan struct{} // closed and replaced by setState
}

func newIndexer(db *database, log *eventStore) *indexer {
	return &indexer{database: db, log: log, id: rand.Text(), asked: make(chan struct{}, 1), changed: make(chan struct{})}
}

// notify is a non-blocking send on a 1-buffered channel; notifications coalesce.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// setState stores a state and wakes the waiting searches.
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

// IndexStatus is the delay of the search index behind the event log, as last known to this process.
type IndexStatus struct {
	Waiting    int64   // events not indexed yet
	Seconds    float64 // duration of the delay
	Rebuilding bool
	Stuck      bool  // the delay is longer than 10 s
	Err        error // of the last pass
}

// IndexStatus returns the delay of the search index, without a query.
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

// reportIndex logs the start and the end of a delay.
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

// runIndexer runs passes until ctx ends, and then one last pass.
func (x *indexer) runIndexer(ctx context.Context) {
	x.mu.Lock()
	x.running = true
	x.mu.Unlock()
	changed := x.Changes()
	notify(x.asked) // the events since the last run
	for behind := false; x.awaitIndexing(ctx, changed, behind); {
		err := x.indexAll(ctx)
		x.reportIndex(err)
		status := x.IndexStatus()
		behind = err != nil || status.Waiting > 0 || status.Rebuilding
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), indexAtStop)
	defer cancel()
	if _, err := x.indexPass(ctx, x.sendIndex, false); err != nil {
		x.cfg.Logger.Debug("indexing the last changes failed; the next start retries", "error", err)
	}
}

// awaitIndexing waits for a commit or a search, or for indexRetry if the index is behind. It returns false
// when ctx has ended.
func (x *indexer) awaitIndexing(ctx context.Context, changed <-chan struct{}, behind bool) bool {
	var retry <-chan time.Time
	if behind {
		retry = time.After(indexRetry)
	}
	select {
	case <-ctx.Done():
		return false
	case <-x.asked:
		return true
	case <-retry:
		return true
	case <-changed:
		return true
	case <-x.committed:
	}
	select {
	case <-ctx.Done():
		return false
	case <-x.asked:
	case <-time.After(indexDelay):
	}
	return true
}

// indexAll runs passes until the index is complete or another process is indexing.
func (x *indexer) indexAll(ctx context.Context) error {
	before := x.indexed()
	for {
		more, err := x.indexPass(ctx, x.sendIndex, true)
		if err == nil && !more && x.indexed() == before {
			return nil
		}
		if err != nil || !more {
			x.pauseIndex(ctx, indexAsked, indexPause)
			return err
		}
	}
}

// indexed returns the last known watermark.
func (x *indexer) indexed() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state.watermark
}

// pauseIndex waits for most, or for least if a search waits.
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

// sendIndex commits an op of the index in a transaction of its own.
func (x *indexer) sendIndex(o *writeOp) error { return x.send(x.indexing, o) }

// AwaitIndex waits until the index has all events of the time of the call and, with rebuilt, until no
// rebuild runs. It runs passes itself unless another process is indexing.
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
			return fmt.Errorf("waiting for the search index: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// awaitWords waits until the index has the events up to head, at most searchWait. With an older index a
// search misses the latest changes; it never returns a post that does not exist.
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

// RebuildIndex requests a rebuild of the search index. AwaitIndex waits for it.
func (x *indexer) RebuildIndex(ctx context.Context) error {
	err := x.updateFirst(ctx, func(t *tx) error { return t.rebuildIndex() })
	if err != nil {
		return fmt.Errorf("requesting a rebuild of the search index: %w", err)
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
		return st, fmt.Errorf("reading the state of the search index: %w", classify(err))
	}
	return st, nil
}

// indexPass indexes the events up to the head and, with rebuild, the next posts of a rebuild. more
// reports whether another pass is needed. It does nothing while another process is indexing.
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
	if st.watermark > st.head { // of another event log, before a restore
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

// nextEvents returns number, post and version of the events above seq, in order and without a gap.
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
