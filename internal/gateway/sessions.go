package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/backoff"
	"github.com/wiredesk/wiredesk/internal/fault"
)

const (
	recheckPage   = 500             // grants that are verified at once
	verifyTimeout = 5 * time.Second // bounds each call of Auth
)

// verifyRetries are the waits after a failed attempt to verify all connections.
var verifyRetries = backoff.Backoff{Min: 50 * time.Millisecond, Max: 2 * time.Second}

// sessions verifies the grants of connections.
type sessions struct {
	auth   Auth
	conns  func() []*conn
	logger *slog.Logger

	requests  atomic.Int64  // calls of requestRecheck
	requested chan struct{} // notified by them
}

func newSessions(auth Auth, conns func() []*conn, logger *slog.Logger) *sessions {
	return &sessions{auth: auth, conns: conns, logger: logger, requested: make(chan struct{}, 1)}
}

func (s *sessions) verify(ctx context.Context, token string) (auth.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	return s.auth.Verify(ctx, token)
}

// requestRecheck has run verify all connections soon.
func (s *sessions) requestRecheck() {
	s.requests.Add(1)
	notify(s.requested)
}

// recheckSince repeats a recheck that was requested after before was read from requests: it may have
// missed a connection that was not known yet although its token had been verified.
func (s *sessions) recheckSince(before int64) {
	if s.requests.Load() != before {
		notify(s.requested)
	}
}

// run verifies all connections after each request, until ctx ends.
func (s *sessions) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.requested:
		}
		if backoff.Retry(ctx, verifyRetries, s.recheckAll) != nil {
			return
		}
	}
}

func (s *sessions) recheckAll(ctx context.Context) error {
	for page := range slices.Chunk(s.conns(), recheckPage) {
		if err := s.recheck(ctx, page); err != nil {
			s.logger.Warn("session verification failed", "error", err)
			return err
		}
	}
	return nil
}

// recheck closes those of conns that have lost their grant. It keeps a connection that has renewed
// its grant meanwhile: the new one was verified later.
func (s *sessions) recheck(ctx context.Context, conns []*conn) error {
	grants := make([]auth.Grant, len(conns))
	for i, c := range conns {
		grants[i] = c.granted()
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	verdicts, err := s.auth.Recheck(ctx, grants)
	if err != nil {
		return fmt.Errorf("verifying %d sessions: %w", len(grants), err)
	}
	for i, verdict := range verdicts {
		kind := fault.KindOf(verdict)
		if verdict != nil && (kind == fault.Unauthorized || kind == fault.Forbidden) && conns[i].granted() == grants[i] {
			conns[i].closeWith(closeForAuthError(verdict))
		}
	}
	return nil
}

// granted returns the connection's present grant.
func (c *conn) granted() auth.Grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.grant
}
