package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const cleanUpEvery = time.Hour // over all nodes

// cleanUp forgets what is past its time, unless another node has done so in the last
// hour. It asks every 10 minutes or so, at times of its own.
func (s *server) cleanUp(ctx context.Context) error {
	for {
		if err := s.cleanUpIfDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("clean-up failed; it is tried again in an hour", "error", err)
		}
		select {
		case <-time.After(5*time.Minute + rand.N(10*time.Minute)):
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *server) cleanUpIfDue(ctx context.Context) error {
	store := s.desk.store
	if mine, err := store.ClaimCleanUp(ctx, cleanUpEvery); err != nil || !mine {
		return err
	}
	s.log.Info("cleaning up")
	err := s.deleteOld(ctx)
	if err == nil {
		s.cleanedUp.Store(time.Now().Unix())
	}
	return err
}

// deleteOld deletes idempotent results, sessions and events past their time.
func (s *server) deleteOld(ctx context.Context) error {
	store := s.desk.store
	err := errors.Join(store.DeleteOldOutcomes(ctx), store.DeleteExpiredSessions(ctx, time.Now()))
	if s.cfg.eventRetention == 0 {
		return err
	}
	published, watermarkErr := store.Watermark(ctx)
	if watermarkErr != nil {
		return errors.Join(err, watermarkErr)
	}
	dropped, dropErr := store.DropEvents(ctx, time.Now().Add(-s.cfg.eventRetention), published)
	if dropped > 0 {
		s.log.Info("old events dropped", "events", dropped, "retention", s.cfg.eventRetention)
	}
	return errors.Join(err, dropErr)
}

const (
	thinEvery = time.Minute
	// thinAfter is the age from which an autosave may be thinned. Until then an open editor can
	// use it as the base of a merge.
	thinAfter = time.Hour
)

// thin removes the content of old autosaves, unless another node does so at the moment.
func (s *server) thin(ctx context.Context) error {
	for wait := 5 * time.Second; ; wait = thinEvery/2 + rand.N(thinEvery) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		if err := s.thinAutosaves(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("thinning failed; it is tried again in a minute", "error", err)
		}
	}
}

func (s *server) thinAutosaves(ctx context.Context) error {
	published, err := s.desk.store.Watermark(ctx)
	if err != nil {
		return err
	}
	thinned, err := s.desk.store.ThinAutosaves(ctx, time.Now().Add(-thinAfter), published)
	if thinned > 0 {
		s.log.Info("autosaves thinned", "events", thinned)
	}
	return err
}
