package sqlstore

import (
	"context"
	"time"
)

// See Config.Yield. Processes acquire the lock of a SQLite file by polling: a process that takes it again
// at once starves the others. While a process holds the lock for long, a busy machine may deschedule it,
// and all writers wait longer.
const (
	yieldWeight = 24 << 10 // of a transaction, see maxWeight
	minYield    = 5 * time.Millisecond
	maxYield    = time.Second
)

// maxWeight returns the bytes of events after which a transaction takes no further op.
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

// planPause sets the pause after a transaction that started at began and ends now.
func (w *writer) planPause(began time.Time) {
	if w.db.cfg.Yield {
		ended := time.Now()
		w.pauseUntil = ended.Add(w.db.pauseAfter(ended.Sub(began)))
	}
}

// pauseAfter returns the pause after a transaction with the duration took.
func (db *database) pauseAfter(took time.Duration) time.Duration {
	if !db.serverRuns() {
		return minYield
	}
	return min(max(db.dialect.yieldFactor*took, minYield), maxYield)
}

// serverRuns reports whether a server publishes the events of this database. It returns true if the
// database does not answer.
func (db *database) serverRuns() (runs bool) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	err := db.read.QueryRowContext(ctx, "SELECT holder <> '' AND expires_at > "+db.dialect.now+" FROM lease").Scan(&runs)
	return err != nil || runs
}
