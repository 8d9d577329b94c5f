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
			s.log.Warn("clean-up failed; it is tried again in an hour", "err", err)
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
