package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wiredesk/wiredesk/api"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/node"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/render"
	"github.com/wiredesk/wiredesk/internal/rest"
	"github.com/wiredesk/wiredesk/internal/retention"
	"github.com/wiredesk/wiredesk/web"
)

const drainTime = 8 * time.Second // for requests and sockets to end in order

// kafkaStartTime is how long the start waits for Kafka before it goes on without.
const kafkaStartTime = 3 * time.Second

// server is every part of a running desk, in the order in which they start.
type server struct {
	cfg      config
	log      *slog.Logger
	stops    []func() // run in reverse
	fail     func(error)
	registry *prometheus.Registry
	metrics  prometheus.Registerer // labels everything with the node

	spans    spans
	desk     *desk
	broker   *embedded.Broker // nil with a real cluster
	producer *kafka.Producer
	consumer *kafka.Consumer
	relay    *outbox.Relay
	renderer *render.Renderer
	nodes    *node.Roster // nil: nobody else serves this database
	cache    *rest.Cache
	hub      *gateway.Hub
	served   bool        // requests are, or were, answered
	ready    atomic.Bool // the start is over
	stopping atomic.Bool // /readyz returns 503

	cleaner       *retention.Cleaner
	kafkaAnswered time.Time // when a broker located the topic at the start; zero: none did
}

func runServe(ctx context.Context, e env, args []string) (err error) {
	if err := parseFlags(e.flags("serve", ""), args); err != nil {
		return err
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	cfg.makesSecret = true
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	level := new(slog.LevelVar)
	level.Set(cfg.logLevel)
	s := &server{cfg: cfg, log: cfg.loggerAt(e, level), fail: func(err error) { cancel(err) }, registry: prometheus.NewRegistry()}
	slog.SetDefault(s.log)
	s.cfg.warnUnknown(s.log)
	s.cfg.warnUnsafe(s.log)
	defer func() {
		s.stop()
		if s.served { // the error of a start that failed is printed alone
			s.logStopped(err)
		}
	}()
	s.startPart("log level", s.switchDebug(e.debug, level))
	listener, err := s.listen() // first: a start that fails here has not yet made an administrator
	if err != nil {
		return err
	}
	generated, err := s.start(ctx, isTerminal(e.stdout))
	if err != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		s.log.Info("stopped during startup")
		return nil
	}
	if err != nil {
		return cfg.nameSetting(err)
	}
	s.serve(listener)
	s.served = true
	if s.awaitReady(ctx) {
		s.printReady(e, listener.Addr(), generated)
	} else if generated != "" { // no later start prints it
		fmt.Fprint(e.stdout, signInLine(s.cfg, generated, isTerminal(e.stdout)))
	}
	<-ctx.Done()
	s.log.Info("stopping", "delay", s.cfg.stopDelay)
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// stop ends the parts in reverse: first no more requests, at last the database.
func (s *server) stop() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
}

// logStopped writes the last line of the log; without it the process was killed.
func (s *server) logStopped(err error) {
	if err != nil {
		s.log.Error("stopped", "error", err)
		return
	}
	s.log.Info("stopped")
}

// awaitReady waits until sockets are accepted and /readyz can return 200. It returns false when ctx has ended.
func (s *server) awaitReady(ctx context.Context) bool {
	const every = 5 * time.Millisecond
	for s.hub.Ready() != nil {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(every):
		}
	}
	s.ready.Store(true)
	return true
}

func (s *server) onStop(f func()) { s.stops = append(s.stops, f) }

func (s *server) startPart(name string, run func(context.Context) error) {
	s.onStop(start(name, run, s.fail).stop)
}

