package node_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/node"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// inBubble runs a test with a SQLite database in a synctest bubble.
func inBubble(t *testing.T, test func(*testing.T, *sqlstore.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: "sqlite://" + filepath.Join(t.TempDir(), "wiredesk.db"), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- store.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := errors.Join(<-done, store.Close()); err != nil {
				t.Error(err)
			}
		})
		test(t, store)
	})
}

// member is a running node.
type member struct {
	*node.Roster
	log  testkit.LogBuffer
	stop func() // ends Run and waits for it
}

func join(t *testing.T, store node.Store, facts node.Info, accepts ...string) *member {
	t.Helper()
	m := &member{}
	m.Roster = node.New(store, node.Config{Info: facts, Accepts: accepts, Logger: slog.New(slog.NewTextHandler(&m.log, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := m.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	m.stop = func() {
		cancel()
		done.Wait()
	}
	t.Cleanup(m.stop)
	return m
}

// payloads returns the payloads of the other nodes, sorted.
func (m *member) payloads() []string {
	list := []string{}
	for _, note := range m.Payloads() {
		list = append(list, string(note))
	}
	slices.Sort(list)
	return list
}

func TestRoster_exchangesPayloads(t *testing.T) {
	inBubble(t, func(t *testing.T, store *sqlstore.Store) {
		a, b := join(t, store, node.Info{Name: "a"}, ""), join(t, store, node.Info{Name: "b"}, "")
		a.SetPayload([]byte("first"))
		b.SetPayload([]byte("of b"))
		time.Sleep(600 * time.Millisecond) // they read each other
		a.SetPayload([]byte("second"))
		time.Sleep(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"second"}, b.payloads()); diff != "" {
			t.Errorf("b knows (-want +got):\n%s", diff)
		}
		c := join(t, store, node.Info{Name: "c"}, "")
		time.Sleep(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"of b", "second"}, c.payloads()); diff != "" {
			t.Errorf("c knows (-want +got):\n%s", diff)
		}
		a.stop()
		time.Sleep(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"", "of b"}, slices.Sorted(slices.Values(append(c.payloads(), b.payloads()...)))); diff != "" {
			t.Errorf("after the end of a (-want +got):\n%s", diff)
		}
	})
}

func TestRoster_findsConflicts(t *testing.T) {
	tests := []struct {
		name    string
		mine    node.Info
		accepts []string
		other   node.Info
		want    []string
	}{
		{"all fits", node.Info{Name: "a", Signs: "k1"}, []string{"k1"}, node.Info{Name: "b", Signs: "k1"}, nil},
		{"while secrets change", node.Info{Name: "a", Signs: "k2"}, []string{"k1", "k2"}, node.Info{Name: "b", Signs: "k1"}, nil},
		{"one name", node.Info{Name: "a", Signs: "k1"}, []string{"k1"}, node.Info{Name: "a", Signs: "k1"},
			[]string{`another node is named "a" too: give each a WIREDESK_NODE of its own`}},
		{"two secrets", node.Info{Name: "a", Signs: "k1"}, []string{"k1"}, node.Info{Name: "b", Signs: "k2"},
			[]string{`the access tokens of node "b" are refused here: give all nodes the same JWT_SECRET`}},
		{"brokers of their own", node.Info{Name: "a", Signs: "k1", Embedded: true}, []string{"k1"}, node.Info{Name: "b", Signs: "k1", Embedded: true}, []string{
			`node "a" has a Kafka broker of its own, where the other nodes' events are missing or late: give all nodes one KAFKA_BROKER`,
			`node "b" has a Kafka broker of its own, where the other nodes' events are missing or late: give all nodes one KAFKA_BROKER`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, store *sqlstore.Store) {
				a := join(t, store, test.mine, test.accepts...)
				b := join(t, store, test.other, test.accepts...)
				time.Sleep(2 * time.Second)
				if diff := cmp.Diff(test.want, a.Problems()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				time.Sleep(time.Minute)
				for _, problem := range test.want {
					if n := strings.Count(a.log.String(), strings.ReplaceAll(problem, `"`, `\"`)); n != 1 {
						t.Errorf("%q is logged %d times:\n%s", problem, n, &a.log)
					}
				}
				b.stop()
				time.Sleep(time.Second)
				if left := a.Problems(); len(left) > 0 {
					t.Errorf("after the other stopped: %q", left)
				}
			})
		})
	}
}

// The record of a killed node causes no conflict with its next start.
func TestRoster_ignoresRecordsWithoutHeartbeat(t *testing.T) {
	inBubble(t, func(t *testing.T, store *sqlstore.Store) {
		dead := node.Record{ID: "dead", Info: `{"name":"a","signs":"old","embedded":true}`, Heartbeat: 7, PayloadVersion: 1, Payload: []byte("of the killed")}
		if err := store.PutNode(t.Context(), dead); err != nil {
			t.Fatal(err)
		}
		a := join(t, store, node.Info{Name: "a", Signs: "new"}, "new")
		for range 100 {
			if problems := a.Problems(); len(problems) > 0 {
				t.Fatalf("conflicts with a killed node: %q", problems)
			}
			time.Sleep(100 * time.Millisecond)
		}
		rows, err := store.Nodes(t.Context())
		if err != nil || len(rows) != 1 || len(a.payloads()) > 0 {
			t.Errorf("records %v, payloads %q, %v", rows, a.payloads(), err)
		}
	})
}
