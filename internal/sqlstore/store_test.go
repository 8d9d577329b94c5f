package sqlstore_test

import (
	stdcmp "cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// suite is what every database must do. newURL names an empty one.
func suite(t *testing.T, newURL func(testing.TB) string) {
	for name, run := range map[string]func(t *testing.T, url string){
		"Numbers_haveNoGap":                   numbersHaveNoGap,
		"Numbers_haveNoGapOverTwoProcesses":   numbersOfTwoProcesses,
		"Nodes_onTheSamePosts":                nodesOnTheSamePosts,
		"Nodes_withTheSameSlug":               nodesWithTheSameSlug,
		"Nodes_withTheSameKey":                nodesWithTheSameKey,
		"Group_aFailedWriteUndoesItselfAlone": failedWriteUndoesItselfAlone,
		"Group_withoutTheGuiltyOne":           groupWithoutTheGuiltyOne,
		"Group_mergesItsOwnEdits":             groupMergesItsOwnEdits,
		"Group_ofLargeEvents":                 groupOfLargeEvents,
		"Group_indexesWhatItCommits":          groupIndexesWhatItCommits,
		"Group_doesNotBlockReaders":           groupDoesNotBlockReaders,
		"Queue_isBounded":                     queueIsBounded,
		"Queue_skipsWhoWentAway":              queueSkipsWhoWentAway,
		"Queue_isEmptiedAtTheStop":            queueIsEmptiedAtTheStop,
		"Posts":                               posts,
		"IdempotentResults":                   idempotentResults,
		"Imports":                             imports,
		"Events_inPages":                      eventsInPages,
		"Events_pagesAreBoundedInBytes":       eventPagesAreBounded,
		"Events_areDroppedFromTheStart":       eventsAreDropped,
		"Events_changedSince":                 changedSince,
		"Trace_ofEvents":                      traceOfEvents,
		"Epoch_ofTheLog":                      epochsOfTheLog,
		"Events_theLastIsKept":                lastEventIsKept,
		"Gap_endsAPage":                       gapEndsAPage,
		"Gap_atTheStart":                      gapAtTheStart,
		"Gap_ofLostEvents":                    gapOfLostEvents,
		"ReadOnly_opensItsOwnSchema":          readOnlyOpensItsOwnSchema,
		"Lease":                               lease,
		"Lease_expires":                       leaseExpires,
		"Lease_goesPastTheQueue":              leaseGoesPastTheQueue,
		"List_everyOrderAndFilter":            listEveryOrderAndFilter,
		"List_whilePostsChange":               listWhilePostsChange,
		"Live_search":                         liveSearch,
		"List_categories":                     listCategories,
		"List_commonLabels":                   listCommonLabels,
		"List_totalsFollowChanges":            listTotalsFollowChanges,
		"List_labels":                         listLabels,
		"Bin":                                 bin,
		"Bin_lists":                           binLists,
		"Bin_keepsWhatTheLogHas":              binKeepsWhatTheLogHas,
		"Bin_searchIsBounded":                 deletedSearchIsBounded,
		"Migration_fillsTheLists":             migrationFillsTheLists,
		"Search":                              searchFinds,
		"Search_afterChanges":                 searchAfterChanges,
		"Search_goesPastLongPosts":            searchGoesPastLongPosts,
		"Search_phrasesInManyPosts":           searchPhrasesInManyPosts,
		"Search_fewAndManyMatches":            searchFewAndManyMatches,
		"Search_pastLargePosts":               searchPastLargePosts,
		"Index_follows":                       indexFollows,
		"Index_catchesUp":                     indexCatchesUp,
		"Index_ofSeveralNodes":                indexOfSeveralNodes,
		"Index_isTakenOver":                   indexIsTakenOver,
		"Index_inParts":                       indexInParts,
		"Index_ofLargePosts":                  indexOfLargePosts,
		"Index_isRebuilt":                     indexIsRebuilt,
		"Index_withoutItsEvents":              indexWithoutItsEvents,
		"Users":                               users,
		"Users_theLastAdmin":                  lastAdmin,
		"Sessions":                            sessions,
		"Sessions_rotateOnce":                 sessionsRotateOnce,
		"Epoch":                               epoch,
		"Nodes_rows":                          nodeRows,
		"CleanUp_isClaimedOnce":               cleanUpIsClaimedOnce,
		"CleanUp_deletesAll":                  cleanUpDeletesAll,
		"Thin_autosaves":                      autosavesAreThinned,
		"Thin_longRuns":                       longRunsAreThinned,
		"Thin_notTheLiveVersion":              liveVersionIsNotThinned,
		"Thin_goesOnAfterAStop":               thinningGoesOnAfterAStop,
		"Thin_onSeveralNodes":                 nodesThinTogether,
		"Thin_notADamagedEvent":               damagedEventIsNotThinned,
	} {
		t.Run(name, func(t *testing.T) { run(t, newURL(t)) })
	}
}

func TestSQLite(t *testing.T) { suite(t, sqliteURL) }

func TestMySQL(t *testing.T) {
	if services.Running() {
		suite(t, services.MySQL)
	}
}

// sqliteURL names a database that does not exist yet.
func sqliteURL(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "wiredesk.db")
}