// start starts everything but the listener, in the order in which the data flows. It
// returns the administrator's password when it has just generated one; unless terminal, it
// has written it into a file.
func (s *server) start(ctx context.Context, terminal bool) (generated string, err error) {
	s.metrics = prometheus.WrapRegistererWith(prometheus.Labels{"wiredesk_node": s.cfg.node}, s.registry)
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := s.startTracing(); err != nil {
		return "", err
	}
	if s.desk, err = s.openDatabase(ctx, storeHooks{onCommit: s.committed, startSpan: s.spans.commit}); err != nil {
		return "", err
	}
	s.onStop(s.desk.stop)
	kafkaCtx, cancel := context.WithTimeout(ctx, kafkaStartTime)
	defer cancel()
	if err := s.openKafka(kafkaCtx); err != nil {
		return "", err
	}
	s.openNodes()
	s.openRelay()
	if err := s.checkLog(kafkaCtx); err != nil {
		s.log.Warn("comparing the event log with the topic failed; the relay retries", "error", err)
	}
	if generated, err = s.desk.auth.Bootstrap(ctx, s.cfg.adminEmail, s.cfg.adminPass); err != nil {
		return "", err
	}
	if generated != "" && !terminal {
		if err := writeFirstPassword(s.cfg, generated); err != nil {
			return "", err
		}
	}
	s.cache = rest.NewCache(s.desk.store, s.metrics)
	s.openHub()
	s.renderer = render.NewRenderer()
	s.cleaner = retention.New(s.desk.store, s.cfg.eventRetention, s.log)

	s.startPart("relay", s.relay.Run)
	s.startPart("sessions", s.desk.auth.Run)
	s.startPart("renderer", s.renderer.Run)
	s.startPart("clean-up", s.cleaner.RunCleanUp)
	s.startPart("thinning", s.cleaner.RunThinning)
	if s.nodes != nil {
		s.startPart("nodes", s.nodes.Run)
	}
	// Before the hub reads the head, so that no event is missed between both. After an error Run does the same, and logs.
	if s.consumer.Start(kafkaCtx) == nil {
		s.kafkaAnswered = time.Now()
	}
	s.startPart("gateway", s.hub.Run)
	s.startPart("consumer", func(ctx context.Context) error { return s.consumer.Run(ctx, s.hub) })
	return generated, nil
}

// committed hands events that this node has committed to the cache, the gateway and the relay, past the log
// and Kafka, which bring them too. All are there before the first event can be committed.
func (s *server) committed(events []event.Event) {
	s.cache.Seen(events)
	s.hub.Committed(events)
	s.relay.Committed(events)
}

// checkLog begins a new epoch of the event log when a backup of the database was restored.
func (s *server) checkLog(ctx context.Context) error {
	watermark, err := s.desk.store.Watermark(ctx)
	if err != nil {
		return err
	}
	return s.relay.CheckLog(ctx, watermark)
}

// openKafka opens the clients of the cluster, or of the broker in this process.
func (s *server) openKafka(ctx context.Context) (err error) {
	cfg := s.desk.kafka(s.cfg)
	cfg.Logger, cfg.Registerer = s.log, s.metrics
	if s.cfg.kafkaEmbedded {
		s.broker, err = embedded.Open(embedded.Config{Dir: filepath.Join(s.cfg.dataDir, "kafka"), Listen: s.cfg.kafkaEmbeddedListen, Logger: s.log})
		if err != nil {
			return err
		}
		s.onStop(func() {
			if err := s.broker.Close(); err != nil {
				s.log.Error("closing the embedded Kafka broker", "error", err)
			}
		})
		cfg = s.broker.ClientConfig(cfg)
	}
	if s.producer, err = kafka.NewProducer(cfg); err != nil {
		return err
	}
	s.onStop(s.producer.Close)
	if s.consumer, err = kafka.NewConsumer(cfg); err != nil {
		return err
	}
	_ = s.producer.EnsureTopic(ctx) // the relay tries again, and tells
	return nil
}

// aloneTTL is the length of the relay's lease when no other node serves the database. Each
// renewal is a commit, and only this node can take over: after a restart at once, unless it has another name.
const aloneTTL = 10 * time.Second

// openRelay makes the relay, which looks often for the commits of other nodes while there are some.
func (s *server) openRelay() {
	cfg := outbox.Config{Holder: s.cfg.node, Logger: s.log, Registerer: s.metrics, StartSpans: s.spans.publish}
	if s.nodes != nil {
		cfg.OtherNodes = s.nodes.Others
	} else {
		cfg.OtherNodes, cfg.LeaseTTL = func() bool { return false }, aloneTTL
	}
	s.relay = outbox.NewRelay(s.desk.store, s.producer, s.desk.store, cfg)
}

// openNodes makes the node's view of the others when the database is one that several may serve.
func (s *server) openNodes() {
	if !s.cfg.sharedDatabase() {
		return
	}
	signs, accepts := s.desk.auth.KeyIDs()
	s.nodes = node.New(s.desk.store, node.Config{Accepts: accepts, Logger: s.log,
		Facts: node.Facts{Name: s.cfg.node, Signs: signs, Embedded: s.cfg.kafkaEmbedded}})
}

