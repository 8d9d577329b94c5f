package rest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wiredesk/wiredesk/api"
	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/rest"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const (
	origin   = "http://desk.test"
	password = "correct horse battery"
	secret   = "a signing secret of more than 32 bytes"
)

// desk is the HTTP edge over real parts: a database in a file and the real services.
type desk struct {
	testing.TB
	store    *trap
	cache    *rest.Cache
	auth     *auth.Service
	posts    *post.Service
	handler  http.Handler
	system   *system
	registry *prometheus.Registry
	log      *testkit.LogBuffer
	users    map[auth.Role]auth.User
	tokens   map[auth.Role]string
	stop     func() // ends the database's writer, and returns when it has ended
	made     int    // posts by fresh
}

// newDesk returns a desk with one user of each role, each signed in. adjust may change the configuration.
func newDesk(t testing.TB, adjust ...func(*rest.Config)) *desk {
	t.Helper()
	return newDeskAt(t, sqliteURL(t), adjust...)
}

func sqliteURL(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "desk.db") }

// openStore opens the database at url and runs its writer until stop. onCommit gets the events of its commits.
func openStore(t testing.TB, url string, log *slog.Logger, onCommit func([]event.Event)) (store *sqlstore.Store, stop func()) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, Logger: log, OnCommit: onCommit})
	testkit.Must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	return store, sync.OnceFunc(func() {
		cancel()
		testkit.Must(t, errors.Join(<-ended, store.Close()))
	})
}

// newDeskAt is newDesk with the database at url.
func newDeskAt(t testing.TB, url string, adjust ...func(*rest.Config)) *desk {
	t.Helper()
	d := &desk{TB: t, log: new(testkit.LogBuffer), system: healthy(), registry: prometheus.NewRegistry(),
		users: map[auth.Role]auth.User{}, tokens: map[auth.Role]string{}}
	log := slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store, stop := openStore(t, url, log, func(events []event.Event) { d.cache.Seen(events) })
	d.stop = stop
	t.Cleanup(d.stop)

	d.cache = rest.NewCache(store, d.registry)
	d.store = &trap{Store: store}
	var err error
	d.auth, err = auth.NewService(store, auth.Config{Secret: []byte(secret), Logger: log})
	testkit.Must(t, err)
	d.posts = post.NewService(d.store)
	d.addUsers(store)
	cfg := rest.Config{
		Origin: origin, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		MetricsAllow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("127.0.0.0/8")}, // of httptest
		Dashboard:    built, OpenAPI: api.OpenAPI(), AsyncAPI: api.AsyncAPI(), Schemas: map[string][]byte{"post-v1.json": api.JSONSchema("Post", origin+"/api/schemas/post-v1.json")}, Logger: log, Registerer: d.registry,
		Metrics: promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{}), Cache: d.cache,
	}
	for _, f := range adjust {
		f(&cfg)
	}
	d.handler = rest.NewHandler(d.auth, d.posts, refusingGateway{}, d.system, cfg)
	return d
}

// addUsers costs one hash of the password for all.
func (d *desk) addUsers(store *sqlstore.Store) {
	d.Helper()
	for _, role := range []auth.Role{auth.Admin, auth.Editor, auth.Viewer} {
		email := string(role) + "@desk.test"
		if role == auth.Admin {
			_, err := d.auth.Bootstrap(d.Context(), email, password)
			testkit.Must(d, err)
			d.users[role], err = store.User(d.Context(), 1)
			testkit.Must(d, err)
		} else {
			u := d.users[auth.Admin]
			u.Email, u.Name, u.Role = email, "An "+string(role), role
			testkit.Must(d, store.UpdateAccess(d.Context(), func(tx auth.Tx) (err error) {
				d.users[role], err = tx.InsertUser(u)
				return err
			}))
		}
		d.tokens[role] = d.signIn(role).Access
	}
}

// signIn opens a new session, without the cost of a password.
func (d *desk) signIn(role auth.Role) auth.Tokens {
	d.Helper()
	tokens, err := d.auth.OpenSession(d.Context(), string(role)+"@desk.test", "a browser")
	testkit.Must(d, err)
	return tokens
}

// answer is a response as a whole.
type answer struct {
	*httptest.ResponseRecorder
	body string
}

// text is the part of the answer in which a scenario's has and hasNot are searched.
func (a answer) text() string {
	var b strings.Builder
	if err := a.Header().Write(&b); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n") + "\n" + a.body
}

// do sends a request and checks the answer against the OpenAPI document.
func (d *desk) do(as auth.Role, call, body string, header ...string) answer {
	d.Helper()
	return d.send(d.request(as, call, body, header...), body)
}

// raw sends a request whose answer is not JSON as it travels.
func (d *desk) raw(as auth.Role, call, body string, header ...string) answer {
	d.Helper()
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, d.request(as, call, body, header...))
	return answer{rec, rec.Body.String()}
}

