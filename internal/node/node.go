// Package node keeps the membership of an installation: the nodes (server processes) on one database that
// are alive, a payload of each for the others, and conflicts between their settings. The gateway uses the
// payload for presence over all nodes.
//
// Nodes communicate through rows of the database, so they need neither Kafka nor addresses. Each node
// writes its own record every second with a higher heartbeat, and reads all others every 150 ms. A node
// whose heartbeat does not change for 4 s has timed out; clocks of different machines are not compared.
// The package never decides what a node does, and elects no leader: see the lease of package outbox.
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

// Info has the settings of a node that the others check.
type Info struct {
	Name     string `json:"name"`     // WIREDESK_NODE
	Signs    string `json:"signs"`    // the id of the secret that signs its access tokens
	Embedded bool   `json:"embedded"` // it uses an embedded Kafka broker
}

// Record is the row of one node in the database.
type Record struct {
	ID             string // of the process, random at each start
	Info           string // the type Info as JSON
	Heartbeat      int64  // increases with each write of the record
	PayloadVersion int64  // increases with each other Payload
	Payload        []byte // for the other nodes; this package does not interpret it
}

// Store stores the records. Package sqlstore implements it.
type Store interface {
	// PutNode stores a record in place of the node's last one.
	PutNode(ctx context.Context, r Record) error
	// Nodes returns all records without their payloads.
	Nodes(ctx context.Context) ([]Record, error)
	// NodePayload returns the payload of one record, nil if there is no such record.
	NodePayload(ctx context.Context, id string) ([]byte, error)
	// DeleteNode deletes a record. A missing one is no error.
	DeleteNode(ctx context.Context, id string) error
}

// Config has the settings of this node, and its requirements for the others.
type Config struct {
	Info
	Accepts []string     // the ids of the secrets whose tokens this node accepts
	Logger  *slog.Logger // nil: silent
}

// A record is written when the payload changes, and every heartbeatEvery. The others read it within
// pollEvery, the first one within alonePollEvery. A node has timed out when its heartbeat has not changed
// for nodeTimeout.
const (
	heartbeatEvery = time.Second
	nodeTimeout    = 4 * time.Second
	pollEvery      = 150 * time.Millisecond
	alonePollEvery = 500 * time.Millisecond // while there is no other record
	retryEvery     = time.Second            // while the database is unavailable
	storeTimeout   = 2 * time.Second
)

// Roster is the view of one node on all nodes. Its methods may be called from any goroutine and, except
// Run, do not block.
type Roster struct {
	store    Store
	cfg      Config
	self     Record // as last written; only ID is used outside of write
	onChange func()
	changed  chan struct{}

	// Fields of the goroutine of watch.
	peers            map[string]*peer
	unavailableSince time.Time // zero: the database is available

	mu       sync.Mutex
	payload  []byte            // of this node
	timedOut []string          // ids of records to delete
	payloads map[string][]byte // of the other nodes that are alive, by id; replaced, never changed
	problems []string
}

// peer is another node as last read.
type peer struct {
	Record
	info     Info
	seen     time.Time // when its heartbeat was seen to change
	alive    bool      // the heartbeat changed since it was first seen: it is not the record of a crashed process
	timedOut bool      // the heartbeat has not changed for nodeTimeout
}

// New returns a Roster for Run. It is empty before.
func New(store Store, cfg Config) *Roster {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	info, _ := json.Marshal(cfg.Info) // cannot fail for strings and bools
	return &Roster{store: store, cfg: cfg, onChange: func() {}, changed: make(chan struct{}, 1),
		self: Record{ID: rand.Text(), Info: string(info)}, peers: map[string]*peer{}}
}

// OnChange sets a function that is called when the payloads have changed. It must not block. Call OnChange
// before Run.
func (r *Roster) OnChange(f func()) { r.onChange = f }

// SetPayload replaces the payload of this node. The slice must not change afterwards.
func (r *Roster) SetPayload(payload []byte) {
	r.mu.Lock()
	r.payload = payload
	r.mu.Unlock()
	select {
	case r.changed <- struct{}{}:
	default: // a write is pending
	}
}

// Payloads returns the payloads of the other nodes that are alive, by their ids. The map must not be
// changed.
func (r *Roster) Payloads() map[string][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.payloads
}

// Others reports whether other nodes are alive, or were within nodeTimeout.
func (r *Roster) Others() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.payloads) > 0
}

// Problems returns the conflicts between the settings of the nodes, as one sentence each with its fix.
func (r *Roster) Problems() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.problems
}

// Run writes the record of this node and reads the others until ctx ends. Then it deletes the record, so
// that the others notice at once, and returns nil. While the database is unavailable, the last payloads are
// kept for nodeTimeout.
func (r *Roster) Run(ctx context.Context) error {
	var both sync.WaitGroup
	both.Go(func() { r.write(ctx) })
	both.Go(func() { r.watch(ctx) }) // in its own goroutine, as a write may wait
	both.Wait()
	return nil
}

// write stores the record when the payload changes, and every heartbeatEvery. At the end it deletes it.
func (r *Roster) write(ctx context.Context) {
	for {
		r.call(ctx, "writing the record of this node", r.put)
		select {
		case <-ctx.Done():
			r.call(context.WithoutCancel(ctx), "deleting the record of this node", func(ctx context.Context) error { return r.store.DeleteNode(ctx, r.self.ID) })
			return
		case <-r.changed:
		case <-time.After(heartbeatEvery):
		}
	}
}

