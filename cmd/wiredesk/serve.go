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
	"github.com/spf13/cobra"

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

// drainTime bounds the wait at a stop for open requests and sockets.
const drainTime = 8 * time.Second

// kafkaStartTime bounds the wait of the start for Kafka; the start continues without Kafka.
const kafkaStartTime = 3 * time.Second

// server holds the components of a running node, in the order in which they start.
type server struct {
	cfg      config
	log      *slog.Logger
	stops    []func() // run in reverse
	fail     func(error)
	registry *prometheus.Registry
	metrics  prometheus.Registerer // labels everything with the node

	spans    spans
	services *services
	broker   *embedded.Broker // nil with a real cluster
	producer *kafka.Producer
	consumer *kafka.Consumer
	relay    *outbox.Relay
	renderer *render.Renderer
	nodes    *node.Roster // nil: no other node can serve this database
	cache    *rest.Cache
	hub      *gateway.Hub
	served   bool        // serve was called
	ready    atomic.Bool // the start is complete
	stopping atomic.Bool // /readyz returns 503

	cleaner       *retention.Cleaner
	kafkaAnswered time.Time // when a broker located the topic at the start; zero: no broker answered
}

func serveCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "serve", GroupID: groupServer, Short: "Run the server",
		Long: `Run the server until SIGINT or SIGTERM: the dashboard, the API, the WebSocket and event streams, and the
relay to Kafka.`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.serve(c.Context()) },
	}
}

func (e env) serve(ctx context.Context) (err error) {
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
		if s.served { // main prints the error of a failed start
			s.logStopped(err)
		}
	}()
	s.startComponent("log level", s.switchDebug(e.debug, level))
	listener, err := s.listen() // first: a start that fails here has not generated a password
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
	} else if generated != "" { // later starts do not print it
		fmt.Fprint(e.stdout, signInLine(s.cfg, generated, isTerminal(e.stdout)))
	}
	<-ctx.Done()
	s.log.Info("stopping", "delay", s.cfg.stopDelay)
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// stop stops the components in reverse order: first the HTTP server, last the database.
func (s *server) stop() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
}

// logStopped writes the last line of the server log. A log without it is of a process that was killed.
func (s *server) logStopped(err error) {
	if err != nil {
		s.log.Error("stopped", "error", err)
		return
	}
	s.log.Info("stopped")
}

// awaitReady waits until the gateway accepts sockets, so that /readyz can return 200. It returns false when ctx ends first.
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

func (s *server) startComponent(name string, run func(context.Context) error) {
	s.onStop(start(name, run, s.fail).stop)
}

// start starts all components but the HTTP server, in the order in which the data flows. It returns the administrator's
// password if it generated one; unless terminal, it also writes it to a file.
func (s *server) start(ctx context.Context, terminal bool) (generated string, err error) {
	s.metrics = prometheus.WrapRegistererWith(prometheus.Labels{"wiredesk_node": s.cfg.node}, s.registry)
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := s.startTracing(); err != nil {
		return "", err
	}
	if s.services, err = s.openDatabase(ctx, storeHooks{onCommit: s.committed, startSpan: s.spans.commit}); err != nil {
		return "", err
	}
	s.onStop(s.services.stop)
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
	if generated, err = s.services.auth.Bootstrap(ctx, s.cfg.adminEmail, s.cfg.adminPass); err != nil {
		return "", err
	}
	if generated != "" && !terminal {
		if err := writeInitialPassword(s.cfg, generated); err != nil {
			return "", err
		}
	}
	s.cache = rest.NewCache(s.services.store, s.metrics)
	s.openHub()
	s.renderer = render.NewRenderer()
	s.cleaner = retention.New(s.services.store, s.cfg.eventRetention, s.log)

	s.startComponent("relay", s.relay.Run)
	s.startComponent("sessions", s.services.auth.Run)
	s.startComponent("renderer", s.renderer.Run)
	s.startComponent("clean-up", s.cleaner.RunCleanUp)
	s.startComponent("thinning", s.cleaner.RunThinning)
	if s.nodes != nil {
		s.startComponent("nodes", s.nodes.Run)
	}
	// Before the hub reads the head, so that no event is missed between both. After an error Run does the same, and logs.
	if s.consumer.Start(kafkaCtx) == nil {
		s.kafkaAnswered = time.Now()
	}
	s.startComponent("gateway", s.hub.Run)
	s.startComponent("consumer", func(ctx context.Context) error { return s.consumer.Run(ctx, s.hub) })
	return generated, nil
}

