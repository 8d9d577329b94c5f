package sqlstore

import (
	"context"
	"path/filepath"
	"sync"
	"time"
)

// changes reports commits of other processes to its subscribers.
type changes struct {
	mu          sync.Mutex
	subscribers []chan struct{}

	check chan struct{} // SQLite's writer then looks for such commits; 1-buffered
}

// Changes returns a channel that receives when another process may have committed, while Run runs and with
// Config.Watch. On SQLite that is within milliseconds of the commit, and once a second without one, as the
// file system's reports are not reliable. MySQL reports no commits: the channel receives every 250 ms.
// Commits of this process are not reported. Each call returns another channel, for the life of the store.
func (db *database) Changes() <-chan struct{} {
	db.changes.mu.Lock()
	defer db.changes.mu.Unlock()
	c := make(chan struct{}, 1)
	db.changes.subscribers = append(db.changes.subscribers, c)
	return c
}

// report wakes the subscribers.
func (c *changes) report() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.subscribers {
		notify(s)
	}
}

const (
	changesPoll = 250 * time.Millisecond // interval where the database reports no commits
	changesIdle = time.Second            // interval of the reports without a commit on SQLite

	// A commit becomes visible after its fsync, which is later than the write that the file system reports:
	// the writer checks twice.
	firstCheck  = 10 * time.Millisecond
	secondCheck = 100 * time.Millisecond
)

// pollChanges reports possible commits every changesPoll.
func pollChanges(ctx context.Context, db *database) {
	tick := time.NewTicker(changesPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			db.changes.report()
		}
	}
}

// watchFile has the writer check for commits after each write to the SQLite files, and reports possible
// ones every changesIdle.
func watchFile(ctx context.Context, db *database) {
	writes, err := watchDirectory(ctx, filepath.Dir(db.file()))
	if err != nil {
		db.cfg.Logger.Debug("the file system reports no changes; the database is checked four times a second", "error", err)
	}
	idle, check, again := time.NewTicker(changesIdle), time.NewTimer(changesPoll), writes == nil
	defer idle.Stop()
	defer check.Stop()
	for watched := writes; ; {
		select {
		case <-ctx.Done():
			return
		case <-idle.C:
			db.changes.report()
		case <-watched:
			check.Reset(firstCheck)
			watched, again = nil, true // further writes wait in the file system's queue, which joins them
		case <-check.C:
			notify(db.changes.check)
			switch {
			case writes == nil:
				check.Reset(changesPoll)
			case again:
				check.Reset(secondCheck)
			}
			watched, again = writes, false
		}
	}
}

// checkChanges reports commits of other processes since the last call. data_version of a connection
// changes with commits of other connections alone, and all commits of this process use the one of w.
func (w *writer) checkChanges() {
	var version int64
	if w.conn != nil {
		if err := w.conn.QueryRowContext(context.Background(), "PRAGMA data_version").Scan(&version); err != nil {
			version = 0
		}
	}
	if version == 0 || version != w.dataVersion {
		w.db.changes.report()
	}
	w.dataVersion = version
}
