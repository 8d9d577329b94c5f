// Package rest is the HTTP edge: it decodes requests, calls the services and encodes
// their answers, as api/openapi.yaml defines them. It has no rule of the domain, and no state
// but caches and limits. A handler returns an error instead of writing it; fail maps the kinds
// of errors to statuses in one table. All routes are in NewHandler.
package rest

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/limit"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/render"
)

// Config has the options of a handler. Its zero value, but for Origin, works.
type Config struct {
	Origin         string         // the dashboard's browser origin, such as http://localhost:3000
	OtherOrigins   []string       // further browser origins that may sign in and call the API, of the same scheme
	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For is used
	MetricsAllow   []netip.Prefix // direct peers that get metrics, profiles and the details of /readyz
	Dashboard      fs.FS          // the built dashboard; nil: none
	OpenAPI        []byte         // JSON documents
	AsyncAPI       []byte
	Schemas        map[string][]byte     // JSON Schemas below /api/schemas/, by their names
	Logger         *slog.Logger          // nil: silent
	AccessLog      bool                  // logs each request at info, not at debug
	Registerer     prometheus.Registerer // nil: metrics are not published
	Metrics        http.Handler          // of GET /metrics; nil: 404
	Renderer       *render.Renderer      // nil: one that renders nothing ahead
	Cache          *Cache                // nil: each request reads the database
	// StartSpan, when set, begins the span of a request of the API, with the traceparent parent or
	// as the root of a trace, and returns the request's context. end is called once; route is "" for
	// paths that do not exist.
	StartSpan      func(r *http.Request, parent string) (ctx context.Context, end func(route string, status int))
	WrittenPerHour int // bytes that a user may add to the log on this node; 0: DefaultWrittenPerHour
}

// DefaultWrittenPerHour bounds what one account adds to the log, which keeps every version: about 4 000 versions of
// the longest post, or a million short ones.
const DefaultWrittenPerHour = 1 << 30

func (c Config) withDefaults() Config {
	c.WrittenPerHour = cmp.Or(c.WrittenPerHour, DefaultWrittenPerHour)
	if c.Dashboard == nil {
		c.Dashboard = embed.FS{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = http.NotFoundHandler()
	}
	if c.Renderer == nil {
		c.Renderer = render.NewRenderer()
	}
	return c
}

// System is the health of the node and its dependencies.
type System interface {
	// Ready returns one check for each dependency. It must be quick.
	Ready(ctx context.Context) []Check
	// Status returns the answer of GET /api/status.
	Status(ctx context.Context) Status
}

// Gateway sends events to signed-in clients. Its handlers authenticate their requests themselves.
type Gateway interface {
	http.Handler          // of GET /ws
	Stream() http.Handler // of GET /api/stream
}

type server struct {
	cfg     Config
	system  System
	cookies cookies
	auth    *auth.Service
	posts   *post.Service
	render  *render.Renderer
	written *limit.Budgets // bytes, for each user
	metrics metrics

	writing     limit.Priority // changes of posts in progress; public requests wait for them
	unavailable refusals
}

// NewHandler returns the handler of all HTTP requests: the API, the dashboard, and the operators' paths.
func NewHandler(authn *auth.Service, posts *post.Service, gateway Gateway, system System, cfg Config) http.Handler {
	cfg = cfg.withDefaults()
	s := &server{cfg: cfg, system: system, cookies: cookiesOf(cfg.Origin), auth: authn, posts: posts, render: cfg.Renderer, metrics: newMetrics(cfg.Registerer),
		written: limit.NewBudgets(cfg.WrittenPerHour, maxWriters)}
	mux := http.NewServeMux()

	mux.HandleFunc("POST /api/auth/login", s.fromOrigin(s.login))
	mux.HandleFunc("POST /api/auth/refresh", s.fromOrigin(s.refresh))
	mux.HandleFunc("POST /api/auth/logout", s.fromOrigin(s.logout))
	mux.HandleFunc("GET /api/auth/me", s.answer(s.me))
	mux.HandleFunc("POST /api/auth/password", s.identified(s.changePassword))
	mux.HandleFunc("POST /api/auth/reauthenticate", s.signedIn(s.reauthenticate))
	mux.HandleFunc("GET /api/auth/sessions", s.signedIn(s.listSessions))
	mux.HandleFunc("DELETE /api/auth/sessions", s.signedIn(s.revokeOtherSessions))
	mux.HandleFunc("DELETE /api/auth/sessions/{sessionId}", s.signedIn(s.revokeSession))

	mux.HandleFunc("GET /api/posts", s.signedIn(s.listPosts))
	mux.HandleFunc("POST /api/posts", s.signedIn(s.createPost))
	mux.HandleFunc("GET /api/posts/{id}", s.signedIn(s.getPost))
	mux.HandleFunc("PATCH /api/posts/{id}", s.signedIn(s.patchPost))
	mux.HandleFunc("DELETE /api/posts/{id}", s.signedIn(s.deletePost))
	mux.HandleFunc("PUT /api/posts/{id}/publish", s.signedIn(s.publishPost))
	mux.HandleFunc("GET /api/posts/{id}/history", s.signedIn(s.listHistory))
	mux.HandleFunc("POST /api/posts/{id}/restore", s.signedIn(s.restorePost))
	mux.HandleFunc("GET /api/categories", s.signedIn(listNames(posts.Categories)))
	mux.HandleFunc("GET /api/tags", s.signedIn(listNames(posts.Tags)))
	mux.HandleFunc("GET /api/authors", s.signedIn(listNames(posts.Authors)))
	mux.HandleFunc("POST /api/render", s.signedIn(s.renderMarkdown))
	mux.HandleFunc("GET /api/events", s.signedIn(s.listEvents))
	mux.HandleFunc("GET /api/status", s.signedIn(s.status))

	mux.HandleFunc("GET /api/users", s.signedIn(s.listUsers))
	mux.HandleFunc("POST /api/users", s.signedIn(s.createUser))
	mux.HandleFunc("PATCH /api/users/{userId}", s.signedIn(s.patchUser))

	mux.HandleFunc("GET /api/public/posts", s.answer(s.listPublic))
	mux.HandleFunc("GET /api/public/posts/{slug}", s.answer(s.getPublic))

	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.operatorsOnly(cfg.Metrics))
	mux.Handle("GET /debug/pprof/", s.operatorsOnly(profiles()))
	mux.HandleFunc("GET /api/openapi.json", document(cfg.OpenAPI))
	mux.HandleFunc("GET /api/asyncapi.json", document(cfg.AsyncAPI))
	mux.HandleFunc("GET /api/schemas/{name}", s.answer(s.getSchema))
	mux.Handle("GET /api/stream", http.NotFoundHandler()) // outer has it; here it makes the 405 of other methods
	mux.HandleFunc("/api/", s.answer(s.noRoute(mux)))
	mux.Handle("/", newDashboard(cfg.Dashboard, cfg.Origin, cfg.OtherOrigins))

	outer := http.NewServeMux()
	outer.HandleFunc("GET /ws", s.handOver(gateway))
	outer.HandleFunc("GET /api/stream", s.handOver(gateway.Stream()))
	outer.Handle("/", s.wrap(compress(mux)))
	return outer
}

func document(json []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(json)
	}
}
