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
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
)

// Auth verifies the tokens of connections.
type Auth interface {
	// Verify returns the grant of the token, or an Unauthorized fault.
	Verify(ctx context.Context, token string) (auth.Grant, error)
	// Recheck returns for each grant nil while it is still good, an Unauthorized fault
	// (revoked, disabled, expired) or a Forbidden one (the role changed).
	Recheck(ctx context.Context, grants []auth.Grant) ([]error, error)
}

// Config holds the settings that have a default. The zero value serves no browser, as it accepts no Origin.
type Config struct {
	Origin       string          // the dashboard's browser origin, as in http://localhost:3000
	OtherOrigins []string        // further browser origins that may connect
	ResumeLimit  int             // the most events that a returning client is sent; 0 means 10 000
	RingEvents   int             // the newest events kept as bytes in memory; 0 means 10 000
	RingBytes    int             // and the most bytes of them; 0 means 64 MiB
	MaxBehind    int             // bytes that a connection may be behind before it is closed; 0 means 4 MiB
	MaxSockets   int             // connections of this node; 0 means 50 000
	MaxPerUser   int             // connections of one user on this node; 0 means 20 000
	Peers        Peers           // nil: this node is alone
	Observer     stream.Observer // nil: none
	Logger       *slog.Logger
	Registerer   prometheus.Registerer // nil: the metrics are not exported
	// StartSpan, when set, begins the span of an event with a trace that this node sends to its
	// connections. from is commit, kafka or log. end is called once. Neither may block.
	StartSpan func(e event.Event, from string) (end func(sockets int))
}

func (c Config) withDefaults() Config {
	for _, size := range []struct {
		field *int
		value int
	}{{&c.MaxBehind, 4 << 20}, {&c.MaxSockets, 50_000}, {&c.MaxPerUser, 20_000}} {
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

// Hub is one node's gateway: the connections, and the parts that they share. Its methods may be called from any goroutine.
type Hub struct {
	cfg     Config
	metrics *metrics
	started time.Time

	stream   *stream.Stream
	sessions *sessions
	follows  *follows
	presence *presence
	shards   []*shard
	spans    *deliveries
	evicted  evictions

	wg sync.WaitGroup // every goroutine, and each handshake in progress

	emptied sync.Once

	mu      sync.Mutex
	phase   phase
	taken   int           // connections, and handshakes in progress
	perUser map[int64]int // the same by user
	conns   map[*conn]struct{}
	joined  int           // connections that ever joined: assigns them to the shards in turn
	empty   chan struct{} // closed when the last connection has left after Drain
}

// New returns a Hub that refuses all connections until Run has read the newest events of the log.
func New(log stream.Log, auth Auth, cfg Config) *Hub {
	cfg = cfg.withDefaults()
	h := &Hub{
		cfg:     cfg,
		started: time.Now(),
		follows: newFollows(),
		spans:   newDeliveries(cfg, runtime.GOMAXPROCS(0)),
		perUser: map[int64]int{},
		conns:   map[*conn]struct{}{},
		empty:   make(chan struct{}),
		evicted: newEvictions(),
	}
	h.stream = stream.New(log, h.streamConfig())
	h.sessions = newSessions(auth, h.connections, cfg.Logger)
	h.presence = newPresence(h.connections, h.wake, cfg.Peers)
	h.metrics = newMetrics(h)
	for i := range h.spans.shards {
		h.shards = append(h.shards, newShard(h, i))
	}
	return h
}

// streamConfig has the stream keep the frames that all connections share.
func (h *Hub) streamConfig() stream.Config {
	cfg := stream.Config{
		EncodeSummary: func(e event.Event) []byte { return eventFrame(e, event.EncodeSummaryFrame, h.cfg.Logger) },
		EncodeFull: func(e event.Event) []byte {
			if e.Type == event.Deleted || !h.follows.any(e.PostID) {
				return nil
			}
			return eventFrame(e, event.EncodeFrame, h.cfg.Logger)
		},
		OnGrow:     h.wake,
		RingEvents: h.cfg.RingEvents, RingBytes: h.cfg.RingBytes, ResumeLimit: h.cfg.ResumeLimit,
		Observer: h.cfg.Observer, Logger: h.cfg.Logger, Registerer: h.cfg.Registerer,
	}
	if h.cfg.StartSpan != nil {
		cfg.OnAppend = h.spans.add
	}
	return cfg
}

// Run serves until ctx ends. It first reads the newest events of the log, waiting while
// the log is away. At the end it closes the connections that Drain left, and returns
// nil when all goroutines have ended, at most 5 s after ctx.
func (h *Hub) Run(ctx context.Context) error {
	h.stream.Run(ctx, func() { h.open(ctx) })
	<-ctx.Done()
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

// open starts the goroutines that serve connections, and accepts connections.
func (h *Hub) open(ctx context.Context) {
	h.spans.open.Store(true)
	for _, s := range h.shards {
		h.wg.Go(func() { s.run(ctx) })
	}
	h.wg.Go(func() { h.sessions.run(ctx) })
	h.wg.Go(func() { h.presence.run(ctx) })
	if h.cfg.Peers != nil {
		h.wg.Go(func() { h.presence.share(ctx) })
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase == starting {
		h.phase = running
	}
}

// Ready returns nil while new connections are accepted and the log can be read.
func (h *Hub) Ready() error {
	h.mu.Lock()
	now := h.phase
	h.mu.Unlock()
	if err := h.stream.Healthy(); err != nil {
		return err
	}
	switch now {
	case starting:
		return errors.New("the event log has not been read yet")
	case running:
		return nil
	}
	return errors.New("the gateway is shutting down")
}

// Sockets returns the number of open connections.
func (h *Hub) Sockets() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns)
}

// connections returns the open connections.
func (h *Hub) connections() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.conns))
}