// call calls the store with a timeout. Errors are logged at level debug: readiness checks report the database.
func (r *Roster) call(ctx context.Context, what string, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	err := do(ctx)
	if err != nil {
		r.cfg.Logger.Debug("node: "+what, "error", err)
	}
	return err
}

// put writes the record and deletes the records of nodes that timed out.
func (r *Roster) put(ctx context.Context) error {
	r.mu.Lock()
	payload, timedOut := r.payload, r.timedOut
	r.timedOut = nil
	r.mu.Unlock()
	r.self.Heartbeat++ // before the write, which may succeed in spite of an error: no number is used twice
	if string(payload) != string(r.self.Payload) {
		r.self.Payload = payload
		r.self.PayloadVersion++
	}
	err := r.store.PutNode(ctx, r.self)
	for _, id := range timedOut {
		err = errors.Join(err, r.store.DeleteNode(ctx, id))
	}
	return err
}

// watch reads the records of the other nodes.
func (r *Roster) watch(ctx context.Context) {
	for {
		wait := pollEvery
		switch err := r.call(ctx, "reading the records of the nodes", r.poll); {
		case err != nil:
			r.markUnavailable()
			wait = retryEvery
		case len(r.peers) == 0:
			wait = alonePollEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// poll reads the records of the other nodes, and the payloads that changed.
func (r *Roster) poll(ctx context.Context) error {
	rows, err := r.store.Nodes(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if !r.unavailableSince.IsZero() { // no heartbeat could change meanwhile
		r.unavailableSince = time.Time{}
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
		changedPeer, err := r.observe(ctx, row, now)
		if err != nil {
			return err
		}
		changed = changed || changedPeer
	}
	for id, p := range left {
		if p.alive && !p.timedOut {
			r.cfg.Logger.Info("another node stopped", "other", p.info.Name)
		}
		delete(r.peers, id)
		changed = true
	}
	r.publish(changed)
	return nil
}

// observe updates the peer of a record and reports whether the payloads change.
func (r *Roster) observe(ctx context.Context, row Record, now time.Time) (changed bool, err error) {
	p, known := r.peers[row.ID]
	switch {
	case !known || p.Heartbeat != row.Heartbeat:
	case now.Sub(p.seen) > nodeTimeout:
		return r.markTimedOut(p, now), nil
	default:
		return false, nil
	}
	row.Payload = nil
	if known && p.PayloadVersion == row.PayloadVersion {
		row.Payload = p.Payload
	} else if row.Payload, err = r.store.NodePayload(ctx, row.ID); err != nil {
		return false, err
	}
	next := &peer{Record: row, seen: now, alive: known}
	_ = json.Unmarshal([]byte(row.Info), &next.info) // the info of a later release may differ: then it has no conflicts
	r.peers[row.ID] = next
	if known && (!p.alive || p.timedOut) {
		r.cfg.Logger.Info("another node joined", "other", next.info.Name)
	}
	return !known || p.timedOut || p.PayloadVersion != row.PayloadVersion, nil
}

// markTimedOut marks a peer without heartbeats, and reports whether it was alive before. Its record will be
// deleted; a suspended node that resumes writes it again.
func (r *Roster) markTimedOut(p *peer, now time.Time) (changed bool) {
	if !p.timedOut && p.alive {
		r.cfg.Logger.Info("another node timed out", "other", p.info.Name)
	}
	changed, p.timedOut, p.seen = !p.timedOut, true, now
	r.mu.Lock()
	r.timedOut = append(r.timedOut, p.ID)
	r.mu.Unlock()
	return changed
}

// markUnavailable handles a failed poll. After nodeTimeout it removes all peers.
func (r *Roster) markUnavailable() {
	if r.unavailableSince.IsZero() {
		r.unavailableSince = time.Now()
	}
	if time.Since(r.unavailableSince) > nodeTimeout && len(r.peers) > 0 {
		clear(r.peers)
		r.publish(true)
	}
}

// publish updates the state that other goroutines read, logs new conflicts, and calls onChange.
func (r *Roster) publish(changed bool) {
	problems := r.checkConfig()
	r.mu.Lock()
	before := r.problems
	r.problems = problems
	if changed {
		r.payloads = make(map[string][]byte, len(r.peers))
		for id, p := range r.peers {
			if !p.timedOut {
				r.payloads[id] = p.Payload
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
		r.onChange()
	}
}

// checkConfig returns the conflicts between this node and the peers that are surely alive.
func (r *Roster) checkConfig() []string {
	var problems []string
	for _, p := range r.peers {
		if !p.alive || p.timedOut {
			continue
		}
		if p.info.Name == r.cfg.Name {
			problems = append(problems, fmt.Sprintf("another node is named %q too: give each a WIREDESK_NODE of its own", r.cfg.Name))
		}
		if !slices.Contains(r.cfg.Accepts, p.info.Signs) {
			problems = append(problems, fmt.Sprintf("the access tokens of node %q are refused here: give all nodes the same JWT_SECRET", p.info.Name))
		}
		for _, f := range []Info{r.cfg.Info, p.info} {
			if f.Embedded {
				problems = append(problems, fmt.Sprintf("node %q has a Kafka broker of its own, where the other nodes' events are missing or late: give all nodes one KAFKA_BROKER", f.Name))
			}
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}
