package crash_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// checkAcknowledged checks that the log has each acknowledged write once, and nothing else.
func checkAcknowledged(t *testing.T, all []*writer, log []client.Event) {
	t.Helper()
	logged := map[ack]int{}
	for _, e := range log {
		var data struct{ ID, Version int64 }
		testkit.Must(t, json.Unmarshal(e.Data, &data))
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
			testkit.Must(t, err)
			if got.Version != want.version || got.Title != want.title || live(got) != want.live {
				t.Errorf("post %d is at version %d %q live %d, want %+v", got.ID, got.Version, got.Title, live(got), *want)
			}
		}
	}
}
