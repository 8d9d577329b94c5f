// Package node lets the processes that serve one desk know of each other: which of
// them live, what each says of who is on it, and whether their settings fit together.
// They meet in the database, so it takes no Kafka and no addresses. It never decides
// what a node does.
package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Facts is what a node says of itself.
type Facts struct {
	Name     string `json:"name"`     // WIREDESK_NODE
	Signs    string `json:"signs"`    // the id of the secret that it signs access tokens with
	Embedded bool   `json:"embedded"` // the Kafka broker that it uses is its own
}

// Row is a node as it stands in the database.
type Row struct {
	ID    string // the process; another one at each start
	Facts string // JSON
	Beat  int64  // greater each time that the node writes its row
	Noted int64  // greater each time that it writes another Note
	Note  []byte // for the other nodes; what it says is no matter of this package
}

// Store keeps the rows. It needs no clock: whether a node lives shows in its beats.
type Store interface {
	// PutNode stores a node's row in the place of its last one.
	PutNode(ctx context.Context, r Row) error
	// Nodes returns all rows without their notes.
	Nodes(ctx context.Context) ([]Row, error)
	// Note returns the note of one row, nil when there is no such row.
	Note(ctx context.Context, id string) ([]byte, error)
	// DeleteNode removes a row; none being there is no error.
	DeleteNode(ctx context.Context, id string) error
}

// Config is what a node is called, and what it expects of the others.
type Config struct {
	Facts
	Accepts []string     // the ids of the secrets whose tokens are good here
	Logger  *slog.Logger // nil: silent
}

// A row is written when the note changes, and at each beat. One that has not changed for
// lifetime belongs to a dead node. A note is at the others within lookEvery, or aloneEvery when it is
// the first.
const (
	beatEvery  = time.Second
	lifetime   = 4 * time.Second
	lookEvery  = 150 * time.Millisecond
	aloneEvery = 500 * time.Millisecond // while there is no other row
	retryEvery = time.Second            // while the database is away
	askTimeout = 2 * time.Second
)

// Roster is one node's view of all. Its methods may be called from any goroutine.
type Roster struct {
	store Store
	cfg   Config
	self  Row // as it was written last; but for the ID, write's alone
	tell  func()
	told  chan struct{}

	// watch's alone.
	peers map[string]*peer
	away  time.Time // since when the database does not answer; zero: it does

	mu       sync.Mutex
	note     []byte            // of this node
	dead     []string          // rows to remove
	notes    map[string][]byte // of the living others; replaced, never changed
	problems []string
}

// peer is another node as it was seen last.
type peer struct {
	Row
	facts Facts
	seen  time.Time // when its beat was seen to change
	lives bool      // it did so since it was first seen: it is not what a dead one left
	dead  bool      // it has not done so for lifetime
}

// New returns a Roster that knows nobody before Run.
func New(store Store, cfg Config) *Roster {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	facts, _ := json.Marshal(cfg.Facts) // two strings and a bool always can
	return &Roster{store: store, cfg: cfg, tell: func() {}, told: make(chan struct{}, 1),
		self: Row{ID: rand.Text(), Facts: string(facts)}, peers: map[string]*peer{}}
}

// OnChange sets what is called, not to block, when another node's note has changed,
// come or gone. Call it before Run.
func (r *Roster) OnChange(tell func()) { r.tell = tell }

// Tell gives the other nodes a note in the place of the last one. It never waits.
func (r *Roster) Tell(note []byte) {
	r.mu.Lock()
	r.note = note
	r.mu.Unlock()
	select {
	case r.told <- struct{}{}:
	default: // it is about to be written anyway
	}
}

// Notes returns what each of the other living nodes told last. Nobody may change it.
func (r *Roster) Notes() map[string][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.notes
}

// Others reports whether other nodes live, or lived within the last seconds.
func (r *Roster) Others() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.notes) > 0
}

// Problems returns in what the nodes' settings do not fit together, one line each.
func (r *Roster) Problems() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.problems
}

// Run keeps this node's row and watches the others' until ctx ends; then it removes
// the row, so that the others know at once. With the database away the last notes
// stand for lifetime.
func (r *Roster) Run(ctx context.Context) error {
	var both sync.WaitGroup
	both.Go(func() { r.write(ctx) })
	both.Go(func() { r.watch(ctx) }) // on its own: a write may wait for long
	both.Wait()
	return nil
}

// write stores this node's row when its note changes, and at each beat.
func (r *Roster) write(ctx context.Context) {
	for {
		r.ask(ctx, "writing this node's row", r.put)
		select {
		case <-ctx.Done():
			r.ask(context.WithoutCancel(ctx), "removing this node's row", func(ctx context.Context) error { return r.store.DeleteNode(ctx, r.self.ID) })
			return
		case <-r.told:
		case <-time.After(beatEvery):
		}
	}
}

// ask bounds a question to the store. That it was not answered shows elsewhere.
func (r *Roster) ask(ctx context.Context, what string, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	err := do(ctx)
	if err != nil {
		r.cfg.Logger.Debug("node: "+what, "error", err)
	}
	return err
}

