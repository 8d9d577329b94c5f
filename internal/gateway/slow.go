package gateway

import (
	"sync"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/limit"
)

const (
	evictedFor = 10 * time.Minute // within which the return of a closed client is reported
	maxEvicted = 10_000           // sessions that are kept
	purgeEvery = time.Minute      // how often all sessions may be searched for old ones
)

// evictions keeps the sessions whose sockets were closed as too slow, to report those that return beyond ResumeLimit: such a
// client could not keep up, and now has to load everything again, for which its network may be too slow too.
type evictions struct {
	mu       sync.Mutex
	sessions map[string]time.Time // when one was closed last
	lines    limit.Lines          // of the log, about returns beyond ResumeLimit
	purged   time.Time
}

func newEvictions() evictions { return evictions{sessions: map[string]time.Time{}} }

func (e *evictions) add(session string, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.sessions) >= maxEvicted && now.Sub(e.purged) >= purgeEvery {
		e.purged = now
		for s, at := range e.sessions {
			if now.Sub(at) > evictedFor {
				delete(e.sessions, s)
			}
		}
	}
	if len(e.sessions) < maxEvicted {
		e.sessions[session] = now
	}
}

// returned reports whether a socket of the session was closed as too slow not long ago, and forgets it. due is above 0 when
// a line in the log is due, at most once a minute: the number of such returns since the last one.
func (e *evictions) returned(session string, now time.Time) (slow bool, due int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, ok := e.sessions[session]
	if !ok {
		return false, 0
	}
	delete(e.sessions, session)
	if now.Sub(at) > evictedFor {
		return false, 0
	}
	if n, isDue := e.lines.Add(now); isDue {
		due = n
	}
	return true, due
}

// reportRefresh counts and logs a client that has to load everything again after it was closed as too slow.
func (h *Hub) reportRefresh(actor auth.Actor, missed int64) {
	slow, due := h.evicted.returned(actor.SessionID, time.Now())
	if !slow {
		return
	}
	h.metrics.slowRefreshes.Inc()
	if due > 0 {
		h.cfg.Logger.Warn("slow client reconnected beyond RESUME_LIMIT and reloads everything",
			"user", actor.ID, "email", actor.Email, "session", actor.SessionID, "missed", missed, "limit", h.stream.ResumeLimit(), "refreshes", due)
	}
}
