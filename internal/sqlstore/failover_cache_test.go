package sqlstore_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// TestFailover_epochIsReachedAgain: the old server commits a loss of access that the new one does
// not have. The new server reaches the same epoch with another loss of access.
func TestFailover_epochIsReachedAgain(t *testing.T) {
	onServers(t, func(t *testing.T, old, promoted *services.Server, proxy *proxy, url string) {
		var onOld, onPromoted *sqlstore.Store
		for at, server := range map[**sqlstore.Store]*services.Server{&onOld: old, &onPromoted: promoted} {
			*at = open(t, sqlstore.Config{URL: server.URL})
			bo := addUser(t, *at, "bo@example.org", auth.Editor)
			for _, id := range []string{"here", "elsewhere"} {
				addSession(t, *at, id, bo.ID)
			}
		}
		node, err := auth.NewService(open(t, sqlstore.Config{URL: url, Watch: true}), auth.Config{Secret: make([]byte, auth.MinSecret)})
		testkit.Must(t, err)
		invalidated := make(chan struct{}, 16)
		node.OnChange(func() { invalidated <- struct{}{} })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- node.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			testkit.Must(t, <-ended)
		})
		await := func() {
			t.Helper()
			select {
			case <-invalidated:
			case <-time.After(10 * time.Second):
				t.Fatal("the session cache keeps the state of the old server")
			}
		}
		recheck := func() error {
			t.Helper()
			results, err := node.Recheck(t.Context(), []auth.Grant{{Actor: auth.Actor{SessionID: "here", Role: auth.Editor}}})
			testkit.Must(t, err)
			return results[0]
		}
		await() // the start
		testkit.Must(t, revoke(t, onOld, "elsewhere"))
		await()
		testkit.Must(t, recheck())
		proxy.refuse(true)
		proxy.cut()
		testkit.Must(t, revoke(t, onPromoted, "here"))
		proxy.lead(promoted)
		proxy.refuse(false)
		await()
		wantKind(t, recheck(), fault.Unauthorized)
	})
}

// TestFailover_postIDs: the new server does not have the counter that the old one raised for a
// block of ids, so another node takes the same block.
func TestFailover_postIDs(t *testing.T) {
	onServers(t, func(t *testing.T, _, promoted *services.Server, proxy *proxy, url string) {
		const block = 64
		add := func(store *sqlstore.Store) (id int64) {
			return mustAdd(t, store, post.Summary{Title: "x"}, "")
		}
		store := open(t, sqlstore.Config{URL: url})
		lost := add(store)
		proxy.lead(promoted)
		proxy.cut()
		other := open(t, sqlstore.Config{URL: promoted.URL})
		if id := add(other); id != lost {
			t.Fatalf("the other node has post %d, want %d", id, lost)
		}
		if id := add(store); (id-1)/block == (lost-1)/block {
			t.Errorf("post %d has an id from the block of the other node", id)
		}
	})
}

// TestFailover_gaps: the old server has lost two events, and the new one has one of them. The
// readers do not step over the other before the new server has lacked it for GapWait.
func TestFailover_gaps(t *testing.T) {
	onServers(t, func(t *testing.T, old, promoted *services.Server, proxy *proxy, url string) {
		for server, lost := range map[*services.Server][]int64{old: {5, 8}, promoted: {8}} {
			emitVersions(t, open(t, sqlstore.Config{URL: server.URL}), 2, 12) // event 1 is there
			hideEvents(t, openRaw(t, server.URL), lost...)
		}
		synctest.Test(t, func(t *testing.T) {
			store := open(t, sqlstore.Config{URL: url})
			wantAfter(t, store, 4)
			wantAfter(t, store, 7)
			time.Sleep(sqlstore.GapWait)
			wantAfter(t, store, 4, 6, 7)
			wantGone(t, store, map[int64]bool{5: true, 8: false})
			proxy.lead(promoted)
			proxy.cut()
			for store.Ping(t.Context()) != nil {
				time.Sleep(time.Second)
			}
			wantGone(t, store, map[int64]bool{5: false, 8: false})
			wantAfter(t, store, 4, 5, 6, 7)
			wantAfter(t, store, 7)
			time.Sleep(sqlstore.GapWait)
			wantAfter(t, store, 7, 9, 10, 11, 12)
			wantGone(t, store, map[int64]bool{5: false, 8: true})
		})
	})
}
