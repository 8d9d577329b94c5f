package sqlstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/node"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func nodeRows(t *testing.T, url string) {
	store, other := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})
	list := func() []node.Record {
		t.Helper()
		rows, err := other.Nodes(t.Context())
		testkit.Must(t, err)
		return rows
	}
	a, b := node.Record{ID: "a", Info: `{"name":"é"}`, Heartbeat: 1}, node.Record{ID: "b", Info: "{}", Heartbeat: 1 << 40, PayloadVersion: 2, Payload: make([]byte, 100_000)}
	testkit.Must(t, store.PutNode(t.Context(), a))
	testkit.Must(t, other.PutNode(t.Context(), b))
	a.Heartbeat, a.PayloadVersion, a.Payload = 2, 1, []byte{0, 255, '\''}
	testkit.Must(t, store.PutNode(t.Context(), a))
	without := b
	without.Payload = nil
	if diff := cmp.Diff([]node.Record{{ID: "a", Info: a.Info, Heartbeat: 2, PayloadVersion: 1}, without}, list()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for id, want := range map[string][]byte{"a": a.Payload, "b": b.Payload, "c": nil} {
		got, err := other.NodePayload(t.Context(), id)
		testkit.Must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("note of %s (-want +got):\n%s", id, diff)
		}
	}
	testkit.Must(t, other.DeleteNode(t.Context(), "a"))
	testkit.Must(t, other.DeleteNode(t.Context(), "a"))
	if rows := list(); len(rows) != 1 || rows[0].ID != "b" {
		t.Errorf("left: %v", rows)
	}
}

// Of all nodes one cleans up, once an hour.
func cleanUpIsClaimedOnce(t *testing.T, url string) {
	stores := []*sqlstore.Store{open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})}
	claim := func(every time.Duration) (got int) {
		t.Helper()
		answers := make(chan bool, 8)
		for i := range cap(answers) {
			go func() {
				mine, err := stores[i%2].ClaimCleanUp(t.Context(), every)
				if err != nil {
					t.Error(err)
				}
				answers <- mine
			}()
		}
		for range cap(answers) {
			if <-answers {
				got++
			}
		}
		return got
	}
	if n := claim(time.Hour); n != 1 {
		t.Errorf("the first clean-up is done by %d", n)
	}
	if n := claim(time.Hour); n != 0 {
		t.Errorf("within the hour %d clean up again", n)
	}
	for deadline := time.Now().Add(5 * time.Second); claim(time.Millisecond) == 0; { // it is long ago soon
		if time.Now().After(deadline) {
			t.Fatal("nobody cleans up again")
		}
	}
}

// More rows than one transaction deletes, many of one moment.
func cleanUpDeletesAll(t *testing.T, url string) {
	store := open(t, sqlstore.Config{URL: url})
	ana := addUser(t, store, "ana@example.org", auth.Admin)
	old := time.Now().Add(-48 * time.Hour)
	const n = 1203
	testkit.Must(t, store.Update(t.Context(), 0, func(tx post.Tx) error {
		var err error
		for i := range n {
			at := old.Add(time.Duration(i/700) * time.Millisecond)
			err = errors.Join(err, tx.SaveResult(1, fmt.Sprint(i), post.IdempotentResult{Fingerprint: []byte("f"), PostID: 1, Version: 1, At: at}))
		}
		return errors.Join(err, tx.SaveResult(1, "young", post.IdempotentResult{Fingerprint: []byte("f"), PostID: 1, Version: 1, At: time.Now()}))
	}))
	for i := range 3 {
		s := auth.Session{ID: fmt.Sprint(i), UserID: ana.ID, CreatedAt: old, LastUsedAt: old, ExpiresAt: old, RefreshHash: []byte("h"), RefreshKey: []byte("k")}
		testkit.Must(t, store.UpdateAccess(t.Context(), func(tx auth.Tx) error { return tx.InsertSession(s) }))
	}
	testkit.Must(t, store.DeleteResults(t.Context(), time.Now().Add(-post.ResultTTL)))
	testkit.Must(t, store.DeleteExpiredSessions(t.Context(), time.Now()))
	for table, want := range map[string]int{"outcomes": 1, "sessions": 0} {
		if left, err := store.Count(t.Context(), table); left != want || err != nil {
			t.Errorf("%s: %d are left, %v; want %d", table, left, err, want)
		}
	}
}
