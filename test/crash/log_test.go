package crash_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/wiredesk/wiredesk/internal/client"
)

// readLog returns the whole log, which must be at rest, and checks that its numbers have no gap.
func readLog(t *testing.T, c *client.Client) []client.Event {
	t.Helper()
	const page = 1000
	var log []client.Event
	for {
		events, err := c.Events(t.Context(), int64(len(log)), page)
		check(t, err)
		if len(events) == 0 {
			return log
		}
		for _, e := range events {
			log = append(log, e)
			if e.Seq != int64(len(log)) {
				t.Fatalf("the log holds %d where %d should be", e.Seq, len(log))
			}
		}
	}
}

// checkAcknowledged checks that the log holds each acknowledged write, once, and nothing else.
func checkAcknowledged(t *testing.T, all []*writer, log []client.Event) {
	t.Helper()
	logged := map[ack]int{}
	for _, e := range log {
		var data struct{ ID, Version int64 }
		check(t, json.Unmarshal(e.Data, &data))
		logged[ack{post: data.ID, version: data.Version, typ: e.Type}]++
	}
	acknowledged := 0
	for _, w := range all {
		for _, a := range w.acks {
			if acknowledged++; logged[a] != 1 {
				t.Errorf("the acknowledged %+v is in the log %d times", a, logged[a])
			}
		}
	}
	if acknowledged != len(log) {
		t.Errorf("%d writes were acknowledged and %d are in the log", acknowledged, len(log))
	}
}

// checkPosts checks that each post is as its writer left it.
func checkPosts(t *testing.T, c *client.Client, all []*writer) {
	t.Helper()
	for _, w := range all {
		for _, want := range w.posts {
			got, err := c.Get(t.Context(), want.id)
			if want.deleted {
				var p *client.Problem
				if !errors.As(err, &p) || p.Status != http.StatusNotFound {
					t.Errorf("the deleted post %d: %v, want 404", want.id, err)
				}
				continue
			}
			check(t, err)
			if got.Version != want.version || got.Title != want.title || got.Published != want.published {
				t.Errorf("post %d is at version %d %q published %t, want %+v", got.ID, got.Version, got.Title, got.Published, *want)
			}
		}
	}
}
