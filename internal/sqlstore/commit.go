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

// finish writes what the ops of the group left to its end. The events come last, so that
// the row which numbers them is locked shortly; since it stays locked until the commit,
// the order of the numbers is that of the commits on all nodes.
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

// stored returns an event as After does.
func (db *database) stored(e event.Event, seq int64) event.Event {
	e.Seq, e.Time = seq, fromMillis(millis(e.Time))
	if epoch := db.epoch.Load(); epoch != nil {
		e.Epoch = *epoch // that of the last query: the receiver of the event compares it
	}
	if e.Changed == nil {
		e.Changed = []string{}
	}
	return e
}

// group makes the writes of ops in one transaction and answers all of them.
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
	switch { // a node writes all the time: logged when the health changes
	case reason != nil && changed:
		w.db.cfg.Logger.Error("database commit failed", "writes", len(ops), "error", reason)
	case changed:
		w.db.cfg.Logger.Info("database accepts writes again")
	}
}

// commitWithRetry commits ops: afterwards each is stored, or has its error. It returns the
// events that were stored, and the error when a commit failed.
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
			// A closed connection fails at once, and a new one may succeed. A database that
			// did not answer for long would not answer the next time.
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
		default: // it is not known which op made the group's statement fail
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

func failAll(ops []*writeOp, err error) error {
	err = classify(err)
	for _, o := range ops {
		o.err = err
	}
	return err
}

// weight is about how many bytes the commit will have to work on.
func (t *tx) weight() (bytes int) {
	for _, e := range t.events {
		bytes += len(e.Data)
	}
	return bytes
}

// errOtherServer is the error of a transaction on a server that is no longer the one to use.
var errOtherServer = fmt.Errorf("the database server has changed: %w", driver.ErrBadConn)

// errCommitUncertain is the error of a commit whose answer was lost with the connection.
var errCommitUncertain = errors.New("the commit was not answered")

// tryCommit runs the first of ops in one transaction: all of them, unless they are heavy.
// After an error nothing of it is stored, unless the error is errCommitUncertain. failedOp is the
// op whose statement failed; nil when a statement of the whole group did.
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
		err = unavailable("The database went away while the change was being saved: it is not known whether it was. Look before you try again; "+
			"the same request with the same Idempotency-Key is never carried out twice.", fmt.Errorf("%w: %w", errCommitUncertain, err))
	}
	return done, t.events, nil, err
}

// runOp runs one op, and stores the op's own error in it. The error that it returns undoes
// the whole group: the op failed after it had written, or the transaction is broken.
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

// recoverPanic runs do and returns a panic of it as an error, so that the other writes go on.
func recoverPanic(do func(*tx) error, t *tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	return do(t)
}
