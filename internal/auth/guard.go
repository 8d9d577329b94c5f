package auth

import (
	"context"
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// state is what a session allows now.
type state struct {
	actor   Actor
	live    bool
	expires time.Time
}

// guard remembers the state of sessions, so that a request costs no database read.
// It forgets everything at each change of access.
type guard struct {
	mu         sync.Mutex
	generation int
	states     map[string]state
	onForget   func()
}

const maxStates = 20_000

func (g *guard) forget() {
	g.mu.Lock()
	g.generation++
	clear(g.states)
	tell := g.onForget
	g.mu.Unlock()
	if tell != nil {
		tell()
	}
}

func (g *guard) get(id string) (s state, generation int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok = g.states[id]
	return s, g.generation, ok
}

// put keeps what was read, unless access changed since generation: then the read may
// be older than the change.
func (g *guard) put(id string, s state, generation int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.generation != generation {
		return
	}
	if len(g.states) >= maxStates {
		clear(g.states)
	}
	g.states[id] = s
}

// OnChange sets what is called, from any goroutine and not to block, when somebody's
// access changed. Call it before Run.
func (s *Service) OnChange(tell func()) { s.guard.onForget = tell }

// Run watches for changes of access that other processes make, until ctx is
// cancelled. They are noticed within a quarter of a second.
func (s *Service) Run(ctx context.Context) error {
	const every = 250 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := int64(-1)
	for {
		if epoch, err := s.epoch(ctx); err == nil && epoch != last { // a database away is reported by its own check
			last = epoch
			s.guard.forget()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// epoch asks for long enough that a database that was only slow is heard.
func (s *Service) epoch(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.store.Epoch(ctx)
}

// Verify returns what an access token grants. An invalid or expired one, or one whose
// session was revoked, is an Unauthorized fault.
func (s *Service) Verify(ctx context.Context, token string) (Grant, error) {
	id, expires, err := s.keys.verify(token)
	if err != nil {
		return Grant{}, fault.Wrap(fault.Unauthorized, "The access token is missing, expired or not valid. Sign in again.", err)
	}
	st, err := s.state(ctx, id)
	if err != nil {
		return Grant{}, err
	}
	if !st.live || !st.expires.After(s.now()) {
		return Grant{}, errRefresh
	}
	return Grant{Actor: st.actor, Expires: expires}, nil
}

// Recheck returns for each grant nil while it holds, an Unauthorized fault when its
// session has ended, and a Forbidden one when its user's role is another now.
func (s *Service) Recheck(ctx context.Context, grants []Grant) ([]error, error) {
	verdicts := make([]error, len(grants))
	for i, g := range grants {
		st, err := s.state(ctx, g.Actor.SessionID)
		switch {
		case err != nil:
			return nil, err
		case !st.live || !st.expires.After(s.now()):
			verdicts[i] = errRefresh
		case st.actor.Role != g.Actor.Role:
			verdicts[i] = fault.New(fault.Forbidden, "Your role has changed.")
		}
	}
	return verdicts, nil
}

func (s *Service) state(ctx context.Context, id string) (state, error) {
	st, generation, ok := s.guard.get(id)
	if ok && (!st.live || st.expires.After(s.now())) { // a session in use lives longer than was known when it was read
		return st, nil
	}
	st = state{}
	session, u, err := s.store.Session(ctx, id)
	if err != nil && fault.Of(err) != fault.NotFound {
		return state{}, err
	}
	if err == nil {
		st = state{actor: Actor{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, SessionID: id},
			live: !session.Revoked && !u.Disabled, expires: session.ExpiresAt}
	}
	s.guard.put(id, st, generation)
	return st, nil
}
