package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Config configures Open.
type Config struct {
	// URL is sqlite:// and a file's path, or mysql://user:password@host:port/name.
	URL string
	// OnCommit, if set, is called with the events of each commit, in the form of After, before the
	// writes return. Several goroutines call it. It must not block, and may keep the slice. A commit
	// with a lost answer is not reported: readers find its events in the event log.
	OnCommit func([]event.Event)
	// StartSpan, if set, starts the span of a write, which covers the queue and the commit. It
	// returns the context whose event.TraceOf is stored with the events. end is called once.
	StartSpan func(context.Context) (ctx context.Context, end func(error))
	// Yield is for tools beside a server with the same SQLite file. It makes transactions short and
	// adds a pause after each: while a server runs, three times the duration of the transaction, at
	// least 5 ms and at most 1 s; else 5 ms.
	Yield bool
	// Watch is for servers: Changes reports commits of other processes. Without it, it reports nothing.
	Watch bool
	// ReadOnly opens an existing database with the schema of this version. Nothing is created,
	// migrated or written; every write fails. A SQLite file and its directory may be write-protected.
	ReadOnly bool
	Logger   *slog.Logger // nil: slog.Default()
	// Registerer, if set, gets the store's metrics.
	Registerer prometheus.Registerer

	sqliteDriver string // empty: sqlite; tests register others
}

// Store is an open database. Each of its parts implements the methods of one subject; the methods of
// all parts are its own, so that it implements the Store interfaces of post, auth, node, outbox and
// retention. Reads may start after Open, from any goroutine. Writes wait for Run. Close it after Run
// has returned.
type Store struct {
	*database
	*eventStore
	*indexer
	postStore
	accountStore
	relayStore
	nodeStore
	cleanupStore
	verifyStore
}

// database holds the connections, the queues of writes and the state that all parts share.
type database struct {
	cfg     Config
	dialect *dialect
	write   *sql.DB // used by the writers alone
	read    *reader
	probe   *sql.DB // keeps no connection; nil: a file, which is always the same database
	server  server
	install string                 // the id of the installation
	epoch   atomic.Pointer[string] // of the event log, at the last query of Position; nil: none yet

	queue    chan *writeOp
	urgent   chan *writeOp // served before queue
	indexing chan *writeOp // of the indexer, each in a transaction of its own
	closed   chan struct{} // closed when Run has returned: no writer serves the queues

	changes   changes
	committed chan struct{} // signals commits with events to the indexer; 1-buffered

	ids     ids
	rights  rightsCache
	health  writeHealth
	metrics metrics
}

// eventStore reads the event log.
type eventStore struct {
	*database
	gaps gaps
}

// postStore reads posts and runs the transactions that change them. It implements post.Store together
// with eventStore.
type postStore struct {
	*database
	log    *eventStore
	index  *indexer
	totals *totals

	searchSlots chan struct{} // its capacity is the number of concurrent searches
}

// accountStore keeps users and sessions. It implements auth.Store together with cleanupStore.
type accountStore struct{ *database }

// relayStore keeps the lease, the watermark, the epoch of the event log and the requests to fill the
// topic again.
type relayStore struct{ *database }

// nodeStore keeps the records of the nodes. It implements node.Store.
type nodeStore struct{ *database }

// cleanupStore deletes and thins old data. It implements retention.Store together with relayStore.
type cleanupStore struct {
	*database
	index *indexer
}

// verifyStore reads the tables for the checks of package verify.
type verifyStore struct {
	*database
	index *indexer
}

// CheckURL returns the problem of a Config's URL, and an example of a valid URL; both are empty for a
// valid one. The problem contains no password.
func CheckURL(raw string) (problem, example string) {
	scheme, rest, _ := strings.Cut(raw, "://")
	switch scheme {
	case "sqlite":
		if rest == "" {
			return "names no file", "sqlite:///var/lib/wiredesk/wiredesk.db"
		}
	case "mysql":
		if _, err := mysqlConfig(raw); err != nil {
			return err.Error(), "mysql://wiredesk:password@db.example.org:3306/wiredesk"
		}
	default:
		return "is no database that is supported", "sqlite:///var/lib/wiredesk/wiredesk.db"
	}
	return "", ""
}

// Open opens the database and migrates the schema to this version. It creates a missing SQLite file;
// a MySQL database must exist.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if problem, example := CheckURL(cfg.URL); problem != "" {
		return nil, fmt.Errorf("DATABASE_URL %s; for example %s", problem, example)
	}
	scheme, _, _ := strings.Cut(cfg.URL, "://")
	db, err := openDatabase(cfg, dialects[scheme])
	if err != nil {
		return nil, err
	}
	prepare := db.migrate
	if cfg.ReadOnly {
		prepare = db.checkSchema
	}
	err = prepare(ctx)
	if err == nil {
		err = db.loadInstallation(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return newStore(db), nil
}

// openDatabase opens the pools. It neither reads nor changes the schema.
func openDatabase(cfg Config, d *dialect) (*database, error) {
	db := &database{cfg: cfg, dialect: d, queue: make(chan *writeOp, maxQueue), urgent: make(chan *writeOp, maxUrgent), indexing: make(chan *writeOp, 1),
		closed: make(chan struct{}), committed: make(chan struct{}, 1), changes: changes{check: make(chan chan<- bool)}, metrics: newMetrics(cfg.Registerer)}
	if db.cfg.Logger == nil {
		db.cfg.Logger = slog.Default()
	}
	db.server.onChange = db.serverChanged
	write, read, err := d.open(db)
	if err != nil {
		return nil, err
	}
	db.write, db.read = write, newReader(read)
	return db, nil
}

func newStore(db *database) *Store {
	log := &eventStore{database: db}
	index := newIndexer(db, log)
	index.registerMetrics(db.cfg.Registerer)
	return &Store{
		database:     db,
		eventStore:   log,
		indexer:      index,
		postStore:    postStore{database: db, log: log, index: index, totals: new(totals), searchSlots: make(chan struct{}, db.read.db.Stats().MaxOpenConnections/2)},
		accountStore: accountStore{db},
		relayStore:   relayStore{db},
		nodeStore:    nodeStore{db},
		cleanupStore: cleanupStore{db, index},
		verifyStore:  verifyStore{db, index},
	}
}

// file returns the path of SQLite's file.
func (db *database) file() string { return strings.TrimPrefix(db.cfg.URL, "sqlite://") }

// Close releases the connections.
func (db *database) Close() error {
	err := errors.Join(db.read.Close(), db.write.Close())
	if db.probe != nil {
		err = errors.Join(err, db.probe.Close())
	}
	return err
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