// Epoch returns the epoch of the log whose events are sent, "" before Run has read it.
func (h *Hub) Epoch() string { return h.stream.View().Epoch }

// Has reports whether the event at that position, with that id, was sent to the connections.
func (h *Hub) Has(at event.Position, id string) bool { return h.stream.Has(at, id) }

// Committed takes events that this node has committed. It returns at once.
func (h *Hub) Committed(events []event.Event) { h.stream.Committed(events) }

// Deliver takes events as Kafka brings them: in any order, repeats allowed. It never
// waits for a connection or the log.
func (h *Hub) Deliver(events []event.Event) { h.stream.Deliver(events) }

// Recheck has all connections verified again soon, as sessions or users have changed.
func (h *Hub) Recheck() { h.sessions.requestRecheck() }

// PeersChanged has the presence list sent again, as the notes of other nodes have changed. It never waits.
func (h *Hub) PeersChanged() { notify(h.presence.dirty) }

func (h *Hub) wake() {
	for _, s := range h.shards {
		notify(s.woken)
	}
}

// Drain refuses new connections, asks every client to reconnect within 0–3 s, and
// returns when all have left or ctx ends.
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
		c.closeWith(h.restarting())
	}
	select {
	case <-h.empty:
	case <-ctx.Done():
	}
}

// restarting is the close that asks a client to reconnect after a random wait: up to 1 ms
// for each open socket, within 0.1 s and 3 s. Few clients are back at once, and of many a thousand return in a second.
func (h *Hub) restarting() closeReason {
	spread := min(max(h.Sockets(), 100), 3000)
	return closeReason{code: closeRestart, reason: fmt.Sprintf("retry in %dms", rand.IntN(spread+1))}
}

// join adds c to the open connections. A hub that drains meanwhile asks it at once to reconnect.
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
		c.closeWith(h.restarting())
	case stopped:
		c.nc.Close()
	}
}

// leave removes c; it is called once, by the end of c's reader.
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

// release returns the place of a connection or handshake; h.mu is held.
func (h *Hub) release(user int64) {
	h.taken--
	if h.perUser[user]--; h.perUser[user] == 0 {
		delete(h.perUser, user)
	}
}

// clock is the time since the hub was made, by the monotonic clock.
func (h *Hub) clock() time.Duration { return time.Since(h.started) }

// notify is a non-blocking send on a 1-buffered channel; notifications coalesce.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
