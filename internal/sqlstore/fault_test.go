package sqlstore_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/verify"
)

// faultyWrite is a write of a group in which a statement meets a fault.
type faultyWrite struct {
	name   string
	do     func() error
	stored func() bool
	never  bool // it breaks a rule, and fails without a fault too
}

// groupOfWrites returns writes of all kinds, on posts that it makes.
func groupOfWrites(t *testing.T, store *sqlstore.Store, round int) []faultyWrite {
	svc := post.NewService(store)
	var ids []int64
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		ids = nil
		for i := range 4 {
			s := post.Summary{Title: fmt.Sprint("post ", i), Slug: fmt.Sprintf("r%d-%d", round, i), AuthorName: "A", Tags: []string{"a"}}
			id, err := add(tx, s, "old")
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	}))
	_, err := svc.Delete(t.Context(), ana, ids[3], 0, post.Request{})
	testkit.Must(t, err)
	mark := fmt.Sprint("round ", round)
	exists := func(slug string) func() bool {
		return func() bool { _, err := store.BySlug(t.Context(), slug); return err == nil }
	}
	read := func(id int64, is func(post.Post) bool) func() bool {
		return func() bool {
			doc, err := store.Get(t.Context(), id)
			if err != nil {
				return false
			}
			p, err := doc.Decode()
			testkit.Must(t, err)
			return is(p)
		}
	}
	create := func(slug string, req post.Request) func() error {
		body := patch(t, map[string]any{"title": mark, "slug": slug, "content": strings.Repeat(mark+"\n", 200), "tags": []string{"a", "b"}})
		return func() error { _, err := svc.Create(t.Context(), ana, body, req); return err }
	}
	all, err := post.ParsePatch(fmt.Appendf(nil, `{"title":%q,"authorName":%q}`, mark, mark))
	testkit.Must(t, err)
	keyed, raw := fmt.Sprintf("keyed-%d", round), fmt.Sprintf("raw-%d", round)
	return []faultyWrite{
		{name: "edit", stored: read(ids[0], func(p post.Post) bool { return p.Title == mark }), do: func() error {
			_, err := svc.Edit(t.Context(), ana, ids[0], 1, all, post.EditOptions{}, post.Request{})
			return err
		}},
		{name: "publish", stored: read(ids[1], func(p post.Post) bool { return p.Published }), do: func() error {
			_, err := svc.Publish(t.Context(), ana, ids[1], 0, true, post.Request{})
			return err
		}},
		{name: "delete", stored: func() bool { return !exists(fmt.Sprintf("r%d-2", round))() }, do: func() error {
			_, err := svc.Delete(t.Context(), ana, ids[2], 0, post.Request{})
			return err
		}},
		{name: "restore", stored: exists(fmt.Sprintf("r%d-3", round)), do: func() error {
			_, err := svc.Restore(t.Context(), ana, ids[3], 1, false, post.Request{})
			return err
		}},
		{name: "create", stored: exists(keyed), do: create(keyed, post.Request{Key: keyed, Fingerprint: []byte("f")})},
		{name: "duplicate", never: true, stored: exists(raw), do: func() error {
			return store.Update(t.Context(), 0, func(tx post.Tx) error {
				_, _ = add(tx, post.Summary{Title: "x", Slug: fmt.Sprintf("r%d-0", round)}, "")
				_, err := add(tx, post.Summary{Title: "x", Slug: raw}, "")
				if err == nil {
					err = errOwn
				}
				return err
			})
		}},
	}
}

