package post_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/jsonobj"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/test/services"
)

var (
	ana = auth.Actor{ID: 3, Name: "Ana", Role: auth.Editor}
	bo  = auth.Actor{ID: 4, Name: "Bo", Role: auth.Admin}
	vic = auth.Actor{ID: 5, Name: "Vic", Role: auth.Viewer}
)

// fixture is the service over a real database. Its methods must* fail the test on an error.
type fixture struct {
	*testing.T
	store *sqlstore.Store
	*post.Service
	url string // of the database
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	return newFixtureOn(t, sqliteURL(t))
}

func sqliteURL(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "wiredesk.db") }

// onEach runs a test on a database of each kind.
func onEach(t *testing.T, test func(d fixture)) {
	for name, newURL := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "mysql": services.MySQL} {
		if name == "mysql" && !services.Running() {
			continue
		}
		t.Run(name, func(t *testing.T) { test(newFixtureOn(t, newURL(t))) })
	}
}

func newFixtureOn(t *testing.T, url string) fixture {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, store.Close()); err != nil {
			t.Error(err)
		}
	})
	return fixture{t, store, post.NewService(store), url}
}

// on is the fixture for a subtest.
func (d fixture) on(t *testing.T) fixture {
	d.T = t
	return d
}

func (d fixture) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d fixture) decode(doc post.Doc) post.Post {
	d.Helper()
	p, err := doc.Decode()
	d.must(err)
	if doc.ID != p.ID || doc.Version != p.Version {
		d.Fatalf("document %d/%d holds post %d/%d", doc.ID, doc.Version, p.ID, p.Version)
	}
	return p
}

func (d fixture) mustCreate(body string) post.Post {
	d.Helper()
	result, err := d.create(ana, body, post.Request{})
	d.must(err)
	return d.decode(result.Doc)
}

func (d fixture) create(by auth.Actor, body string, req post.Request) (post.Result, error) {
	p, err := post.ParseNew([]byte(body))
	if err != nil {
		return post.Result{}, err
	}
	return d.Create(d.Context(), by, p, req)
}

func (d fixture) mustEdit(id, base int64, body string) post.Post {
	d.Helper()
	doc, err := d.edit(id, base, body)
	d.must(err)
	return d.decode(doc)
}

func (d fixture) edit(id, base int64, body string) (post.Doc, error) {
	result, err := d.save(id, base, body, post.EditOptions{})
	return result.Doc, err
}

func (d fixture) save(id, base int64, body string, opts post.EditOptions) (post.Result, error) {
	p, err := post.ParsePatch([]byte(body))
	if err != nil {
		return post.Result{}, err
	}
	return d.Edit(d.Context(), ana, id, base, p, opts, post.Request{})
}

// mustDraft is mustEdit that readers do not see.
func (d fixture) mustDraft(id, base int64, body string) post.Post {
	d.Helper()
	result, err := d.save(id, base, body, post.EditOptions{KeepLive: true})
	d.must(err)
	return d.decode(result.Doc)
}

func (d fixture) mustPublish(id int64, published bool) post.Post {
	d.Helper()
	result, err := d.Publish(d.Context(), ana, id, 0, published, post.Request{})
	d.must(err)
	return d.decode(result.Doc)
}

func (d fixture) mustDelete(id int64) {
	d.Helper()
	_, err := d.Delete(d.Context(), ana, id, 0, post.Request{})
	d.must(err)
}

func (d fixture) mustRestore(id, version int64) post.Post {
	d.Helper()
	result, err := d.Restore(d.Context(), ana, id, version, false, post.Request{})
	d.must(err)
	return d.decode(result.Doc)
}

func (d fixture) mustGet(id int64) post.Post {
	d.Helper()
	doc, err := d.Get(d.Context(), vic, id)
	d.must(err)
	return d.decode(doc)
}

// events returns the whole log.
func (d fixture) events() []event.Event {
	d.Helper()
	events, err := d.After(d.Context(), vic, 0, 1000)
	d.must(err)
	return events
}

// unchanged fails the test when do adds an event.
func (d fixture) unchanged(do func()) {
	d.Helper()
	before := len(d.events())
	do()
	if after := len(d.events()); after != before {
		d.Errorf("%d events were added", after-before)
	}
}

// dropLog drops the whole log, as the retention does.
func (d fixture) dropLog() {
	d.Helper()
	head, err := d.store.Head(d.Context())
	d.must(err)
	_, err = d.store.DropEvents(d.Context(), time.Now().Add(time.Hour), head)
	d.must(err)
}

// exec runs a statement on an SQLite database, beside the store.
func (d fixture) exec(statement string) {
	d.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(d.url, "sqlite://")+"?_pragma=busy_timeout(5000)")
	d.must(err)
	defer db.Close()
	_, err = db.Exec(statement)
	d.must(err)
}

// thin removes the content of an event of an SQLite database, as the clean-up does with an
// autosaved version.
func (d fixture) thin(id, version int64) {
	d.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(d.url, "sqlite://")+"?_pragma=busy_timeout(5000)")
	d.must(err)
	defer db.Close()
	var data []byte
	d.must(db.QueryRow("SELECT data FROM events WHERE post_id = ? AND version = ?", id, version).Scan(&data))
	thinned, err := jsonobj.Without(data, "content")
	d.must(err)
	thinned = append(thinned[:len(thinned)-1], `,"contentHash":"`+strings.Repeat("0", 64)+`"}`...)
	_, err = db.Exec("UPDATE events SET data = ? WHERE post_id = ? AND version = ?", []byte(thinned), id, version)
	d.must(err)
}

// want fails the test unless err is of that kind.
func (d fixture) want(kind fault.Kind, err error) {
	d.Helper()
	if err == nil || fault.KindOf(err) != kind {
		d.Errorf("got %v (kind %d), want kind %d", err, fault.KindOf(err), kind)
	}
}

// broken returns the names of the fields that an Invalid fault lists, one for each entry.
func broken(err error) []string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return nil
	}
	names := []string{}
	for _, field := range f.Fields {
		if field.Message != "" {
			names = append(names, field.Name)
		}
	}
	return names
}

// body encodes the members of a request.
func body(t *testing.T, members map[string]any) string {
	t.Helper()
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
