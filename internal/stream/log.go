package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// logFlapWindow is the least time between two lines about an event log that cannot be read.
const logFlapWindow = 10 * time.Second

// mustBeGone returns errNotVisible unless the events at both ends of a gap have left the log or are lost.
func (s *Stream) mustBeGone(ctx context.Context, first, last int64) error {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	for _, seq := range [...]int64{first, last} {
		gone, err := s.log.Gone(ctx, seq)
		if err != nil {
			return s.recordLogError(fmt.Errorf("reading the event log's start: %w", err))
		}
		if !gone {
			return fmt.Errorf("%w: %d", errNotVisible, seq)
		}
	}
	return nil
}

// after reads one page of the log.
func (s *Stream) after(ctx context.Context, seq int64) ([]event.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	events, err := s.log.After(ctx, seq, pageSize)
	if err != nil {
		err = fmt.Errorf("reading events after %d: %w", seq, err)
	}
	return events, s.recordLogError(err)
}

// position reads the log's epoch and the seq of its newest event.
func (s *Stream) position(ctx context.Context) (event.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	at, err := s.log.Position(ctx)
	if err != nil {
		err = fmt.Errorf("reading the event log's head: %w", err)
	}
	return at, s.recordLogError(err)
}

// Healthy returns nil if the last read of the event log succeeded, else its error.
func (s *Stream) Healthy() error {
	if err := s.logErr.Load(); err != nil {
		return *err
	}
	return nil
}

// recordLogError stores the error that Healthy returns, and returns err. The error of a canceled query is not the log's.
// It logs when the log cannot be read, at most once in logFlapWindow, and after each such line when it can be read again.
func (s *Stream) recordLogError(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err == nil {
		s.logErr.Store(nil)
		if s.logReported.CompareAndSwap(true, false) {
			s.cfg.Logger.Info("event log readable again")
		}
		return nil
	}
	s.logErr.Store(&err)
	now, last := int64(time.Since(s.started)), s.reportedAt.Load()
	if due := last == 0 || now-last >= int64(logFlapWindow); due && !s.logReported.Load() && s.reportedAt.CompareAndSwap(last, now) {
		s.cfg.Logger.Warn("reading the event log failed", "error", err)
		s.logReported.Store(true)
	}
	return err
}
