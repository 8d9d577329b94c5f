package sqlstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// Each commit of another process is reported at once, not with the next of the reports of each second.
func TestSQLite_reportsCommitsOfOthers(t *testing.T) {
	const commits = 50
	url := sqliteURL(t)
	store, other := open(t, sqlstore.Config{URL: url, Watch: true}), open(t, sqlstore.Config{URL: url})
	changed, alsoChanged := store.Changes(), store.Changes()
	mustAdd(t, store, post.Summary{Title: "x"}, "") // its writer has a connection
	began := time.Now()
	for range commits {
		mustAdd(t, other, post.Summary{Title: "x"}, "")
		<-changed
		<-alsoChanged
	}
	if took := time.Since(began); took > commits*time.Second/2 {
		t.Errorf("%d commits were reported in %v", commits, took)
	}
}

// Commits of the same process are not reported, and possible commits of others are once a second.
func TestSQLite_reportsNoCommitsOfItsOwn(t *testing.T) {
	store := open(t, sqlstore.Config{URL: sqliteURL(t), Watch: true})
	changed := store.Changes()
	reports := 0
	began := time.Now()
	for reports < 6 {
		mustAdd(t, store, post.Summary{Title: "x"}, "")
		select {
		case <-changed:
			reports++
		default:
		}
	}
	if took := time.Since(began); took < 3*time.Second { // a new connection and a slow commit are reported too
		t.Errorf("%d reports in %v", reports, took)
	}
}

func TestMySQL_reportsChangesAtAnInterval(t *testing.T) {
	store := open(t, sqlstore.Config{URL: services.MySQL(t), Watch: true})
	changed := store.Changes()
	for range 2 {
		select {
		case <-changed:
		case <-time.After(testkit.Timeout):
			t.Fatal("nothing is reported")
		}
	}
}

// A writer that waits for the lock of another process does not keep commits from being reported.
func TestSQLite_reportsWhileItsWriterWaits(t *testing.T) {
	url := sqliteURL(t)
	store, other := open(t, sqlstore.Config{URL: url, Watch: true}), open(t, sqlstore.Config{URL: url})
	changed := store.Changes()
	testkit.Must(t, other.Update(t.Context(), 0, func(post.Tx) error { // holds the lock
		waiting := make(chan error, 1)
		go func() {
			waiting <- store.Update(t.Context(), 0, func(tx post.Tx) error {
				_, err := add(tx, post.Summary{Title: "x"}, "")
				return err
			})
		}()
		beside := filepath.Join(filepath.Dir(strings.TrimPrefix(url, "sqlite://")), "x")
		if err := os.WriteFile(beside, nil, 0o600); err != nil { // has the file checked
			return err
		}
		for range 3 {
			select {
			case <-changed:
			case <-waiting:
				t.Error("the write did not wait for the lock, or nothing was reported before its end")
			}
		}
		return nil
	}))
}
