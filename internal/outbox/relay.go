package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/backoff"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Source is the log of committed events.
type Source interface {
	// Position returns the epoch of the log and the number of its newest event, 0 for an empty log.
	Position(ctx context.Context) (event.Position, error)
	// Changes returns a channel that receives when another process may have added events, for the life
	// of the log.
	Changes() <-chan struct{}
	// After returns the events that follow seq, in order: at most limit, and fewer if they are
	// large. It may return none although the log's position is above seq, as long as the next event
	// is not visible to the query.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Gone reports whether the event seq was deleted from the log or is lost, so that it will
	// never become visible.
	Gone(ctx context.Context, seq int64) (bool, error)
	// NewEpoch begins a new epoch and returns it, unless the current epoch is not old: then it
	// returns the current one. A new epoch sets the watermark to 0 and ends the term.
	NewEpoch(ctx context.Context, old string) (string, error)
}

// Publisher is the topic that receives the events. The relay calls it from one goroutine, except
// BlockedReason.
type Publisher interface {
	// Publish returns nil when all events are stored durably. It waits for unavailable brokers
	// until ctx ends. After an error some of the events may be stored, but none is in flight.
	Publish(ctx context.Context, events []event.Event) error
	// BlockedReason returns, for operators, what delays a call in progress, or "" if nothing is
	// known. It may be called from any goroutine and does not block.
	BlockedReason() string
	// Tail describes about the last newest events of the topic, with the ids of those of epoch.
	Tail(ctx context.Context, epoch string, last int) (Tail, error)
	// Empty removes all events of the topic. Its error is ErrRefused without the right to do so.
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

// Config has the options of a Relay. Its zero value, but for Holder, works.
type Config struct {
	Holder       string                // the name of this node, unique in the installation
	FlushTimeout time.Duration         // of publishing the last events when Run stops; 0: 5 s
	LeaseTTL     time.Duration         // time from the last renewal to the end of a term; 0: 2 s
	OtherNodes   func() bool           // whether other nodes may commit to the log; nil: they may
	Logger       *slog.Logger          // nil: silent
	Registerer   prometheus.Registerer // nil: metrics are not published
	// StartSpans, if set, starts the trace spans of the events of one batch. end is called once,
	// with the error of the batch.
	StartSpans func([]event.Event) (end func(error))
}

// The next leader takes over within defaultTTL + followEvery of a crash. The promise is that events
// flow again within 3 s, so most of a second remains for the rest.
const (
	defaultTTL  = 2000 * time.Millisecond
	followEvery = 150 * time.Millisecond
)

// Relay publishes events while its node leads, and waits for the lease while another node does. See
// the package comment for its goroutines, states and failures. Its methods, but for Run and CheckLog,
// may be called from any goroutine and do not block.
type Relay struct {
	source    Source
	publisher Publisher
	lease     Lease
	cfg       Config
	nudged    chan struct{}
	changed   <-chan struct{} // of Source.Changes
	progress  progress
	metrics   metrics

	committed *event.Committed
	leads     atomic.Bool // committed is filled; otherwise the events are read from the log

	// Fields of Run's goroutine.
	missing    int64 // the last watermark logged for events missing in Kafka; -1: none
	leading    bool  // the start of leadership was logged, and its end was not
	refills    refillRetry
	stallLimit time.Duration // of the next term, see minStallLimit
}

// NewRelay returns a Relay for Run. It starts nothing. The Relay does not close its arguments.
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
	r := &Relay{source: source, publisher: publisher, lease: lease, cfg: cfg, nudged: make(chan struct{}, 1), changed: source.Changes(), missing: -1, committed: event.NewCommitted()}
	r.progress.blockedReason = publisher.BlockedReason
	r.metrics = newMetrics(cfg.Registerer, r)
	return r
}

// Committed adds events that this node has committed, so that a leading relay publishes them without
// reading them from the log. The relay shares the events' memory.
func (r *Relay) Committed(events []event.Event) {
	if r.leads.Load() {
		r.committed.Add(events)
	}
	r.Nudge()
}

// Nudge wakes the relay after a commit; calls coalesce. Commits without a Nudge are found when
// Source.Changes reports them, and while other nodes serve within 10 ms, 100 ms after 10 s without events.
func (r *Relay) Nudge() {
	select {
	case r.nudged <- struct{}{}:
	default: // a signal is pending
	}
}

// renewEvery is the time between two renewals of the lease: three fit into its length.
func (r *Relay) renewEvery() time.Duration { return r.cfg.LeaseTTL * 3 / 10 }

// Status returns the state of the relay, from memory.
func (r *Relay) Status() Status { return r.progress.status() }

// Run leads whenever it can acquire the lease, until ctx ends. Then it publishes all committed
// events, for FlushTimeout at most, releases the lease and returns nil. It retries every failure of
// the database and of Kafka.
func (r *Relay) Run(ctx context.Context) error {
	retry := newRetry()
	for ctx.Err() == nil {
		term, err := r.lease.Acquire(ctx, r.cfg.Holder, r.cfg.LeaseTTL)
		switch {
		case err == nil:
			retry.Reset()
			r.lead(ctx, term)
			r.progress.termEnded()
		case errors.Is(err, ErrHeld):
			retry.Reset()
			if r.leading {
				r.logStepDown(errStalled)
			}
			r.follow(ctx, term)
			sleep(ctx, followEvery)
		default:
			r.fail("acquiring the relay lease failed", err)
			sleep(ctx, retry.Next())
		}
		if ctx.Err() == nil {
			r.logHealth()
		}
	}
	return nil
}

// follow updates the progress from the term of the leading node.
func (r *Relay) follow(ctx context.Context, term Term) {
	if term.Holder == "" {
		r.progress.follow(0, 0)
		return
	}
	at, err := r.source.Position(ctx)
	if err != nil {
		r.fail("reading the head of the event log failed", err)
		return
	}
	r.progress.follow(at.Seq, term.Watermark)
}

// fail records a failed step in the progress. logHealth logs it if it makes the relay unhealthy.
func (r *Relay) fail(what string, err error) {
	r.cfg.Logger.Debug("relay: "+what, "error", err)
	r.progress.fail(what + ": " + err.Error())
}

// logHealth logs each change between healthy and unhealthy once.
func (r *Relay) logHealth() {
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

// newRetry returns the backoff of failing calls of the database and of Kafka.
func newRetry() *backoff.Backoff {
	return &backoff.Backoff{Min: 50 * time.Millisecond, Max: 2 * time.Second}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
