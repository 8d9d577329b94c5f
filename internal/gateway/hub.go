// Package gateway owns the WebSockets, and the event streams (sse.go) that stand in for them where they are cut: it puts the events that Kafka and the log
// bring into one gapless order, turns each into bytes once, and hands the same
// bytes to every connection; it resumes returning clients from their cursor, keeps
// presence, and closes those whose session ended or who read too slowly. It writes
// nothing but a new epoch of a log that lost events, and a slow connection never delays another.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Log is the event log: the truth about what happened and in which order.
type Log interface {
	// Position returns the epoch of the log, and the seq of its newest event, 0 when nothing ever happened.
	Position(ctx context.Context) (event.Position, error)
	// Stamp identifies a state of the log without a query: between two equal stamps nothing
	// was committed.
	Stamp() [4]int64
	// ID returns the id of the event seq, "" when the log does not have it.
	ID(ctx context.Context, seq int64) (string, error)
	// Oldest returns the first seq that is still in the log, head+1 when it is empty.
	Oldest(ctx context.Context) (int64, error)
	// After returns up to limit events with a greater seq, in order. It may return none
	// although Head is above seq, as long as the next event is not visible to the query.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Gone reports whether the event seq has left the log, or is lost: then it never
	// becomes visible.
	Gone(ctx context.Context, seq int64) (bool, error)
	// NewEpoch begins another epoch and returns it, or returns the present one when that is no longer old.
	NewEpoch(ctx context.Context, old string) (string, error)
}

// Auth says who may hold a connection.
type Auth interface {
	// Verify returns what the token grants, or an Unauthorized fault.
	Verify(ctx context.Context, token string) (auth.Grant, error)
	// Recheck returns for each grant nil while it is still good, an Unauthorized fault
	// (revoked, disabled, expired) or a Forbidden one (the role changed).
	Recheck(ctx context.Context, grants []auth.Grant) ([]error, error)
}

// Config holds what has a default. The zero value serves no browser, since no Origin is its own.
type Config struct {
	Origin       string   // the dashboard's browser origin, as in http://localhost:3000
	OtherOrigins []string // further browser origins that may connect
	ResumeLimit  int      // the most events that a returning client is sent; 0 means 10 000
	RingEvents   int      // the newest events kept as bytes in memory; 0 means 10 000
	RingBytes    int      // and the most bytes of them; 0 means 64 MiB
	MaxBehind    int      // bytes that a connection may be behind before it is closed; 0 means 4 MiB
	MaxSockets   int      // connections of this node; 0 means 50 000
	MaxPerUser   int      // connections of one user on this node; 0 means 20 000
	Peers        Peers    // nil: this node is alone
	Observer     Observer // nil: none
	Logger       *slog.Logger
	Registerer   prometheus.Registerer // nil: the metrics are shown nowhere
	// StartSpan, when set, begins the span of an event with a trace that this node hands to its
	// connections. from is commit, kafka or log. end is called once. Neither may block.
	StartSpan func(e event.Event, from string) (end func(sockets int))
}

// Observer gets the hub's news of the event log before clients do.
type Observer interface {
	// Seen takes events that Kafka or the log brought, in any order, also again.
	Seen(events []event.Event)
	// Doubt is called when another epoch of the log has begun.
	Doubt()
}

func (c Config) withDefaults() Config {
	for _, size := range []struct {
		field *int
		value int
	}{
		{&c.ResumeLimit, 10_000}, {&c.RingEvents, 10_000}, {&c.RingBytes, 64 << 20},
		{&c.MaxBehind, 4 << 20}, {&c.MaxSockets, 50_000}, {&c.MaxPerUser, 20_000},
	} {
		if *size.field == 0 {
			*size.field = size.value
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

type phase int

const (
	starting phase = iota
	running
	draining
	stopped
)

// Hub is one node's gateway. Its methods may be called from any goroutine.
type Hub struct {
	log     Log
	auth    Auth
	cfg     Config
	metrics *metrics
	started time.Time

	stream   *stream
	follows  *follows
	presence *presence
	shards   []*shard
	spans    *deliveries

	committed *event.Committed

	logFault    atomic.Pointer[error] // why the log could not be read the last time
	logWarned   atomic.Bool           // it was logged that the log cannot be read, and not yet that it can be again
	logWarnedAt atomic.Int64          // when that was logged last, by clock; 0: never
	rechecks    atomic.Int64          // how often Recheck was called
	recheckNow  chan struct{}
	evicted     evictions

	wg sync.WaitGroup // every goroutine, and each handshake under way

	emptied sync.Once

	mu      sync.Mutex
	phase   phase
	taken   int           // connections and handshakes under way
	perUser map[int64]int // the same by user
	conns   map[*conn]struct{}
	joined  int           // connections ever joined: deals them out to the shards
	empty   chan struct{} // closed once nobody is left of those that Drain told to go
}

// New returns a Hub that serves nobody until Run has read the log's head.
func New(log Log, auth Auth, cfg Config) *Hub {
	cfg = cfg.withDefaults()
	h := &Hub{
		log: log, auth: auth, cfg: cfg,
		started:    time.Now(),
		follows:    newFollows(),
		presence:   newPresence(),
		committed:  event.NewCommitted(),
		recheckNow: make(chan struct{}, 1),
		perUser:    map[int64]int{},
		conns:      map[*conn]struct{}{},
		empty:      make(chan struct{}),
		evicted:    evictions{sessions: map[string]time.Time{}},
	}
	h.metrics = newMetrics(h)
	h.spans = newDeliveries(cfg, runtime.GOMAXPROCS(0))
	h.stream = newStream(h.follows, h.spans, cfg)
	for i := range h.spans.shards {
		h.shards = append(h.shards, newShard(h, i))
	}
	return h
}

// Run serves until ctx ends. It starts from the log's newest events, waiting while
// the log is away; at the end it cuts the connections that Drain left, and returns
// nil when all that it started is done, at most dependencyTimeout later.
func (h *Hub) Run(ctx context.Context) error {
	if retry(ctx, h.preload) == nil {
		h.open()
		h.spans.open.Store(true)
		for _, s := range h.shards {
			h.wg.Go(func() { s.run(ctx) })
		}
		h.wg.Go(func() { h.keepUp(ctx) })
		h.wg.Go(func() { h.takeCommitted(ctx) })
		h.wg.Go(func() { h.watchSessions(ctx) })
		h.wg.Go(func() { h.tellPresence(ctx) })
		if h.cfg.Peers != nil {
			h.wg.Go(func() { h.sharePresence(ctx) })
		}
		<-ctx.Done()
	}
	h.mu.Lock()
	h.phase = stopped
	for c := range h.conns {
		c.nc.Close()
	}
	h.mu.Unlock()
	h.wg.Wait()
	h.spans.close()
	return nil
}

func (h *Hub) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase == starting {
		h.phase = running
	}
}

// Ready returns nil while new connections are taken and the log can be read.
func (h *Hub) Ready() error {
	h.mu.Lock()
	now := h.phase
	h.mu.Unlock()
	if cause := h.logFault.Load(); cause != nil {
		return *cause
	}
	switch now {
	case starting:
		return errors.New("the event log has not been read yet")
	case running:
		return nil
	}
	return errors.New("the gateway is shutting down")
}

// Sockets returns how many connections are open.
func (h *Hub) Sockets() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns)
}

