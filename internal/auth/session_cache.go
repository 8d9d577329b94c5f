package auth

import (
	"context"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// sessionState is the cached state of a session.
type sessionState struct {
	actor   Actor
	live    bool
	expires time.Time
	// mustChange is User.MustChangePassword.
	mustChange bool
}

// sessionCache caches the state of sessions, so that a request needs no database read. Each change of
// rights empties it.
type sessionCache struct {
	mu           sync.Mutex
	generation   int // number of invalidations
	states       map[string]sessionState
	onInvalidate func()
}

// maxStates bounds the cached states; one more empties the cache.
const maxStates = 20_000

func (c *sessionCache) invalidate() {
	c.mu.Lock()
	c.generation++
	clear(c.states)
	notify := c.onInvalidate
	c.mu.Unlock()
	if notify != nil {
		notify()
	}
}

func (c *sessionCache) get(id string) (st sessionState, generation int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st, ok = c.states[id]
	return st, c.generation, ok
}

// put stores a state that was read at generation. If the cache was invalidated since, it stores nothing:
// the state may be older than the change.
func (c *sessionCache) put(id string, st sessionState, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return
	}
	if len(c.states) >= maxStates {
		clear(c.states)
	}
	c.states[id] = st
}

// OnChange sets the function that is called, from any goroutine, after each change of rights. It must not
// block. Call OnChange before Run.
func (s *Service) OnChange(notify func()) { s.sessions.onInvalidate = notify }

// Run empties the session cache after changes of rights by other processes, and after a change of the
// database server, until ctx is cancelled.
func (s *Service) Run(ctx context.Context) error {
	changed := s.store.Changes()
	last := Epoch{Server: -1}
	for {
		if epoch, err := s.epoch(ctx); err == nil && epoch != last { // an error shows in the health check of the database
			last = epoch
			s.sessions.invalidate()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// epoch reads the epoch within two seconds.
func (s *Service) epoch(ctx context.Context) (Epoch, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.store.Epoch(ctx)
}

// Verify returns the grant of an access token. It returns an Unauthorized fault for an invalid or expired
// token and for an ended session, and a Forbidden fault if the user must change the password.
func (s *Service) Verify(ctx context.Context, token string) (Grant, error) {
	g, mustChange, err := s.Identify(ctx, token)
	if err == nil && mustChange {
		return Grant{}, errMustChange
	}
	return g, err
}

// Identify is Verify for requests that are allowed before a required change of the password.
func (s *Service) Identify(ctx context.Context, token string) (g Grant, mustChange bool, err error) {
	id, expires, err := s.keys.verify(token)
	if err != nil {
		return Grant{}, false, fault.Wrap(fault.Unauthorized, "The access token is missing, expired or not valid. Sign in again.", err)
	}
	st, err := s.sessionState(ctx, id)
	if err != nil {
		return Grant{}, false, err
	}
	if !st.live || !st.expires.After(s.now()) {
		return Grant{}, false, errSessionEnded
	}
	return Grant{Actor: st.actor, Expires: expires}, st.mustChange, nil
}

// Recheck returns for each grant nil if it is still valid, an Unauthorized fault if its session has ended,
// and a Forbidden fault if the role of its user has changed.
func (s *Service) Recheck(ctx context.Context, grants []Grant) ([]error, error) {
	results := make([]error, len(grants))
	for i, g := range grants {
		st, err := s.sessionState(ctx, g.Actor.SessionID)
		switch {
		case err != nil:
			return nil, err
		case !st.live || !st.expires.After(s.now()):
			results[i] = errSessionEnded
		case st.actor.Role != g.Actor.Role:
			results[i] = fault.New(fault.Forbidden, "Your role has changed.")
		}
	}
	return results, nil
}

func (s *Service) sessionState(ctx context.Context, id string) (sessionState, error) {
	st, generation, ok := s.sessions.get(id)
	if ok && (!st.live || st.expires.After(s.now())) { // after expires the session may have been extended
		return st, nil
	}
	st = sessionState{}
	session, u, err := s.store.Session(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return sessionState{}, err
	}
	if err == nil {
		st = sessionState{actor: Actor{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, SessionID: id},
			live: !session.Revoked && !u.Disabled, expires: session.ExpiresAt, mustChange: u.MustChangePassword}
	}
	s.sessions.put(id, st, generation)
	return st, nil
}
