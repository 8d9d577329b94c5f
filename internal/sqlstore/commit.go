package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// commitBatch commits ops and closes done of each. It updates Health, and passes the committed events
// to Config.OnCommit before the callers of the ops continue.
func (w *writer) commitBatch(ops []*writeOp) {
	began := time.Now()
	events, err := w.commitWithRetry(slices.Clone(ops))
	reason := serverFault(err, ops)
	changed := w.db.health.set(reason, time.Now())
	if len(events) > 0 {
		notify(w.db.committed)
		if w.db.cfg.OnCommit != nil {
			w.db.cfg.OnCommit(events)
		}
	}
	for _, o := range ops {
		close(o.done)
	}
	m := &w.db.metrics
	m.groupSize.Observe(float64(len(ops)))
	m.commitSeconds.Observe(time.Since(began).Seconds())
	if err != nil || reason != nil {
		m.failedCommits.Inc()
	}
	switch { // a node writes continuously, so only a change of the health is logged
	case reason != nil && changed:
		w.db.cfg.Logger.Error("database commit failed", "writes", len(ops), "error", reason)
	case changed:
		w.db.cfg.Logger.Info("database accepts writes again")
	}
}

// commitWithRetry commits ops. Afterwards each op is committed or has its error. It returns the
// committed events, and an error if a commit failed for all.
func (w *writer) commitWithRetry(ops []*writeOp) (events []event.Event, err error) {
	reopened, races := false, 0
	for len(ops) > 0 {
		done, stored, failedOp, err := w.tryCommit(ops)
		class := classOf(err)
		switch {
		case err == nil:
			events = append(events, stored...)
			ops = ops[done:]
		case errors.Is(err, errCommitUncertain):
			return events, failAll(ops, err)
		case class.needsConnection():
			// A closed connection fails at once, and a new one may succeed. After a timeout a
			// repetition would time out too.
			if reopened || time.Since(w.lastUsed) >= sessionTimeout {
				return events, failAll(ops, err)
			}
			w.drop()
			reopened = true
		case (class == conflict || class == duplicate) && races < maxRaces:
			races++
		case failedOp != nil:
			failedOp.err = classify(err)
			ops = slices.DeleteFunc(ops, func(o *writeOp) bool { return o == failedOp })
		case len(ops) == 1:
			return events, failAll(ops, err)
		default: // a statement for the whole batch failed; the op that caused it is unknown
			stored, err := w.commitEach(ops)
			return append(events, stored...), err
		}
	}
	return events, nil
}

// commitEach commits each op in a transaction of its own.
func (w *writer) commitEach(ops []*writeOp) (events []event.Event, err error) {
	for i := range ops {
		stored, failed := w.commitWithRetry(ops[i : i+1 : i+1])
		events, err = append(events, stored...), errors.Join(err, failed)
	}
	return events, err
}

// failAll sets the error of all ops and returns it.
func failAll(ops []*writeOp, err error) error {
	err = classify(err)
	for _, o := range ops {
		o.err = err
	}
	return err
}

// errOtherServer is the error of a transaction on an old server after a failover.
var errOtherServer = fmt.Errorf("the database server has changed: %w", driver.ErrBadConn)

// errCommitUncertain is the error of a commit whose answer was lost with the connection.
var errCommitUncertain = errors.New("the commit was not answered")

// tryCommit commits the first ops in one transaction: all, or fewer if they exceed maxWeight. done is
// their number. After an error other than errCommitUncertain nothing is stored. failedOp is the op
// whose statement failed; nil if a statement of the whole batch failed.
func (w *writer) tryCommit(ops []*writeOp) (done int, events []event.Event, failedOp *writeOp, err error) {
	if err := w.open(); err != nil {
		return 0, nil, nil, err
	}
	w.yield()
	if err := w.begin(); err != nil {
		w.drop()
		return 0, nil, nil, err
	}
	defer w.planPause(time.Now())
	defer func() {
		switch {
		case classOf(err) == tooLarge: // a prepared statement keeps this error for the next executions
			w.drop()
		case err != nil:
			w.rollback()
		}
	}()
	w.db.changes.commits.Add(1)
	t := &tx{w: w}
	for ; done < len(ops) && t.weight() < w.db.maxWeight(); done++ {
		if err := t.runOp(ops[done]); err != nil {
			return 0, nil, ops[done], err
		}
	}
	if err := t.writeEvents(); err != nil {
		return 0, nil, nil, err
	}
	if w.outdated() {
		return 0, nil, nil, errOtherServer
	}
	if err = w.commit(); w.db.dialect.commitUncertain(err) {
		err = unavailable("The connection to the database was lost during the commit: it is not known whether the change was saved. Check before you try again; "+
			"a request with the same idempotency key is never executed twice.", fmt.Errorf("%w: %w", errCommitUncertain, err))
	}
	return done, t.events, nil, err
}

// runOp runs one op and stores the op's own error in it. It returns an error if the transaction must
// be undone: the op failed after it had written, or the transaction is broken. An op that has not
// written is repeated after a duplicate key.
func (t *tx) runOp(o *writeOp) error {
	if o.ctx.Err() != nil {
		o.err = fmt.Errorf("%w: %w", errAbandoned, context.Cause(o.ctx))
		return nil
	}
	for races := 0; ; races++ {
		events := len(t.events)
		t.wrote, t.trace = false, event.TraceOf(o.ctx)
		err := recoverPanic(o.do, t)
		if t.broken != nil {
			return t.broken
		}
		if o.err = classify(err); err == nil {
			return nil
		}
		t.events = t.events[:events]
		if t.wrote {
			return err
		}
		if !uniqueViolation(err) || races == maxRaces {
			return nil
		}
	}
}

// recoverPanic runs do and converts a panic into an error, so that the other ops are not affected.
func recoverPanic(do func(*tx) error, t *tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	return do(t)
}

// writeEvents numbers and stores the events of the batch. It is the last step before COMMIT, so that
// the counter's row is locked briefly. The row stays locked until the commit, so the order of the
// numbers is the order of the commits on all nodes.
func (t *tx) writeEvents() error {
	if len(t.events) == 0 {
		return nil
	}
	head, err := t.increment("seq", int64(len(t.events)))
	if err != nil {
		return fmt.Errorf("numbering events: %w", err)
	}
	rows := make([][]any, len(t.events))
	for i := range t.events {
		t.events[i] = t.w.db.stored(t.events[i], head-int64(len(rows))+int64(i)+1)
		e := t.events[i]
		rows[i] = []any{e.Seq, e.ID, string(e.Type), e.PostID, e.Version, millis(e.Time),
			e.Actor.ID, e.Actor.Name, strings.Join(e.Changed, ","), e.Autosave, e.Restored, e.Redacted, e.Trace, []byte(e.Data)}
	}
	if err := t.insert("INSERT INTO events ("+eventColumns+") VALUES ", rows); err != nil {
		return fmt.Errorf("adding the events up to number %d: %w", head, err)
	}
	return nil
}

// stored returns an event of this transaction in the form of After.
func (db *database) stored(e event.Event, seq int64) event.Event {
	e.Seq, e.Time = seq, fromMillis(millis(e.Time))
	if epoch := db.epoch.Load(); epoch != nil {
		e.Epoch = *epoch // of the last query; the receiver of the event compares it
	}
	if e.Changed == nil {
		e.Changed = []string{}
	}
	return e
}

// weight returns the approximate size of the transaction in bytes.
func (t *tx) weight() (bytes int) {
	for _, e := range t.events {
		bytes += len(e.Data)
	}
	return bytes
}