// makeTogether makes writes in one group, of which a statement meets the fault that arm sets,
// and checks that those which succeeded, and no others, are stored. It returns what disarm does.
func makeTogether(t *testing.T, store *sqlstore.Store, cfg faultConfig, what string, writes []faultyWrite, arm func()) (statement string) {
	t.Helper()
	release, rest := hold(store, cfg.URL)
	outcomes, answers := make([]chan error, len(writes)), make([]error, len(writes))
	for i, w := range writes {
		outcomes[i] = make(chan error, 1)
		go func() { outcomes[i] <- w.do() }()
		synctest.Wait()
	}
	before, err := store.Head(t.Context())
	testkit.Must(t, err)
	arm()
	release()
	for i := range writes {
		answers[i] = <-outcomes[i]
	}
	statement = cfg.disarm()
	rest()
	var succeeded int64
	failed := 0
	for i, w := range writes {
		err, stored := answers[i], w.stored()
		if err == nil {
			succeeded++
		}
		unsure := err != nil && strings.Contains(err.Error(), "not known")
		if err != nil && !w.never && !unsure {
			failed++
		}
		if stored != (err == nil) && !unsure || w.never && err == nil {
			t.Errorf("%s, %s: the %s is stored: %v, and its answer was %v", what, statement, w.name, stored, err)
		}
	}
	if failed > cfg.blames {
		t.Errorf("%s, %s: %d writes failed by a fault that passed: %v", what, statement, failed, answers)
	}
	after, err := store.Head(t.Context())
	testkit.Must(t, err)
	if events := len(log(t, store)); after-before < succeeded {
		t.Errorf("%s, %s: %d writes succeeded, the numbers go from %d to %d, and %d events are in the log", what, statement, succeeded, before, after, events)
	}
	return statement
}

// faultConfig is a database with a fault that can be set.
type faultConfig struct {
	sqlstore.Config
	arm    func(n int)   // the n-th statement from now on, counted from 0, meets the fault
	disarm func() string // the statement that has met it; empty: none has
	step   int           // each so many-th statement of a group is tried
	blames int           // writes that may fail by the fault, which occurs once
}

// atEachStatement makes a group of writes for each of its statements, which meets the fault,
// and verifies the database at the end. What OnCommit was given is in the log.
func atEachStatement(t *testing.T, cfg faultConfig) {
	var mu sync.Mutex
	var reported []event.Event
	cfg.OnCommit = func(events []event.Event) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, events...)
	}
	statement := 0
	synctest.Test(t, func(t *testing.T) {
		store := open(t, cfg.Config)
		for ; !t.Failed(); statement += cfg.step {
			writes := groupOfWrites(t, store, statement)
			if makeTogether(t, store, cfg, fmt.Sprint("statement ", statement), writes, func() { cfg.arm(statement) }) == "" {
				break
			}
		}
	})
	if statement < 15 && !t.Failed() {
		t.Errorf("a group had %d statements", statement)
	}
	ids := map[int64]string{}
	for _, e := range log(t, open(t, sqlstore.Config{URL: cfg.URL})) {
		ids[e.Seq] = e.ID
	}
	for _, e := range reported {
		if ids[e.Seq] != e.ID {
			t.Errorf("event %d %s was reported, and the log has %q", e.Seq, e.ID, ids[e.Seq])
		}
	}
	if len(reported) < len(ids)/2 {
		t.Errorf("%d of %d events were reported", len(reported), len(ids))
	}
	mustVerify(t, cfg.URL)
}

// mustVerify fails unless verify finds the log, the posts and their lists whole.
func mustVerify(t *testing.T, url string) {
	t.Helper()
	store := open(t, sqlstore.Config{URL: url})
	broker, err := embedded.Open(embedded.Config{Dir: t.TempDir()})
	testkit.Must(t, err)
	defer broker.Close()
	topic := broker.ClientConfig(kafka.Config{Topic: "blog-events", Partitions: 3})
	producer, err := kafka.NewProducer(topic)
	testkit.Must(t, err)
	defer producer.Close()
	testkit.Must(t, producer.EnsureTopic(t.Context()))
	checkVerified(t, store, topic)
}

// checkVerified fails the test unless verify finds no problem.
func checkVerified(t *testing.T, store *sqlstore.Store, topic kafka.Config) {
	t.Helper()
	report, err := verify.Check(t.Context(), store, topic, verify.Config{})
	testkit.Must(t, err)
	if report.Problems() > 0 {
		var text strings.Builder
		testkit.Must(t, report.Print(&text))
		t.Errorf("not verified:\n%s", text.String())
	}
}