// openHub makes the gateway, which shares its presence with the other nodes.
func (s *server) openHub() {
	cfg := gateway.Config{Origin: s.cfg.origin, OtherOrigins: s.cfg.otherOrigins, ResumeLimit: s.cfg.resumeLimit, RingEvents: s.cfg.ringEvents, Observer: s.cache, Logger: s.log, Registerer: s.metrics,
		MaxSockets: s.socketLimit(), MaxPerUser: s.cfg.maxSocketsPerUser, StartSpan: s.spans.delivery}
	if s.nodes != nil {
		cfg.Peers = s.nodes
	}
	s.hub = gateway.New(s.desk.store, s.desk.auth, cfg)
	s.desk.auth.OnChange(s.hub.Recheck)
	if s.nodes != nil {
		s.nodes.OnChange(s.hub.PeersChanged)
	}
}

// listen opens the port. Who connects before serve waits.
func (s *server) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(s.cfg.port))
	if err != nil {
		return nil, fmt.Errorf("PORT=%d cannot be used: %w; for example PORT=%d", s.cfg.port, err, s.cfg.port+1)
	}
	s.onStop(func() { listener.Close() }) // for a start that ends before serve; else it is closed by then
	return listener, nil
}

// serve answers requests on listener.
func (s *server) serve(listener net.Listener) {
	s.metrics.MustRegister(newHealth(s))
	handler := rest.NewHandler(s.desk.auth, s.desk.posts, rest.Config{
		Origin: s.cfg.origin, OtherOrigins: s.cfg.otherOrigins, TrustedProxies: s.cfg.trustedProxies, MetricsAllow: s.cfg.metricsAllow, Dashboard: web.Dist(),
		OpenAPI: api.OpenAPI(), AsyncAPI: api.AsyncAPI(), Schemas: recordSchemas(s.cfg.schemas()), Logger: s.log, AccessLog: s.cfg.logAccess, Registerer: s.metrics,
		Metrics: promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}), Socket: s.hub, Stream: s.hub.Stream(), System: (*system)(s), Renderer: s.renderer, Cache: s.cache, StartSpan: s.spans.request,
	})
	srv := &http.Server{Handler: s.partWhenStopping(handler), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 30 * time.Second, MaxHeaderBytes: 32 << 10, ConnState: newConnectionLimit(s.cfg.trustedProxies, s.connectionsLeft, s.log).track,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)} // such as "too many open files"
	serving := start("http", func(context.Context) error {
		if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, s.fail)
	s.onStop(func() {
		s.stopping.Store(true)
		time.Sleep(s.cfg.stopDelay)
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		drained := start("drain", func(context.Context) error { s.hub.Drain(ctx); return nil }, s.fail)
		if err := srv.Shutdown(ctx); err != nil {
			s.log.Warn("requests aborted by the stop", "error", err)
			srv.Close()
		}
		drained.stop()
		serving.stop()
	})
}

// partWhenStopping has connections end with their next answer once the node stops, so
// that a load balancer that keeps them opens its next ones elsewhere.
func (s *server) partWhenStopping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) printReady(e env, addr net.Addr, generated string) {
	kafkaMode := "embedded"
	if s.broker == nil {
		kafkaMode = strings.Join(s.cfg.kafka.Brokers, ",")
	}
	s.log.Info("ready", "address", addr.String(), "origin", s.cfg.origin, "node", s.cfg.node, "version", version(),
		"database", redactURL(s.cfg.databaseURL), "kafka", kafkaMode, "topic", s.cfg.kafka.Topic)
	fmt.Fprintf(e.stdout, "\n  Wiredesk is ready.\n\n  Dashboard   %s\n", s.cfg.origin)
	if s.broker != nil && s.broker.Addr() != nil {
		fmt.Fprintf(e.stdout, "  Kafka       %s, topic %s\n", s.broker.Addr(), s.cfg.kafka.Topic)
	}
	if generated != "" {
		fmt.Fprint(e.stdout, signInLine(s.cfg, generated, isTerminal(e.stdout)))
	}
	fmt.Fprintln(e.stdout)
}
