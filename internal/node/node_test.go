package node_test

import (
	"bytes"
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
)

// inBubble runs a test over a real database in fake time.
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

// logbook collects what a node logs.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// member is a running node.
type member struct {
	*node.Roster
	log  logbook
	stop func() // in order
}

func join(t *testing.T, store node.Store, facts node.Facts, accepts ...string) *member {
	t.Helper()
	m := &member{}
	m.Roster = node.New(store, node.Config{Facts: facts, Accepts: accepts, Logger: slog.New(slog.NewTextHandler(&m.log, nil))})
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

// notes returns what the others told, sorted.
func (m *member) notes() []string {
	list := []string{}
	for _, note := range m.Notes() {
		list = append(list, string(note))
	}
	slices.Sort(list)
	return list
}

func TestRoster_carriesNotes(t *testing.T) {
	inBubble(t, func(t *testing.T, store *sqlstore.Store) {
		a, b := join(t, store, node.Facts{Name: "a"}, ""), join(t, store, node.Facts{Name: "b"}, "")
		a.Tell([]byte("first"))
		b.Tell([]byte("of b"))
		time.Sleep(600 * time.Millisecond) // they find each other
		a.Tell([]byte("second"))
		time.Sleep(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"second"}, b.notes()); diff != "" {
			t.Errorf("b knows (-want +got):\n%s", diff)
		}
		c := join(t, store, node.Facts{Name: "c"}, "")
		time.Sleep(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"of b", "second"}, c.notes()); diff != "" {
			t.Errorf("c knows (-want +got):\n%s", diff)
		}
		a.stop()
		time.Sleep(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"", "of b"}, slices.Sorted(slices.Values(append(c.notes(), b.notes()...)))); diff != "" {
			t.Errorf("after the end of a (-want +got):\n%s", diff)
		}
	})
}

func TestRoster_findsWhatDoesNotFit(t *testing.T) {
	tests := []struct {
		name    string
		mine    node.Facts
		accepts []string
		other   node.Facts
		want    []string
	}{
		{"all fits", node.Facts{Name: "a", Signs: "k1"}, []string{"k1"}, node.Facts{Name: "b", Signs: "k1"}, nil},
		{"while secrets change", node.Facts{Name: "a", Signs: "k2"}, []string{"k1", "k2"}, node.Facts{Name: "b", Signs: "k1"}, nil},
		{"one name", node.Facts{Name: "a", Signs: "k1"}, []string{"k1"}, node.Facts{Name: "a", Signs: "k1"},
			[]string{`another node is named "a" too: give each a WIREDESK_NODE of its own`}},
		{"two secrets", node.Facts{Name: "a", Signs: "k1"}, []string{"k1"}, node.Facts{Name: "b", Signs: "k2"},
			[]string{`the access tokens of node "b" are refused here: give all nodes the same JWT_SECRET`}},
		{"brokers of their own", node.Facts{Name: "a", Signs: "k1", Embedded: true}, []string{"k1"}, node.Facts{Name: "b", Signs: "k1", Embedded: true}, []string{
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
					t.Errorf("with the other gone: %q", left)
				}
			})
		})
	}
}

// A node that is killed and started again finds its old row, which troubles nobody.
func TestRoster_takesNoRowForANode(t *testing.T) {
	inBubble(t, func(t *testing.T, store *sqlstore.Store) {
		dead := node.Row{ID: "dead", Facts: `{"name":"a","signs":"old","embedded":true}`, Beat: 7, Noted: 1, Note: []byte("of the dead")}
		if err := store.PutNode(t.Context(), dead); err != nil {
			t.Fatal(err)
		}
		a := join(t, store, node.Facts{Name: "a", Signs: "new"}, "new")
		for range 100 {
			if problems := a.Problems(); len(problems) > 0 {
				t.Fatalf("problems with a dead node: %q", problems)
			}
			time.Sleep(100 * time.Millisecond)
		}
		rows, err := store.Nodes(t.Context())
		if err != nil || len(rows) != 1 || len(a.notes()) > 0 {
			t.Errorf("rows %v, notes %q, %v", rows, a.notes(), err)
		}
	})
}
