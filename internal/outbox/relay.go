// Package outbox moves committed events from the log in the database to a
// Publisher: in Seq order, at least once, by one leader at a time. It never
// changes an event, and never takes part in the transactions that make them.
package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Source is the log of committed events.
type Source interface {
	// Position returns the epoch of the log, and the Seq of its newest event, 0 when there is none.
	Position(ctx context.Context) (event.Position, error)
	// Stamp identifies a state of the log without a query: between two equal stamps nothing
	// was committed.
	Stamp() [4]int64
	// After returns the events that follow seq, in order: at most limit, and fewer
	// when they are large. It may return none although Head is above seq, as long as
	// the next event is not visible to the query.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Gone reports whether the event seq has left the log, or is lost: then it never
	// becomes visible.
	Gone(ctx context.Context, seq int64) (bool, error)
	// NewEpoch begins another epoch and returns it, or returns the present one when that is no
	// longer old. A new epoch sets the watermark to 0 and ends the term.
	NewEpoch(ctx context.Context, old string) (string, error)
}

// Publisher is where the events go. The relay calls it, but for Trouble, from one goroutine.
type Publisher interface {
	// Publish returns nil when all events are stored there for good. It may wait as
	// long as ctx lets it.
	Publish(ctx context.Context, events []event.Event) error
	// Trouble returns what holds it up, in words for people, or "" when nothing is
	// known to. It is called from any goroutine and returns at once.
	Trouble() string
	// Tail describes about the last newest events there, with the ids of those of an epoch.
	Tail(ctx context.Context, epoch string, last int) (Tail, error)
	// Empty removes all events there. Its error is ErrRefused when it has no right to.
	Empty(ctx context.Context) error
}

// Tail describes the newest events of the topic.
type Tail struct {
	// From is the number from which on IDs is complete: an event of the epoch with this or a
	// higher number that is not in IDs is not published. It is 1 when nothing was ever published.
	From int64
	IDs  map[int64]string // the ids of events of the requested epoch, by number
	// Newest is the epoch of the newest published event; empty: there is none, or it is not known.
	Newest string
}

// ErrRefused is the error of a request to Kafka that needs a right which the client does not have.
var ErrRefused = errors.New("refused by Kafka")

// Config is what may be chosen about a Relay.
type Config struct {
	Holder       string                // this node's name, different from every other node's
	FlushTimeout time.Duration         // how long a stop waits for the last events; zero means 5 s
	LeaseTTL     time.Duration         // how long a term outlives its last renewal; zero means 2 s
	OtherNodes   func() bool           // whether other nodes may commit to the log; nil: they may
	Logger       *slog.Logger          // nil: silent
	Registerer   prometheus.Registerer // nil: metrics are not published
	// StartSpans, when set, begins the spans of events that are published in one batch. end is
	// called once, with the error of the batch.
	StartSpans func([]event.Event) (end func(error))
}

// The next leader takes over within defaultTTL + followEvery after one was killed, which leaves
// most of a second until events flow again within 3 s.
const (
	defaultTTL  = 2000 * time.Millisecond
	followEvery = 150 * time.Millisecond
)

// Relay moves events while it leads, and waits for its turn while it does not.
type Relay struct {
	source    Source
	publisher Publisher
	lease     Lease
	cfg       Config
	nudged    chan struct{}
	progress  progress
	metrics   metrics

	committed *event.Committed
	leads     atomic.Bool // commits of this node are published from memory

	// Run's alone.
	missing  int64 // after which event those begin that were last logged as missing; -1: none
	leading  bool  // it was logged that this node leads, and that it does no longer was not
	refills  refillRetry
	patience time.Duration // of the next term with a Kafka that does not answer
}

// NewRelay returns a Relay that does nothing before Run.
func NewRelay(source Source, publisher Publisher, lease Lease, cfg Config) *Relay {
	if cfg.FlushTimeout == 0 {
		cfg.FlushTimeout = 5 * time.Second
	}
	if cfg.LeaseTTL == 0 {
		cfg.LeaseTTL = defaultTTL
	}
	if cfg.OtherNodes == nil {
		cfg.OtherNodes = func() bool { return true }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Relay{source: source, publisher: publisher, lease: lease, cfg: cfg, nudged: make(chan struct{}, 1), missing: -1, committed: event.NewCommitted()}
	r.progress.trouble = publisher.Trouble
	r.metrics = newMetrics(cfg.Registerer, r)
	return r
}

// Committed takes events that this node has committed, so that the relay publishes them at once
// when it leads, without reading them from the log. It never waits.
func (r *Relay) Committed(events []event.Event) {
	if r.leads.Load() {
		r.committed.Add(events)
	}
	r.Nudge()
}

// Nudge wakes the relay after a commit. It never waits. Commits without a Nudge are found
// within 10 ms while other nodes serve, 100 ms when there was none for a while, and 250 ms on the only node.
func (r *Relay) Nudge() {
	select {
	case r.nudged <- struct{}{}:
	default: // it is about to look anyway
	}
}

// renewEvery is the time between two renewals of the lease: three fit into its length.
func (r *Relay) renewEvery() time.Duration { return r.cfg.LeaseTTL * 3 / 10 }

// Status returns the state of the relay on this node. It costs next to nothing.
func (r *Relay) Status() Status { return r.progress.status() }

// Run leads whenever no other node does, until ctx ends; then it publishes what
// is committed, for at most FlushTimeout, gives the lease back and returns nil.
// No failure of the database or of Kafka ends it.
func (r *Relay) Run(ctx context.Context) error {
	retry := newBackoff()
	for ctx.Err() == nil {
		term, err := r.lease.Acquire(ctx, r.cfg.Holder, r.cfg.LeaseTTL)
		switch {
		case err == nil:
			retry.reset()
			r.lead(ctx, term)
			r.progress.left()
		case errors.Is(err, ErrHeld):
			retry.reset()
			if r.leading {
				r.noLonger(errStuck)
			}
			r.follow(ctx, term)
			sleep(ctx, followEvery)
		default:
			r.fail("acquiring the relay lease failed", err)
			sleep(ctx, retry.next())
		}
		if ctx.Err() == nil {
			r.tell()
		}
	}
	return nil
}

// follow notes how far the leader is.
func (r *Relay) follow(ctx context.Context, term Term) {
	if term.Holder == "" {
		r.progress.following(0, 0)
		return
	}
	at, err := r.source.Position(ctx)
	if err != nil {
		r.fail("reading the head of the event log failed", err)
		return
	}
	r.progress.following(at.Seq, term.Watermark)
}

func (r *Relay) fail(what string, err error) {
	r.cfg.Logger.Debug("relay: "+what, "error", err)
	r.progress.failed(what + ": " + err.Error())
}

// tell logs when the relay falls ill and when it is well again, once each.
func (r *Relay) tell() {
	status, changed := r.progress.changed()
	switch {
	case changed && status.Healthy:
		r.cfg.Logger.Info("publishing to Kafka again", "waiting", status.Waiting)
	case changed && status.Waiting == 0:
		r.cfg.Logger.Warn("publishing to Kafka failed; no events waiting", "reason", status.Detail)
	case changed:
		r.cfg.Logger.Warn("publishing to Kafka failed; events waiting", "waiting", status.Waiting, "reason", status.Detail)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