// TestSQLite_endsTheTransaction: SQLite rolls a transaction back by itself, with any error
// or without one, at each statement of a group. Nothing of it is stored outside of a
// transaction; every write is made anew, or fails.
func TestSQLite_endsTheTransaction(t *testing.T) {
	for name, fault := range map[string]sqliteFault{
		"unseen":           rollsBackUnseen,
		"nomem":            rollsBack(codeError(sqlite3.SQLITE_NOMEM)),
		"corrupt":          rollsBack(codeError(sqlite3.SQLITE_CORRUPT)),
		"unique":           rollsBack(codeError(sqlite3.SQLITE_CONSTRAINT_UNIQUE)),
		"cannot allocate":  rollsBack(errors.New("sqlite: cannot allocate 60000 bytes of memory")),
		"database is full": fillsUp,
	} {
		t.Run(name, func(t *testing.T) {
			driver, registered := registerFaulty(t)
			cfg := sqlstore.WithSQLiteDriver(sqlstore.Config{URL: sqliteURL(t)}, registered)
			atEachStatement(t, faultConfig{cfg, func(n int) { driver.arm(n, fault) }, driver.disarm, stepOf(name, "nomem"),
				blamesOf(name, "unseen", "cannot allocate", "nomem")})
		})
	}
}

// stepOf is 1 for the fault that is tried at every statement, and 5 for the others, unless
// WIREDESK_FAULTS is set.
func stepOf(name, all string) int {
	if name == all || os.Getenv("WIREDESK_FAULTS") != "" {
		return 1
	}
	return 5
}

// blamesOf is 0 for the faults after which the whole group is made anew, and 1 for those
// that are taken for the fault of the write that met them.
func blamesOf(name string, anew ...string) int {
	if slices.Contains(anew, name) {
		return 0
	}
	return 1
}

// fillsUp leaves no room in the database for the statement and those after it, until one
// has failed: then the connection is closed.
func fillsUp(conn sqliteConn, run func() error) error {
	if err := execOn(conn, "PRAGMA max_page_count = 1"); err != nil { // the present size is the least
		return err
	}
	defer execOn(conn, "PRAGMA max_page_count = 1073741823")
	return run()
}

// TestMySQL_endsTheTransaction: the server rolls back by itself and answers with an error,
// or is cut off, at each statement of a group.
func TestMySQL_endsTheTransaction(t *testing.T) {
	faults := map[string]fate{"cut before": cutBefore, "cut after": cutAfter}
	for name, number := range map[string]uint16{
		"lock table full": 1206, "packet too large": 1153, "read-only": 1290, "another error": 1105,
	} {
		faults[name] = rollBackWith(number)
	}
	for name, fate := range faults {
		t.Run(name, func(t *testing.T) {
			onMySQL(t, func(t *testing.T, url string) {
				proxy, through := newProxy(t, url)
				atEachStatement(t, faultConfig{sqlstore.Config{URL: through}, func(n int) { proxy.atStatement(n, fate) }, proxy.disarm,
					stepOf(name, "lock table full"), blamesOf(name, "lock table full", "read-only", "cut before", "cut after")})
			})
		})
	}
}

// TestMySQL_idsAreRefused: a server that gives out no ids fails the transaction, which is
// then made anew, and not the write alone.
func TestMySQL_idsAreRefused(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		proxy, through := newProxy(t, url)
		store := open(t, sqlstore.Config{URL: through})
		proxy.on("LAST_INSERT_ID(value + 64)", rollBackWith(1290))
		mustAdd(t, store, post.Summary{Title: "x"}, "")
		mustVerify(t, url)
	})
}

// TestMySQL_nameTheSetting: the error of a refused change names the setting to change.
func TestMySQL_nameTheSetting(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		proxy, through := newProxy(t, url)
		store := open(t, sqlstore.Config{URL: through})
		for number, text := range map[uint16]string{1153: "max_allowed_packet", 1290: "read-only"} {
			err := store.Update(t.Context(), 0, func(tx post.Tx) error {
				proxy.on("INSERT INTO posts ", rollBackWith(number)) // at each attempt
				_, err := add(tx, post.Summary{Title: "x"}, "")
				return err
			})
			if err == nil || !strings.Contains(err.Error(), text) || fault.KindOf(err) != map[uint16]fault.Kind{1153: fault.Full, 1290: fault.Unavailable}[number] {
				t.Errorf("error %d: %v", number, err)
			}
		}
		mustVerify(t, url)
	})
}