func (r *Roster) put(ctx context.Context) error {
	r.mu.Lock()
	note, dead := r.note, r.dead
	r.dead = nil
	r.mu.Unlock()
	r.self.Beat++ // even if it fails: it may be stored all the same, and no number is used twice
	if string(note) != string(r.self.Note) {
		r.self.Note = note
		r.self.Noted++
	}
	err := r.store.PutNode(ctx, r.self)
	for _, id := range dead {
		err = errors.Join(err, r.store.DeleteNode(ctx, id))
	}
	return err
}

func (r *Roster) watch(ctx context.Context) {
	for {
		wait := lookEvery
		switch err := r.ask(ctx, "reading the nodes' rows", r.look); {
		case err != nil:
			r.lost()
			wait = retryEvery
		case len(r.peers) == 0:
			wait = aloneEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// look reads the others' rows, and the notes that are new.
func (r *Roster) look(ctx context.Context) error {
	rows, err := r.store.Nodes(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if !r.away.IsZero() { // nobody could beat meanwhile
		r.away = time.Time{}
		for _, p := range r.peers {
			p.seen = now
		}
	}
	changed := false
	left := maps.Clone(r.peers)
	for _, row := range rows {
		if row.ID == r.self.ID {
			continue
		}
		delete(left, row.ID)
		news, err := r.meet(ctx, row, now)
		if err != nil {
			return err
		}
		changed = changed || news
	}
	for id, p := range left {
		if p.lives && !p.dead {
			r.cfg.Logger.Info("another node stopped", "other", p.facts.Name)
		}
		delete(r.peers, id)
		changed = true
	}
	r.conclude(changed)
	return nil
}

// meet takes in the row of another node and reports whether that changes the notes.
func (r *Roster) meet(ctx context.Context, row Row, now time.Time) (changed bool, err error) {
	p, known := r.peers[row.ID]
	switch {
	case !known || p.Beat != row.Beat:
	case now.Sub(p.seen) > lifetime:
		return r.bury(p, now), nil
	default:
		return false, nil
	}
	row.Note = nil
	if known && p.Noted == row.Noted {
		row.Note = p.Note
	} else if row.Note, err = r.store.Note(ctx, row.ID); err != nil {
		return false, err
	}
	next := &peer{Row: row, seen: now, lives: known}
	_ = json.Unmarshal([]byte(row.Facts), &next.facts) // what a later version may write differently says nothing
	r.peers[row.ID] = next
	if known && (!p.lives || p.dead) {
		r.cfg.Logger.Info("another node joined", "other", next.facts.Name)
	}
	return !known || p.dead || p.Noted != row.Noted, nil
}

// bury counts a node as dead whose beat stands still, and reports whether that is news.
// Its row is removed; should the node wake up after all, it writes the row anew.
func (r *Roster) bury(p *peer, now time.Time) (news bool) {
	if !p.dead && p.lives {
		r.cfg.Logger.Info("another node timed out", "other", p.facts.Name)
	}
	news, p.dead, p.seen = !p.dead, true, now
	r.mu.Lock()
	r.dead = append(r.dead, p.ID)
	r.mu.Unlock()
	return news
}

// lost notes that the database does not answer. The others are forgotten in the end.
func (r *Roster) lost() {
	if r.away.IsZero() {
		r.away = time.Now()
	}
	if time.Since(r.away) > lifetime && len(r.peers) > 0 {
		clear(r.peers)
		r.conclude(true)
	}
}

// conclude makes known what was seen.
func (r *Roster) conclude(changed bool) {
	problems := r.judge()
	r.mu.Lock()
	before := r.problems
	r.problems = problems
	if changed {
		r.notes = make(map[string][]byte, len(r.peers))
		for id, p := range r.peers {
			if !p.dead {
				r.notes[id] = p.Note
			}
		}
	}
	r.mu.Unlock()
	for _, problem := range problems {
		if !slices.Contains(before, problem) {
			r.cfg.Logger.Error("conflicting node configuration", "problem", problem)
		}
	}
	if changed {
		r.tell()
	}
}

// judge lists what is wrong between this node and those that surely live.
func (r *Roster) judge() []string {
	var problems []string
	for _, p := range r.peers {
		if !p.lives || p.dead {
			continue
		}
		if p.facts.Name == r.cfg.Name {
			problems = append(problems, fmt.Sprintf("another node is named %q too: give each a WIREDESK_NODE of its own", r.cfg.Name))
		}
		if !slices.Contains(r.cfg.Accepts, p.facts.Signs) {
			problems = append(problems, fmt.Sprintf("the access tokens of node %q are refused here: give all nodes the same JWT_SECRET", p.facts.Name))
		}
		for _, f := range []Facts{r.cfg.Facts, p.facts} {
			if f.Embedded {
				problems = append(problems, fmt.Sprintf("node %q has a Kafka broker of its own, where the other nodes' events are missing or late: give all nodes one KAFKA_BROKER", f.Name))
			}
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}
