package sqlstore

import (
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
)

// TestRightsCache_epochs: a session is found only at the epoch that it was read at. An older
// read, of a transaction on the old database server too, replaces nothing.
func TestRightsCache_epochs(t *testing.T) {
	read := auth.Epoch{Server: 1, Changes: 10}
	for name, c := range map[string]struct {
		later        auth.Epoch
		kept, stored bool
	}{
		"same epoch":                    {auth.Epoch{Server: 1, Changes: 10}, true, true},
		"older":                         {auth.Epoch{Server: 1, Changes: 9}, true, false},
		"newer":                         {auth.Epoch{Server: 1, Changes: 11}, false, true},
		"old server":                    {auth.Epoch{Server: 0, Changes: 10}, true, false},
		"old server, after more losses": {auth.Epoch{Server: 0, Changes: 11}, true, false},
		"new server":                    {auth.Epoch{Server: 2, Changes: 10}, false, true},
		"new server, after fewer":       {auth.Epoch{Server: 2, Changes: 9}, false, true},
	} {
		var cache rightsCache
		session := auth.Session{ExpiresAt: time.Now().Add(time.Hour)}
		cache.put(access{epoch: read}, "first", session, auth.User{})
		cache.put(access{epoch: c.later}, "second", session, auth.User{})
		if _, _, ok := cache.get(access{epoch: read}, "first"); ok != c.kept {
			t.Errorf("%s: the first session is kept: %v", name, ok)
		}
		if _, _, ok := cache.get(access{epoch: c.later}, "second"); ok != c.stored {
			t.Errorf("%s: the second session is stored: %v", name, ok)
		}
	}
}
