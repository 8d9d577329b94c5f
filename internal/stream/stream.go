package stream

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/backoff"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Log is the event log: it decides which events exist, and in which order.
type Log interface {
	// Position returns the epoch of the log, and the seq of its newest event, 0 when it never had one.
	Position(ctx context.Context) (event.Position, error)
	// Changes returns a channel that receives when another process may have added events, for the life of the log.
	Changes() <-chan struct{}
	// ID returns the id of the event seq, "" when the log does not have it.
	ID(ctx context.Context, seq int64) (string, error)
	// Oldest returns the first seq that is still in the log, head+1 when it is empty.
	Oldest(ctx context.Context) (int64, error)
	// After returns up to limit events with a greater seq, in order. It may return none although the head is above seq, as long
	// as the next event is not visible to the query.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Gone reports whether the event seq has left the log, or is lost: then it never becomes visible.
	Gone(ctx context.Context, seq int64) (bool, error)
	// NewEpoch begins another epoch and returns it, or returns the present one when that is no longer old.
	NewEpoch(ctx context.Context, old string) (string, error)
}

// Observer gets the events before the readers do.
type Observer interface {
	// Seen takes events that Kafka or the log brought, in any order, also again.
	Seen(events []event.Event)
	// Doubt is called when another epoch of the log has begun.
	Doubt()
}

// Config connects a Stream to its readers. The functions must not block, nor call methods of the Stream that append.
type Config struct {
	// EncodeSummary returns the bytes that are kept for an event, without the content of the post. It is required.
	EncodeSummary func(event.Event) []byte
	// EncodeFull returns them with the content, nil if no reader needs it. It is required.
	EncodeFull func(event.Event) []byte
	// OnAppend is called before an event with a trace is appended, with its source (commit, kafka or log) and the generation; nil:
	// it is not called.
	OnAppend func(e event.Event, source string, generation int)
	// OnGrow is called after entries were appended, and after positions lost their meaning. It is required.
	OnGrow func()

	RingEvents  int // entries that are kept in memory at most; 0 means 10 000
	RingBytes   int // and their bytes, unless one entry is larger; 0 means 64 MiB
	ResumeLimit int // events that a returning reader is given at most; 0 means 10 000

	Observer   Observer // nil: none
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: the metrics are not exported
}

func (c Config) withDefaults() Config {
	for _, size := range []struct {
		field *int
		value int
	}{{&c.RingEvents, 10_000}, {&c.RingBytes, 64 << 20}, {&c.ResumeLimit, 10_000}} {
		if *size.field == 0 {
			*size.field = size.value
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Stream is the ordered events of one node. Its methods may be called from any goroutine.
type Stream struct {
	log       Log
	cfg       Config
	metrics   *metrics
	ring      *ring
	order     *order
	committed *event.Committed

	logErr      atomic.Pointer[error] // of the last read; nil: it succeeded
	logReported atomic.Bool           // the line that the log cannot be read was logged, and not yet that it can be read again
	started     time.Time
	reportedAt  atomic.Int64 // nanoseconds after started at which that line was logged last; 0: never
}

// New returns a Stream without events. It gets them by Run.
func New(log Log, cfg Config) *Stream {
	cfg = cfg.withDefaults()
	s := &Stream{
		log: log, cfg: cfg,
		metrics:   newMetrics(cfg.Registerer),
		ring:      &ring{maxEvents: cfg.RingEvents, maxBytes: cfg.RingBytes},
		committed: event.NewCommitted(),
		started:   time.Now(),
	}
	s.order = newOrder(s.ring, cfg)
	return s
}

// Run keeps the stream complete until ctx ends. It reads the newest events of the log first, waiting while the log is away, and
// then calls loaded. It returns when its goroutines have ended, at most dependencyTimeout after ctx.
func (s *Stream) Run(ctx context.Context, loaded func()) {
	if backoff.Retry(ctx, retries, s.load) != nil {
		return
	}
	loaded()
	var committed sync.WaitGroup
	committed.Go(func() { s.takeCommitted(ctx) })
	s.follow(ctx)
	committed.Wait()
}

// Committed takes events that this node has committed. It copies the slice and returns at once.
func (s *Stream) Committed(events []event.Event) { s.committed.Add(events) }

// Deliver takes events as Kafka brings them: in any order, repeats allowed. It never waits for the log. Events that do not fit
// the bounds of the pending ones are read from the log later.
func (s *Stream) Deliver(events []event.Event) { s.publish(events, fromKafka) }

func (s *Stream) takeCommitted(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.committed.Added():
			s.publish(s.committed.Take(), fromCommit)
		}
	}
}

// publish offers events to the order and reports growth.
func (s *Stream) publish(events []event.Event, from source) {
	if s.cfg.Observer != nil && from != fromCommit {
		s.cfg.Observer.Seen(events)
	}
	appended := s.order.offer(events, from)
	if appended == (counts{}) {
		return
	}
	s.metrics.add(appended)
	s.cfg.OnGrow()
}

// ResumeLimit is the most events that a returning reader is given.
func (s *Stream) ResumeLimit() int { return s.cfg.ResumeLimit }

// View returns the present positions.
func (s *Stream) View() View { return s.ring.look() }

// Has reports whether the event at that position, with that id, was appended. Of entries that have left the ring the id is not
// compared.
func (s *Stream) Has(at event.Position, id string) bool { return s.ring.has(at, id) }

// From returns up to limit entries from seq on, none if seq is not in the ring.
func (s *Stream) From(seq int64, limit int) []*Entry { return s.ring.from(seq, limit) }

// Behind returns the bytes of the entries from seq on, without content, and whether the ring has all of them.
func (s *Stream) Behind(seq int64) (bytes int64, ok bool) { return s.ring.behind(seq) }

// notify is a non-blocking send on a 1-buffered channel; notifications coalesce.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
