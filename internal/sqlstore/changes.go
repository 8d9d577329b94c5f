package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

// changes reports commits of other processes to its subscribers.
type changes struct {
	mu          sync.Mutex
	subscribers []chan struct{}

	check   chan chan<- bool // requests to SQLite's writer to look for such commits
	commits atomic.Int64     // number of transactions of this process
}

// Changes returns a channel that receives when another process may have committed, while Run runs and with
// Config.Watch. On SQLite that is within milliseconds of the commit, and within 250 ms while this process
// commits too; and once a second without a commit, as the file system's reports are not reliable. MySQL
// reports no commits: the channel receives every 250 ms. Commits of this process are not reported. Each
// call returns another channel, for the life of the store.
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

	// A commit of another process is visible after its fsync, which follows the write to the file.
	firstCheck  = 10 * time.Millisecond // from a write to a file to the check for such a commit
	secondCheck = 100 * time.Millisecond

	// manyCommits is the rate of commits of this process, per second, from which on their writes are not
	// checked one by one.
	manyCommits = 8
)

// pollChanges reports possible commits every changesPoll until ctx is cancelled.
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

// watchFile checks for commits of other processes after writes to the SQLite files, and reports possible
// ones every changesIdle, until ctx is cancelled.
func watchFile(ctx context.Context, db *database) {
	watcher, err := watchDirectory(filepath.Dir(db.file()))
	if err != nil {
		db.cfg.Logger.Debug("watching the database files failed; polling four times a second", "error", err)
		pollChanges(ctx, db)
		return
	}
	defer watcher.Close()
	idle := time.NewTicker(changesIdle)
	defer idle.Stop()
	last, commits := time.Now(), db.changes.commits.Load()
	for {
		select {
		case <-ctx.Done():
			return
		case <-idle.C:
			db.changes.report()
			continue
		case <-watcher.Events: // the system joins those until the next receive
		case <-watcher.Errors: // reports were lost
		}
		now, n := time.Now(), db.changes.commits.Load()
		many := float64(n-commits) > manyCommits*now.Sub(last).Seconds()
		last, commits = now, n
		switch {
		case many:
			sleep(ctx, changesPoll)
			db.checkChanges(ctx)
		case sleep(ctx, firstCheck) && !db.checkChanges(ctx):
			sleep(ctx, secondCheck)
			db.checkChanges(ctx)
		}
	}
}

// watchDirectory watches the files in dir, on Linux. The watches of other systems open and close the files,
// which would release SQLite's locks on them.
func watchDirectory(dir string) (*fsnotify.Watcher, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.ErrUnsupported
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	if err := watcher.Add(dir); err != nil {
		return nil, errors.Join(err, watcher.Close())
	}
	return watcher, nil
}

// sleep waits for d. It returns false when ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// checkChanges has the writer look for commits of other processes since the last check, and reports them.
// It also reports if the writer does not answer: it may wait for a transaction of another process.
func (db *database) checkChanges(ctx context.Context) (found bool) {
	ctx, cancel := context.WithTimeout(ctx, changesPoll)
	defer cancel()
	found = true
	reply := make(chan bool, 1)
	select {
	case <-ctx.Done():
	case db.changes.check <- reply:
		select {
		case <-ctx.Done():
		case found = <-reply:
		}
	}
	if found {
		db.changes.report()
	}
	return found
}

// foundChanges reports whether other processes have committed since the last call, or whether that is not
// known. data_version of a connection changes with commits of other connections alone, and all commits of
// this process use the one of w.
func (w *writer) foundChanges() bool {
	before := w.dataVersion
	w.dataVersion = 0
	if w.conn == nil || w.conn.QueryRowContext(context.Background(), "PRAGMA data_version").Scan(&w.dataVersion) != nil {
		return true
	}
	return w.dataVersion != before
}