// committed gives events that this node has committed to the cache, the gateway and the relay at once; they also receive
// them from the event log or Kafka. start creates all three before the first event can be committed.
func (s *server) committed(events []event.Event) {
	s.cache.Seen(events)
	s.hub.Committed(events)
	s.relay.Committed(events)
}

// checkLog begins a new epoch of the event log if a backup of the database was restored.
func (s *server) checkLog(ctx context.Context) error {
	watermark, err := s.services.store.Watermark(ctx)
	if err != nil {
		return err
	}
	return s.relay.CheckLog(ctx, watermark)
}

// openKafka opens the clients of the cluster, or of the broker in this process.
func (s *server) openKafka(ctx context.Context) (err error) {
	cfg := s.services.kafka(s.cfg)
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
	_ = s.producer.EnsureTopic(ctx) // the relay retries, and logs the error
	return nil
}

// aloneTTL is the duration of the relay's lease when no other node can serve the database. A renewal is a commit. A long
// lease delays no take-over: after a restart this node takes its own lease at once, unless WIREDESK_NODE has changed.
const aloneTTL = 10 * time.Second

// openRelay creates the relay. While other nodes run, it polls often for their commits.
func (s *server) openRelay() {
	cfg := outbox.Config{Holder: s.cfg.node, Logger: s.log, Registerer: s.metrics, StartSpans: s.spans.publish}
	if s.nodes != nil {
		cfg.OtherNodes = s.nodes.Others
	} else {
		cfg.OtherNodes, cfg.LeaseTTL = func() bool { return false }, aloneTTL
	}
	s.relay = outbox.NewRelay(s.services.store, s.producer, s.services.store, cfg)
}

// openNodes creates the roster of the nodes, if several nodes can serve the database.
func (s *server) openNodes() {
	if !s.cfg.sharedDatabase() {
		return
	}
	signs, accepts := s.services.auth.KeyIDs()
	s.nodes = node.New(s.services.store, node.Config{Accepts: accepts, Logger: s.log,
		Info: node.Info{Name: s.cfg.node, Signs: signs, Embedded: s.cfg.kafkaEmbedded}})
}

// openHub creates the gateway, which shares presence with the other nodes.
func (s *server) openHub() {
	cfg := gateway.Config{Origin: s.cfg.origin, OtherOrigins: s.cfg.otherOrigins, ResumeLimit: s.cfg.resumeLimit, RingEvents: s.cfg.ringEvents, Observer: s.cache, Logger: s.log, Registerer: s.metrics,
		MaxSockets: s.socketLimit(), MaxPerUser: s.cfg.maxSocketsPerUser, StartSpan: s.spans.delivery}
	if s.nodes != nil {
		cfg.Peers = s.nodes
	}
	s.hub = gateway.New(s.services.store, s.services.auth, cfg)
	s.services.auth.OnChange(s.hub.Recheck)
	if s.nodes != nil {
		s.nodes.OnChange(s.hub.PeersChanged)
	}
}

// listen opens the port. Connections made before serve are queued.
func (s *server) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(s.cfg.port))
	if err != nil {
		return nil, fmt.Errorf("PORT=%d cannot be used: %w; for example PORT=%d", s.cfg.port, err, s.cfg.port+1)
	}
	s.onStop(func() { listener.Close() }) // for a start that fails before serve; Shutdown closes it otherwise
	return listener, nil
}

// serve starts the HTTP server on listener.
func (s *server) serve(listener net.Listener) {
	s.metrics.MustRegister(newHealth(s))
	handler := rest.NewHandler(s.services.auth, s.services.posts, s.hub, (*nodeStatus)(s), rest.Config{
		Origin: s.cfg.origin, OtherOrigins: s.cfg.otherOrigins, TrustedProxies: s.cfg.trustedProxies, MetricsAllow: s.cfg.metricsAllow, Dashboard: web.Dist(),
		OpenAPI: api.OpenAPI(), AsyncAPI: api.AsyncAPI(), Schemas: recordSchemas(s.cfg.schemas()), Logger: s.log, AccessLog: s.cfg.logAccess, Registerer: s.metrics,
		Metrics: promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}), Renderer: s.renderer, Cache: s.cache, StartSpan: s.spans.request,
	})
	srv := &http.Server{Handler: s.closeWhenStopping(handler), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 60 * time.Second,
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
			s.log.Warn("stop aborted open requests", "error", err)
			srv.Close()
		}
		drained.stop()
		serving.stop()
	})
}

// closeWhenStopping closes each connection after its next response once the node stops, so that a load balancer with
// persistent connections moves to other nodes.
func (s *server) closeWhenStopping(next http.Handler) http.Handler {
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