// Epoch returns the epoch of the log whose events are shown, "" before Run has read it.
func (h *Hub) Epoch() string { return h.stream.ring.look().epoch }

// Has reports whether the event at that place, with that id, was shown.
func (h *Hub) Has(at event.Position, id string) bool { return h.stream.ring.has(at, id) }

// Committed takes events that this node has committed. It returns at once.
func (h *Hub) Committed(events []event.Event) { h.committed.Add(events) }

// takeCommitted shows the events of this node without the way through the log and Kafka.
func (h *Hub) takeCommitted(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.committed.Added():
			h.publish(h.committed.Take(), fromCommit)
		}
	}
}

// Deliver takes events as Kafka brings them: in any order, repeats allowed. It never
// waits for a connection or the log; what it has no room for comes from the log later.
func (h *Hub) Deliver(events []event.Event) { h.publish(events, fromKafka) }

// publish puts events in order and wakes the shards when that made the stream longer.
func (h *Hub) publish(events []event.Event, from source) {
	if h.cfg.Observer != nil && from != fromCommit {
		h.cfg.Observer.Seen(events)
	}
	grown := h.stream.offer(events, from)
	for i, n := range grown {
		h.metrics.events[i].Add(float64(n))
	}
	if grown != (growth{}) {
		h.wake()
	}
}

func (h *Hub) wake() {
	for _, s := range h.shards {
		s.poke()
	}
}

// Recheck says that sessions or users have changed: all connections are verified again soon.
func (h *Hub) Recheck() {
	h.rechecks.Add(1)
	signal(h.recheckNow)
}

// Drain refuses new connections, asks every client to come back within 0–3 s, and
// returns when all are gone or ctx ends.
func (h *Hub) Drain(ctx context.Context) {
	h.mu.Lock()
	if h.phase < draining {
		h.phase = draining
	}
	left := slices.Collect(maps.Keys(h.conns))
	h.mu.Unlock()
	if len(left) == 0 {
		return
	}
	for _, c := range left {
		c.shut(h.restarting())
	}
	select {
	case <-h.empty:
	case <-ctx.Done():
	}
}

// restarting is the close that asks a client to come back after a wait of its own: 1 ms
// for each socket that may have to come back with it, so that few are back at once and
// many come a thousand in a second.
func (h *Hub) restarting() closing {
	spread := min(max(h.Sockets(), 100), 3000)
	return closing{code: closeRestart, reason: fmt.Sprintf("retry in %dms", rand.IntN(spread+1))}
}

// join counts c in. A hub that drains meanwhile tells it at once to come back.
func (h *Hub) join(c *conn) {
	h.mu.Lock()
	h.joined++
	c.shard = h.shards[h.joined%len(h.shards)]
	h.conns[c] = struct{}{}
	now := h.phase
	h.mu.Unlock()
	h.presence.changed()
	switch now {
	case draining:
		c.shut(h.restarting())
	case stopped:
		c.nc.Close()
	}
}

// leave counts c out; it is called once, by the end of c's reader.
func (h *Hub) leave(c *conn) {
	h.mu.Lock()
	delete(h.conns, c)
	h.release(c.user)
	if h.phase >= draining && len(h.conns) == 0 {
		h.emptied.Do(func() { close(h.empty) })
	}
	h.mu.Unlock()
	h.presence.changed()
}

// release gives back the place of a connection or handshake; h.mu is held.
func (h *Hub) release(user int64) {
	h.taken--
	if h.perUser[user]--; h.perUser[user] == 0 {
		delete(h.perUser, user)
	}
}

// clock is the time since the hub was made: it never jumps.
func (h *Hub) clock() time.Duration { return time.Since(h.started) }

// signal wakes whoever waits on a channel of one; a signal that is there already is enough.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
