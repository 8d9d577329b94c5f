package sqlstore_test

import (
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// A stamp stays for up to a second as long as no process commits, and is another one after each commit of any process.
func TestSQLite_stamp(t *testing.T) {
	url := sqliteURL(t)
	store := open(t, sqlstore.Config{URL: url})
	other := open(t, sqlstore.Config{URL: url})
	rest := func() [4]int64 {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if stamp := store.Stamp(); stamp == store.Stamp() {
				return stamp
			}
			if time.Now().After(deadline) {
				t.Fatal("the stamp changes although nothing is committed")
			}
		}
	}
	files := func() [3]int64 {
		stamp := rest()
		return [3]int64(stamp[1:])
	}
	for _, writer := range []*sqlstore.Store{store, other, store, other} {
		before := rest()
		mustAdd(t, writer, post.Summary{Title: "x"}, "")
		if store.Stamp() == before {
			t.Error("the stamp did not change with a commit")
		}
		mustAdd(t, writer, post.Summary{Title: "y"}, "")
		if one, two := store.Stamp(), store.Stamp(); one == two && time.Since(time.Unix(0, one[1])) < 50*time.Millisecond {
			t.Error("a stamp right after a commit counts as settled")
		}
		if files() == [3]int64(before[1:]) {
			t.Error("the stamp is that of before the commits")
		}
	}
	resting := files()
	if _, err := store.Position(t.Context()); err != nil { // reading changes nothing
		t.Fatal(err)
	}
	if files() != resting {
		t.Error("reading changed the stamp")
	}
	// A commit of another process may become visible long after it has changed the files.
	for stamp, deadline := rest(), time.Now().Add(1500*time.Millisecond); store.Stamp() == stamp; {
		if time.Now().After(deadline) {
			t.Fatal("a stamp holds for more than a second")
		}
	}
}
