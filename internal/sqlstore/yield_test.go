package sqlstore_test

import (
	"sync/atomic"
	"testing"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// TestSQLite_toolsYield: a tool that writes without a pause does not hold up the server with
// the same file: between two writes of the server there are few of the tool.
func TestSQLite_toolsYield(t *testing.T) {
	url := sqliteURL(t)
	server := open(t, sqlstore.Config{URL: url})
	id := mustAdd(t, server, post.Summary{Title: "x"}, "")
	var commits atomic.Int64
	tool := open(t, sqlstore.Config{URL: url, Yield: true, OnCommit: func() { commits.Add(1) }})
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
