package gateway_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

var stamps atomic.Int64

// memLog is an event log in memory.
type memLog struct {
	mu     sync.Mutex
	events []event.Event // of seq pruned+1, pruned+2 …
	pruned int64
	away   error   // of every call
	broken error   // of After alone
	reads  int     // calls of After
	heads  int     // calls of Position
	hidden []int64 // After steps over them, as a query may over what was just committed
	lost   []int64
	epochs int // that were begun
}

func (l *memLog) Position(context.Context) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heads++
	return event.Position{Epoch: l.epoch(), Seq: l.pruned + int64(len(l.events))}, l.away
}

func (l *memLog) ID(_ context.Context, seq int64) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.pruned || seq > l.pruned+int64(len(l.events)) {
		return "", l.away
	}
	return l.events[seq-l.pruned-1].ID, l.away
}

// Stamp is another one at each call.
func (l *memLog) Stamp() [4]int64 { return [4]int64{stamps.Add(1)} }

func (l *memLog) epoch() string { return fmt.Sprint("epoch-", l.epochs) }

func (l *memLog) NewEpoch(_ context.Context, old string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away == nil && old == l.epoch() {
		l.epochs++
		for i := range l.events {
			l.events[i].Epoch = l.epoch()
		}
	}
	return l.epoch(), l.away
}

func (l *memLog) Oldest(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pruned + 1, l.away
}

func (l *memLog) After(_ context.Context, seq int64, limit int) ([]event.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if err := cmp.Or(l.away, l.broken); err != nil {
		return nil, err
	}
	from := min(max(seq-l.pruned, 0), int64(len(l.events)))
	page := slices.Clone(l.events[from:min(int(from)+limit, len(l.events))])
	hidden := func(e event.Event) bool { return slices.Contains(l.lost, e.Seq) || slices.Contains(l.hidden, e.Seq) }
	return slices.DeleteFunc(page, hidden), nil
}

// hide keeps events out of every page until it is called again.
func (l *memLog) hide(seqs ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hidden = seqs
}

// lose removes events for good.
func (l *memLog) lose(seqs ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = seqs
}

// Gone reports whether the event was pruned, or is among the lost.
func (l *memLog) Gone(_ context.Context, seq int64) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return seq <= l.pruned || slices.Contains(l.lost, seq), l.away
}

// commit appends n events of posts 1 to 5 in turn, and returns them.
func (l *memLog) commit(n int) []event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		e := newEvent(l.pruned + int64(len(l.events)) + 1)
		e.Epoch = l.epoch()
		l.events = append(l.events, e)
	}
	return append([]event.Event(nil), l.events[len(l.events)-n:]...)
}

// commitOther appends n events that have other ids than those that commit appends.
func (l *memLog) commitOther(n int) []event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		e := newEvent(l.pruned + int64(len(l.events)) + 1)
		e.Epoch, e.ID = l.epoch(), fmt.Sprintf("other-%d", e.Seq)
		l.events = append(l.events, e)
	}
	return slices.Clone(l.events[len(l.events)-n:])
}

// prune drops all events up to seq.
func (l *memLog) prune(seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = l.events[seq-l.pruned:]
	l.pruned = seq
}

func (l *memLog) setAway(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = err
}

func (l *memLog) readCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

func newEvent(seq int64) event.Event { return sizedEvent(seq, 20) }

// sizedEvent has a description of size bytes.
func sizedEvent(seq int64, size int) event.Event {
	post := (seq-1)%5 + 1
	return event.Event{Epoch: "epoch-0", Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: post, Version: seq,
		Time: time.Date(2026, 11, 23, 10, 0, 0, int(seq%1000)*1e6, time.UTC), Actor: event.Actor{ID: 3, Name: "Ana"},
		Changed: []string{"title"},
		Data: fmt.Appendf(nil, `{"id":%d,"title":"T%d","description":%q,"content":"body %d","version":%d}`,
			post, seq, strings.Repeat("d", size), seq, seq)}
}

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