// start opens a database and runs its writer; stop ends it and closes the database.
func start(t testing.TB, cfg sqlstore.Config) (store *sqlstore.Store, stop func() error) {
	t.Helper()
	cfg.Logger = stdcmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	store, err := sqlstore.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	return store, func() error {
		cancel()
		return errors.Join(<-ended, store.Close())
	}
}

// open is start for a database that stays until the test ends.
func open(t testing.TB, cfg sqlstore.Config) *sqlstore.Store {
	t.Helper()
	store, stop := start(t, cfg)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("got %v (kind %d), want kind %d", err, fault.KindOf(err), kind)
	}
}

var day = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// add stores a new post, with its event.
func add(tx post.Tx, s post.Summary, content string) (id int64, err error) {
	if s.ID, err = tx.NextID(); err != nil {
		return 0, err
	}
	if s.Slug == "" {
		s.Slug = fmt.Sprintf("post-%d", s.ID)
	}
	if s.CreatedAt.IsZero() {
		s.CreatedAt = day
	}
	if s.UpdatedAt.IsZero() {
		s.UpdatedAt = s.CreatedAt
	}
	s.Version = 1
	if s.Published {
		s.LiveVersion = &s.Version
		if s.PublishedAt == nil {
			s.PublishedAt = &s.CreatedAt
		}
	}
	p := post.Post{Summary: s, Content: content}
	summary, doc, err := p.Encode()
	if err != nil {
		return 0, err
	}
	if err := tx.Insert(p, summary); err != nil {
		return 0, err
	}
	if s.Published {
		if err := tx.Show(p, summary); err != nil {
			return 0, err
		}
	}
	return s.ID, tx.Emit(event.Event{ID: "e", Type: event.Created, PostID: s.ID, Version: 1, Time: s.CreatedAt, Changed: []string{"title"}, Data: doc.JSON})
}

// change stores the post's next version, with its event.
func change(tx post.Tx, id int64, do func(*post.Post)) error {
	p, err := tx.Get(id)
	if err != nil {
		return err
	}
	do(&p)
	p.Version++
	summary, doc, err := p.Encode()
	if err != nil {
		return err
	}
	if err := tx.Replace(p, summary, []string{"content", "title"}); err != nil {
		return err
	}
	return tx.Emit(event.Event{ID: "e", Type: event.Updated, PostID: id, Version: p.Version, Time: day, Changed: []string{"content", "title"}, Data: doc.JSON})
}

func mustAdd(t testing.TB, store *sqlstore.Store, s post.Summary, content string) (id int64) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) (err error) {
		id, err = add(tx, s, content)
		return err
	}))
	return id
}

func mustChange(t testing.TB, store *sqlstore.Store, id int64, do func(*post.Post)) {
	t.Helper()
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error { return change(tx, id, do) }))
}

// log returns all events, and fails the test when their numbers are not 1, 2, 3 ….
func log(t testing.TB, store *sqlstore.Store) (events []event.Event) {
	t.Helper()
	for {
		page, err := store.After(t.Context(), int64(len(events)), 1000)
		testkit.Must(t, err)
		if len(page) == 0 {
			break
		}
		events = append(events, page...)
	}
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has the number %d", i+1, e.Seq)
		}
	}
	head, err := store.Head(t.Context())
	testkit.Must(t, err)
	if head != int64(len(events)) {
		t.Fatalf("the head is %d after %d events", head, len(events))
	}
	return events
}

func posts(t *testing.T, url string) {
	store, stop := start(t, sqlstore.Config{URL: url})
	published := day.Add(time.Hour)
	s := post.Summary{Slug: "häfen", Title: "Häfen \"x\" <y>", Description: "d\nd", Category: "quay", Tags: []string{"a", "日本"}, ReadTime: 3,
		AuthorName: "A", AuthorPosition: "P", AuthorImage: "/a", BlogImage: "/b", Published: true, PublishedAt: &published,
		CreatedAt: day, UpdatedAt: day.Add(time.Minute), CreatedBy: event.Actor{ID: 3, Name: "Ana"}, UpdatedBy: event.Actor{ID: 4, Name: "Bo"}}
	const content = "# 🌊\n\x07 \"quotes\" </script> हिन्दी"
	id := mustAdd(t, store, s, content)
	draft := mustAdd(t, store, post.Summary{Title: "Draft"}, "")

	s.ID, s.Version = id, 1
	s.LiveVersion = &s.Version
	want := post.Post{Summary: s, Content: content}
	for range 2 {
		doc, err := store.Get(t.Context(), id)
		testkit.Must(t, err)
		got, err := doc.Decode()
		testkit.Must(t, err)
		if diff := cmp.Diff(want, got); diff != "" || doc.ID != id || doc.Slug != "häfen" || doc.Version != 1 {
			t.Errorf("document %d %q %d (-want +got):\n%s", doc.ID, doc.Slug, doc.Version, diff)
		}
		bySlug, err := store.BySlug(t.Context(), "häfen")
		testkit.Must(t, err)
		if !cmp.Equal(bySlug, doc) {
			t.Errorf("by slug: %s", bySlug.JSON)
		}
		testkit.Must(t, stop()) // and the same again from the file
		store, stop = start(t, sqlstore.Config{URL: url})
	}
	defer func() { testkit.Must(t, stop()) }()
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		p, err := tx.BySlug("häfen")
		testkit.Must(t, err)
		if p.ID != id || p.Content != content {
			t.Errorf("got %+v", p)
		}
		for _, c := range []struct {
			slug   string
			except int64
			want   bool
		}{{"häfen", 0, true}, {"häfen", id, false}, {"hafen", 0, false}, {"HÄFEN", 0, false}} {
			if taken, err := tx.SlugTaken(c.slug, c.except); err != nil || taken != c.want {
				t.Errorf("%q except %d: taken %v, %v", c.slug, c.except, taken, err)
			}
		}
		return tx.Delete(id, event.Event{})
	}))
	_, err := store.Get(t.Context(), id)
	wantKind(t, err, fault.NotFound)
	_, err = store.BySlug(t.Context(), "häfen")
	wantKind(t, err, fault.NotFound)
	if next := mustAdd(t, store, post.Summary{Title: "Next"}, ""); next <= draft {
		t.Errorf("the id %d follows %d", next, draft)
	}
}

