package gateway_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// users is an Auth for tokens of the form <user id>.<session>.
type users struct {
	mu      sync.Mutex
	expires time.Time
	away    error
	lost    map[string]error // verdicts by session
	verify  func()           // called in the middle of Verify
	recheck func()           // called in the middle of Recheck
}

func (u *users) Verify(_ context.Context, token string) (auth.Grant, error) {
	var id int64
	var session string
	if _, err := fmt.Sscanf(token, "%d.%s", &id, &session); err != nil {
		return auth.Grant{}, fault.New(fault.Unauthorized, "no such token")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.away != nil {
		return auth.Grant{}, u.away
	}
	if err := u.lost[session]; err != nil {
		return auth.Grant{}, err
	}
	if u.verify != nil {
		u.mu.Unlock()
		u.verify()
		u.mu.Lock()
	}
	expires := u.expires
	if expires.IsZero() {
		expires = time.Now().Add(15 * time.Minute)
	}
	role := auth.Editor
	if strings.HasPrefix(session, "viewer") {
		role = auth.Viewer
	}
	return auth.Grant{Actor: auth.Actor{ID: id, Name: fmt.Sprintf("User %d", id), Email: fmt.Sprintf("u%d@x.example", id),
		Role: role, SessionID: session}, Expires: expires}, nil
}

func (u *users) Recheck(_ context.Context, grants []auth.Grant) ([]error, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.away != nil {
		return nil, u.away
	}
	verdicts := make([]error, len(grants))
	for i, g := range grants {
		verdicts[i] = u.lost[g.Actor.SessionID]
	}
	if u.recheck != nil {
		u.mu.Unlock()
		u.recheck()
		u.mu.Lock()
	}
	return verdicts, nil
}

func (u *users) lose(session string, kind fault.Kind) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lost[session] = fault.New(kind, "lost")
}

func (u *users) set(do func(*users)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	do(u)
}
