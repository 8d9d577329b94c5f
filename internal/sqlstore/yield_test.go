package sqlstore_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TestSQLite_toolsYield: a tool that writes without a pause does not hold up the server with
// the same file: between two writes of the server there are few of the tool.
func TestSQLite_toolsYield(t *testing.T) {
	url := sqliteURL(t)
	server := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, server, post.Summary{Title: "x"}, "")
	var commits atomic.Int64
	tool := open(t, sqlstore.Config{URL: url, Yield: true, OnCommit: func([]event.Event) { commits.Add(1) }})
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stopped:
				return
			default:
			}
			err := tool.Update(t.Context(), 0, func(tx post.Tx) error {
				_, err := add(tx, post.Summary{Title: "by the tool"}, "")
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	const writes = 200
	for range writes {
		mustChange(t, server, id, func(p *post.Post) { p.Description += "." })
	}
	close(stopped)
	<-ended
	if n := commits.Load(); n > writes {
		t.Errorf("the tool made %d commits during %d of the server", n, writes)
	}
	log(t, server)
}

// TestSQLite_toolsYieldAfterEachTransaction: the writes that wait in a tool at once become
// several transactions, and the server with the same file writes between any two of them.
func TestSQLite_toolsYieldAfterEachTransaction(t *testing.T) {
	url := sqliteURL(t)
	server := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, server, post.Summary{Title: "x"}, "")
	_, err := server.Acquire(t.Context(), "server", time.Hour) // as the relay of a server that runs
	testkit.Must(t, err)
	tool := open(t, sqlstore.Config{URL: url, Yield: true})
	const posts = 400
	content := strings.Repeat("word ", 8<<10) // more than one transaction of a tool takes
	var waiting sync.WaitGroup
	defer waiting.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range posts {
		waiting.Go(func() {
			err := tool.Update(ctx, 0, func(tx post.Tx) error {
				_, err := add(tx, post.Summary{Title: "by the tool"}, content)
				return err
			})
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	const writes = 100
	for range writes {
		mustChange(t, server, id, func(p *post.Post) { p.Description += "." })
	}
	byTool := 0
	for _, e := range log(t, server) {
		if e.PostID != id {
			byTool++
		}
	}
	if byTool > writes/2 {
		t.Errorf("the tool made %d transactions during %d of the server", byTool, writes)
	}
	t.Logf("the tool made %d transactions during %d of the server", byTool, writes)
}

func TestSQLite_toolsPauseForAServer(t *testing.T) { testToolPause(t, sqliteURL(t), 3) }

func TestMySQL_toolsPauseForAServer(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) { testToolPause(t, url, 1) })
}

// testToolPause: the pause of a tool grows with its transactions, by the factor, only while a
// server with the same database runs.
func testToolPause(t *testing.T, url string, factor time.Duration) {
	server, tool := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url, Yield: true})
	want := func(state string, pauses map[time.Duration]time.Duration) {
		t.Helper()
		for took, want := range pauses {
			if got := sqlstore.PauseAfter(tool, took); got != want {
				t.Errorf("%s: a pause of %v after a transaction of %v, want %v", state, got, took, want)
			}
		}
	}
	alone := map[time.Duration]time.Duration{0: 5 * time.Millisecond, 50 * time.Millisecond: 5 * time.Millisecond, time.Minute: 5 * time.Millisecond}
	want("before a server", alone)
	term, err := server.Acquire(t.Context(), "server", time.Hour)
	testkit.Must(t, err)
	want("beside a server", map[time.Duration]time.Duration{0: 5 * time.Millisecond, 50 * time.Millisecond: factor * 50 * time.Millisecond, time.Minute: time.Second})
	testkit.Must(t, server.Release(t.Context(), term))
	want("after a server", alone)
	_, err = server.Acquire(t.Context(), "server", -time.Second)
	testkit.Must(t, err)
	want("after a server that crashed", alone)
}