func idempotentResults(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	now := time.Now().UTC().Truncate(time.Millisecond)
	old := now.Add(-post.ResultTTL)
	find := func(user int64, key string) (r *post.IdempotentResult) {
		t.Helper()
		testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) (err error) { r, err = tx.FindResult(user, key); return err }))
		return r
	}
	oldResult := post.IdempotentResult{Fingerprint: []byte("f"), PostID: 1, Version: 1, Merged: []string{}, At: old}
	young := post.IdempotentResult{Fingerprint: []byte("f"), PostID: 2, Version: 3, Merged: []string{"tags", "title"}, At: old.Add(time.Millisecond)}
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		return errors.Join(tx.SaveResult(1, "old", oldResult), tx.SaveResult(1, "young", young))
	}))
	check := func(wantOld *post.IdempotentResult) {
		t.Helper()
		if diff := cmp.Diff([]*post.IdempotentResult{wantOld, &young}, []*post.IdempotentResult{find(1, "old"), find(1, "young")}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if find(2, "young") != nil || find(1, "YOUNG") != nil {
			t.Error("the key of another user, or another key, was found")
		}
	}
	check(&oldResult)
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error { return tx.DeleteResult(1, "old", old.Add(-1)) }))
	check(&oldResult) // the key was saved again in the meantime
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		return errors.Join(tx.DeleteResult(1, "old", old), tx.SaveResult(1, "old", oldResult))
	}))
	testkit.Must(t, store.DeleteResults(t.Context(), old))
	check(nil)
}

func imports(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		if i, err := tx.Imported("a"); i != nil || err != nil {
			t.Errorf("got %+v, %v", i, err)
		}
		return errors.Join(tx.MarkImported("a", post.Import{Hash: []byte{1}, PostID: 1, Version: 1}),
			tx.MarkImported("a", post.Import{Hash: []byte{2}, PostID: 1, Version: 5}))
	}))
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		if i, err := tx.Imported("a"); err != nil || i == nil || i.Version != 5 || i.Hash[0] != 2 {
			t.Errorf("got %+v, %v", i, err)
		}
		return nil
	}))
}

func TestOpen(t *testing.T) {
	for _, url := range []string{"", "sqlite://", "postgres://ana:hunter2@db/x", "mysql://ana:hunter2@db:3306/x", "::hunter2::%zz"} {
		_, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url})
		if err == nil || strings.Contains(err.Error(), "hunter2") && strings.Contains(url, "@") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, name := range []string{"with space", "100% sure?#x&_pragma=y", "häfen", "a+b"} { // a path is a path, not a part of a URL
		path := filepath.Join(t.TempDir(), name, "x.db")
		store := open(t, sqlstore.Config{URL: "sqlite://" + path})
		mustAdd(t, store, post.Summary{Title: "x"}, "")
		if found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), "*", "x.db")); err != nil || len(found) != 1 || found[0] != path {
			t.Errorf("%q became %q, %v", path, found, err)
		}
		testkit.Must(t, store.Ping(t.Context()))
		if v, err := store.SchemaVersion(t.Context()); err != nil || v < 1 {
			t.Errorf("schema version %d, %v", v, err)
		}
	}
	if _, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: "sqlite:///dev/null/x.db"}); err == nil {
		t.Error("a directory that cannot be is accepted")
	}
}

// TestSQLite_isItsOwnersAlone: the file holds password hashes.
func TestSQLite_isItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	store := open(t, sqlstore.Config{URL: "sqlite://" + filepath.Join(dir, "wiredesk.db")})
	mustAdd(t, store, post.Summary{Title: "A"}, "")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	testkit.Must(t, err)
	for _, file := range files {
		info, err := os.Stat(file)
		testkit.Must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", filepath.Base(file), info.Mode())
		}
	}
	if len(files) < 2 {
		t.Errorf("only %v", files)
	}
}
