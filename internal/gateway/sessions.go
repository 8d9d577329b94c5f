package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

const recheckPage = 500 // grants verified at once

func (h *Hub) verify(ctx context.Context, token string) (auth.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	return h.auth.Verify(ctx, token)
}

// watchSessions verifies all connections again whenever Recheck was called.
func (h *Hub) watchSessions(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.recheckNow:
		}
		if retry(ctx, h.recheckAll) != nil {
			return
		}
	}
}

func (h *Hub) recheckAll(ctx context.Context) error {
	h.mu.Lock()
	conns := slices.Collect(maps.Keys(h.conns))
	h.mu.Unlock()
	for page := range slices.Chunk(conns, recheckPage) {
		if err := h.recheck(ctx, page); err != nil {
			h.cfg.Logger.Warn("session verification failed", "error", err)
			return err
		}
	}
	return nil
}

// recheck closes those of conns whose grant is lost. A verdict over a grant that was
// renewed meanwhile is dropped: the new one has been verified since.
func (h *Hub) recheck(ctx context.Context, conns []*conn) error {
	grants := make([]auth.Grant, len(conns))
	for i, c := range conns {
		grants[i] = c.granted()
	}
	ctx, cancel := context.WithTimeout(ctx, dependencyTimeout)
	defer cancel()
	verdicts, err := h.auth.Recheck(ctx, grants)
	if err != nil {
		return fmt.Errorf("verifying %d sessions: %w", len(grants), err)
	}
	for i, verdict := range verdicts {
		kind := fault.KindOf(verdict)
		if verdict != nil && (kind == fault.Unauthorized || kind == fault.Forbidden) && conns[i].granted() == grants[i] {
			conns[i].shut(lost(verdict))
		}
	}
	return nil
}

func (c *conn) granted() auth.Grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.grant
}

// recheckSince repeats a Recheck that came after before was read: a token that was
// verified just ahead of it may have been missed, its connection not being known yet.
func (h *Hub) recheckSince(before int64) {
	if h.rechecks.Load() != before {
		signal(h.recheckNow)
	}
}
