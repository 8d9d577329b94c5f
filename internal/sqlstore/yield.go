package sqlstore

import (
	"context"
	"time"
)

// See Config.Yield. The lock of a SQLite file is passed on by polling: a process that takes it
// again at once keeps it from all others. One that holds it for long is descheduled meanwhile on
// a busy machine, and every writer waits longer for it.
const (
	yieldWeight = 24 << 10 // of a transaction, see Store.maxWeight
	minYield    = 5 * time.Millisecond
	maxYield    = time.Second
)

// maxWeight returns the bytes of events after which a group takes no further write.
func (db *database) maxWeight() int {
	if db.cfg.Yield {
		return yieldWeight
	}
	return maxWeight
}

// yield waits for the end of the pause after the last transaction.
func (w *writer) yield() {
	if w.db.cfg.Yield {
		time.Sleep(time.Until(w.pauseUntil))
	}
}

// planPause sets the pause after a transaction that began at began and has just ended.
func (w *writer) planPause(began time.Time) {
	if w.db.cfg.Yield {
		ended := time.Now()
		w.pauseUntil = ended.Add(w.db.pauseAfter(ended.Sub(began)))
	}
}

// pauseAfter returns the pause after a transaction that took so long.
func (db *database) pauseAfter(took time.Duration) time.Duration {
	if !db.serverRuns() {
		return minYield
	}
	return min(max(db.dialect.yieldFactor*took, minYield), maxYield)
}

// serverRuns reports whether a server with this database publishes its events. It is true when
// the database does not answer.
func (db *database) serverRuns() (runs bool) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	err := db.read.QueryRowContext(ctx, "SELECT holder <> '' AND expires_at > "+db.dialect.now+" FROM lease").Scan(&runs)
	return err != nil || runs
}