func (d *desk) request(as auth.Role, call, body string, header ...string) *http.Request {
	method, target, _ := strings.Cut(call, " ")
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if as != "" {
		req.Header.Set("Authorization", "Bearer "+d.tokens[as])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	return req
}

func (d *desk) send(req *http.Request, body string) answer {
	d.Helper()
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, req)
	a := answer{rec, rec.Body.String()}
	if err := conforms(req, body, a); err != nil {
		d.Errorf("%s %s: %v", req.Method, req.URL, err)
	}
	if leak := leaked(a); leak != "" {
		d.Errorf("%s %s: the answer tells %q:\n%s", req.Method, req.URL, leak, a.body)
	}
	return a
}

// leaked returns details that an error must never have: SQL, file names, Go.
func leaked(a answer) string {
	if a.Code < 400 {
		return ""
	}
	body := a.body
	if id := a.Header().Get("X-Request-Id"); id != "" {
		body = strings.ReplaceAll(body, id, "") // random letters, which may spell anything
	}
	for _, secret := range []string{"SELECT", "INSERT", "UPDATE ", "sqlite", "SQL", "/tmp", "desk.db", ".go:", "goroutine", "panic", "Go value", "struct {", password} {
		if strings.Contains(body, secret) {
			return secret
		}
	}
	return ""
}

// fresh makes a draft by the editor. Its title and slug are unique.
func (d *desk) fresh() (id int64) {
	d.Helper()
	d.made++
	p, err := post.ParseNew(fmt.Appendf(nil, `{"title":"Fresh %d","content":"Some words."}`, d.made))
	testkit.Must(d, err)
	result, err := d.posts.Create(d.Context(), d.actor(auth.Editor), p, post.Request{})
	testkit.Must(d, err)
	return result.Doc.ID
}

func (d *desk) actor(role auth.Role) auth.Actor {
	u := d.users[role]
	return auth.Actor{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role}
}

// edit changes a post as another user.
func (d *desk) edit(id, base int64, patch string) {
	d.Helper()
	p, err := post.ParsePatch([]byte(patch))
	testkit.Must(d, err)
	_, err = d.posts.Edit(d.Context(), d.actor(auth.Admin), id, base, p, post.EditOptions{}, post.Request{})
	testkit.Must(d, err)
}

// eventsAfter returns the types of the events that follow seq.
func (d *desk) eventsAfter(seq int64) []event.Type {
	d.Helper()
	events, err := d.store.After(context.Background(), seq, 1000)
	testkit.Must(d, err)
	var types []event.Type
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}

func (d *desk) head() int64 {
	d.Helper()
	head, err := d.store.Head(context.Background())
	testkit.Must(d, err)
	return head
}

// trap is the database, with errors on request.
type trap struct {
	*sqlstore.Store
	spring func() error // called before each access of a post; nil: all is well
	stored *string      // the content that live posts have, as if stored by an older version
}

func (s *trap) Live(ctx context.Context, slug string) (post.Doc, string, error) {
	doc, moved, err := s.Store.Live(ctx, slug)
	if err != nil || s.stored == nil {
		return doc, moved, err
	}
	whole, err := doc.Decode()
	if err != nil {
		return doc, moved, err
	}
	whole.Content = *s.stored
	_, doc, err = whole.Encode()
	return doc, moved, err
}

func (s *trap) Update(ctx context.Context, id int64, change func(post.Tx) error) error {
	if s.spring != nil {
		if err := s.spring(); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, id, change)
}

func (s *trap) Get(ctx context.Context, id int64) (post.Doc, error) {
	if s.spring != nil {
		if err := s.spring(); err != nil {
			return post.Doc{}, err
		}
	}
	return s.Store.Get(ctx, id)
}

// system is the state of the machinery, as a test wants it.
type system struct {
	checks []rest.Check
	status rest.Status
}

func healthy() *system {
	return &system{
		checks: []rest.Check{{Name: "database"}, {Name: "kafka", Detail: "3 partitions"}},
		status: rest.Status{Head: 7, Relay: rest.RelayStatus{Healthy: true}, Kafka: rest.KafkaStatus{Mode: "embedded", Healthy: true},
			Database: rest.DatabaseStatus{Kind: "sqlite", Healthy: true}, Node: "n1", Version: "v1"},
	}
}

func (s *system) Ready(context.Context) []rest.Check { return s.checks }

func (s *system) Status(context.Context) rest.Status { return s.status }

// refusingGateway is the gateway as a request without a token finds it.
type refusingGateway struct{}

func (refusingGateway) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusUpgradeRequired, "WebSocket only.")
}

func (refusingGateway) Stream() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusUnauthorized, "No token.") })
}

func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"about:blank","title":%q,"status":%d,"detail":%q,"requestId":""}`, http.StatusText(status), status, detail)
}

// built is a dashboard as a build makes it.
var built = fstest.MapFS{
	"index.html":       {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__"><meta name="wiredesk-origin" content="__ORIGIN__"><div id="root"></div>`)},
	"assets/app-1a.js": {Data: []byte(strings.Repeat("console.info('the dashboard');\n", 200))},
	"assets/tiny.css":  {Data: []byte("a{color:red}")},
	"favicon.svg":      {Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")},
	".keep":            {Data: []byte("secret of the build")},
}

// forget drops the whole event log, as the retention does.
func (d *desk) forget() {
	d.Helper()
	_, err := d.store.DropEvents(context.Background(), time.Now().Add(time.Hour), d.head())
	testkit.Must(d, err)
}
