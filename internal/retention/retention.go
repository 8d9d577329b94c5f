// Package retention deletes stored data past their lifetime. Each hour one node deletes the results of
// idempotent requests after post.ResultTTL, expired sessions, and, if a retention is configured, the
// events that are older. Each minute it thins autosaves: it removes the content of those versions that
// post.Thinnable names.
//
// Only events that Kafka has stored, those up to the relay's watermark, are deleted or thinned. An event
// that the relay has still to publish is kept, however old it is; so is one that the search index lacks.
//
// The package decides when, and past which time; the Store executes it in short transactions. Several
// nodes may run a Cleaner on one database: the Store grants each clean-up to one of them, and lets one
// transaction win each batch of autosaves. A Cleaner starts no goroutine.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
)

const (
	cleanUpEvery = time.Hour // over all nodes
	thinEvery    = time.Minute
	// thinAfter is the age from which an autosave may be thinned. Until then an open editor may need
	// it as the base of a merge.
	thinAfter = time.Hour
)

// Store is the database as this package needs it.
type Store interface {
	// ClaimCleanUp grants one clean-up per period to one of all nodes.
	ClaimCleanUp(ctx context.Context, every time.Duration) (granted bool, err error)
	// DeleteResults deletes the results of idempotent requests that were saved at cutoff or earlier.
	DeleteResults(ctx context.Context, cutoff time.Time) error
	// DeleteExpiredSessions deletes the sessions that have ended by now.
	DeleteExpiredSessions(ctx context.Context, now time.Time) error
	// Watermark returns the number up to which Kafka has all events.
	Watermark(ctx context.Context) (int64, error)
	// DropEvents deletes the oldest events, those before cutoff and up to the number published.
	DropEvents(ctx context.Context, cutoff time.Time, published int64) (dropped int64, err error)
	// ThinAutosaves thins the autosaves before cutoff and up to the number published.
	ThinAutosaves(ctx context.Context, cutoff time.Time, published int64) (thinned int64, err error)
}

// Cleaner deletes old data from a Store.
type Cleaner struct {
	store     Store
	retention time.Duration
	log       *slog.Logger
	cleanedAt atomic.Int64 // Unix seconds; 0: not yet
}

// New returns a Cleaner. Events older than retention are deleted; 0 keeps all events.
func New(store Store, retention time.Duration, log *slog.Logger) *Cleaner {
	return &Cleaner{store: store, retention: retention, log: log}
}

// LastCleanUp returns the time of the last successful clean-up of this process in Unix seconds, 0 if
// there was none. It may be called from any goroutine.
func (c *Cleaner) LastCleanUp() int64 { return c.cleanedAt.Load() }

// RunCleanUp runs the clean-ups until ctx is cancelled. It asks for one at random intervals of 5 to 15
// minutes. A failed clean-up is logged; the next node whose turn it is repeats it.
func (c *Cleaner) RunCleanUp(ctx context.Context) error {
	for {
		if err := c.cleanUpIfDue(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("clean-up failed; retrying in an hour", "error", err)
		}
		select {
		case <-time.After(5*time.Minute + rand.N(10*time.Minute)):
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *Cleaner) cleanUpIfDue(ctx context.Context) error {
	if granted, err := c.store.ClaimCleanUp(ctx, cleanUpEvery); err != nil || !granted {
		return err
	}
	c.log.Info("cleaning up")
	now := time.Now()
	err := errors.Join(c.store.DeleteResults(ctx, now.Add(-post.ResultTTL)), c.store.DeleteExpiredSessions(ctx, now), c.dropEvents(ctx, now))
	if err == nil {
		c.cleanedAt.Store(time.Now().Unix())
	}
	return err
}

func (c *Cleaner) dropEvents(ctx context.Context, now time.Time) error {
	if c.retention == 0 {
		return nil
	}
	published, err := c.store.Watermark(ctx)
	if err != nil {
		return err
	}
	dropped, err := c.store.DropEvents(ctx, now.Add(-c.retention), published)
	if dropped > 0 {
		c.log.Info("old events deleted", "events", dropped, "retention", c.retention)
	}
	return err
}

// RunThinning thins autosaves about once a minute until ctx is cancelled.
func (c *Cleaner) RunThinning(ctx context.Context) error {
	for wait := 5 * time.Second; ; wait = thinEvery/2 + rand.N(thinEvery) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		if err := c.thin(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("thinning failed; retrying in a minute", "error", err)
		}
	}
}

func (c *Cleaner) thin(ctx context.Context) error {
	published, err := c.store.Watermark(ctx)
	if err != nil {
		return err
	}
	thinned, err := c.store.ThinAutosaves(ctx, time.Now().Add(-thinAfter), published)
	if thinned > 0 {
		c.log.Info("autosaves thinned", "events", thinned)
	}
	return err
}
