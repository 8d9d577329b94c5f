package sqlstore_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// readOnlyOpensItsOwnSchema: a store for reads alone reads all, writes and migrates nothing, and
// names the fix where it cannot open the database.
func readOnlyOpensItsOwnSchema(t *testing.T, url string) {
	wantRefusal := func(part string) {
		t.Helper()
		_, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, ReadOnly: true})
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the refusal is %v, want %q", err, part)
		}
	}
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		wantRefusal("set DATA_DIR or DATABASE_URL")
		db := openRaw(t, url)
		_, err := db.Exec("VACUUM")
		testkit.Must(t, err)
		if found, _ := filepath.Glob(path + "*"); len(found) != 1 {
			t.Fatalf("files: %v", found)
		}
	}
	wantRefusal("'wiredesk migrate' makes it")

	store, stop := start(t, sqlstore.Config{URL: url})
	id := mustAdd(t, store, post.Summary{Title: "x"}, "text")
	testkit.Must(t, stop())
	reading, stop := start(t, sqlstore.Config{URL: url, ReadOnly: true})
	if _, err := reading.Get(t.Context(), id); err != nil {
		t.Error(err)
	}
	if next, err := reading.NextSeq(t.Context(), 1); err != nil || next != 2 {
		t.Errorf("the next number is %d, %v", next, err)
	}
	write := func(tx post.Tx) error { return change(tx, id, func(p *post.Post) { p.Title += "." }) }
	wantKind(t, reading.Update(t.Context(), id, write), fault.Unavailable)
	testkit.Must(t, stop())

	_, err := openRaw(t, url).Exec("DELETE FROM goose_db_version WHERE version_id > 7")
	testkit.Must(t, err)
	wantRefusal("the database has schema version 7 and this command needs version")
}
