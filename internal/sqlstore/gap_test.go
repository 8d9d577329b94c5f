package sqlstore_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// openRaw opens the database of a store.
func openRaw(t *testing.T, raw string) *sql.DB {
	t.Helper()
	driver, dsn := "sqlite", strings.TrimPrefix(raw, "sqlite://")+"?_pragma=busy_timeout(5000)"
	if rest, ok := strings.CutPrefix(raw, "mysql://"); ok {
		account, place, _ := strings.Cut(rest, "@")
		address, name, _ := strings.Cut(place, "/")
		driver, dsn = "mysql", account+"@tcp("+address+")/"+name
	}
	db, err := sql.Open(driver, dsn)
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, db.Close()) })
	return db
}

// hideEvents takes events out of the log; show puts them back.
func hideEvents(t *testing.T, db *sql.DB, seqs ...int64) (show func()) {
	t.Helper()
	list := strings.Trim(strings.ReplaceAll(fmt.Sprint(seqs), " ", ","), "[]")
	exec := func(query string) {
		t.Helper()
		_, err := db.Exec(query)
		testkit.Must(t, err)
	}
	exec("CREATE TABLE hidden_events AS SELECT * FROM events WHERE seq IN (" + list + ")")
	exec("DELETE FROM events WHERE seq IN (" + list + ")")
	return func() {
		t.Helper()
		exec("INSERT INTO events SELECT * FROM hidden_events")
		exec("DROP TABLE hidden_events")
	}
}

func emitVersions(t *testing.T, store *sqlstore.Store, first, last int64) {
	t.Helper()
	for v := first; v <= last; v++ {
		emit(t, store, event.Event{ID: "e", Type: event.Updated, PostID: 1, Version: v, Time: day, Data: json.RawMessage(`{}`)})
	}
}

func wantAfter(t *testing.T, store *sqlstore.Store, seq int64, want ...int64) {
	t.Helper()
	events, err := store.After(t.Context(), seq, 100)
	testkit.Must(t, err)
	if got := seqs(events); !slices.Equal(got, want) {
		t.Errorf("after %d: %v, want %v", seq, got, want)
	}
}

func wantGone(t *testing.T, store *sqlstore.Store, want map[int64]bool) {
	t.Helper()
	for seq, want := range want {
		if gone, err := store.Gone(t.Context(), seq); err != nil || gone != want {
			t.Errorf("event %d is gone: %v, %v", seq, gone, err)
		}
	}
}

// gapEndsAPage: After does not step over numbers that are not visible, and returns them when they are.
func gapEndsAPage(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	emitVersions(t, store, 1, 12)
	show := hideEvents(t, openRaw(t, url), 5, 8, 9, 12)
	for range 3 {
		wantAfter(t, store, 0, 1, 2, 3, 4)
		wantAfter(t, store, 3, 4)
		wantAfter(t, store, 4)
		wantAfter(t, store, 5, 6, 7)
		wantAfter(t, store, 7)
		wantAfter(t, store, 8)
		wantAfter(t, store, 9, 10, 11)
		wantAfter(t, store, 11)
	}
	wantGone(t, store, map[int64]bool{1: false, 5: false, 8: false, 9: false, 12: false, 13: false})
	for seq, want := range map[int64]int64{0: 1, 3: 4, 4: 6, 5: 6, 7: 10, 11: 13, 12: 13, 20: 21} {
		if next, err := store.NextSeq(t.Context(), seq); err != nil || next != want {
			t.Errorf("the number after %d: %d, %v; want %d", seq, next, err, want)
		}
	}
	for name, read := range map[string]func() ([]event.Event, error){
		"before":  func() ([]event.Event, error) { return store.Before(t.Context(), 100, 100) },
		"history": func() ([]event.Event, error) { return store.History(t.Context(), 1, post.Newest, 100) },
	} {
		events, err := read()
		testkit.Must(t, err)
		if got, want := seqs(events), []int64{11, 10, 7, 6, 4, 3, 2, 1}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	show()
	if n := len(log(t, store)); n != 12 {
		t.Errorf("%d events", n)
	}
}

// gapAtTheStart: events that retention has removed delay no reader.
func gapAtTheStart(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	emitVersions(t, store, 1, 10)
	_, err := store.DropEvents(t.Context(), day.Add(time.Hour), 6)
	testkit.Must(t, err)
	for seq := range int64(7) {
		wantAfter(t, store, seq, 7, 8, 9, 10)
	}
	wantGone(t, store, map[int64]bool{1: true, 6: true, 7: false, 10: false, 11: false})
	_, err = store.DropEvents(t.Context(), day.Add(time.Hour), 10)
	testkit.Must(t, err)
	wantAfter(t, store, 3)
	wantGone(t, store, map[int64]bool{10: true, 11: false})
	emitVersions(t, store, 11, 12)
	wantAfter(t, store, 3, 11, 12)
}

// gapOfLostEvents: numbers that the log has lost hold up the readers for a time, and no longer.
func gapOfLostEvents(t *testing.T, url string) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		store := open(t, sqlstore.Config{URL: url, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
		emitVersions(t, store, 1, 12)
		hideEvents(t, openRaw(t, url), 5, 8, 9)
		wantAfter(t, store, 4)
		wantAfter(t, store, 7)
		time.Sleep(sqlstore.GapWait - time.Millisecond)
		wantAfter(t, store, 4)
		wantAfter(t, store, 7)
		wantGone(t, store, map[int64]bool{5: false, 8: false})
		time.Sleep(time.Millisecond)
		wantAfter(t, store, 3, 4)
		for range 2 {
			wantAfter(t, store, 4, 6, 7)
			wantAfter(t, store, 7, 10, 11, 12)
		}
		wantAfter(t, store, 8) // the first look at the gap from here
		wantGone(t, store, map[int64]bool{4: false, 5: true, 6: false, 7: false, 8: true, 9: true, 10: false, 13: false})
		for _, span := range []string{"first=5 last=5", "first=8 last=9"} {
			if n := strings.Count(logged.String(), span); n != 1 {
				t.Errorf("%s is logged %d times:\n%s", span, n, logged.String())
			}
		}
	})
}
