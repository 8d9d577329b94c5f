package gateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

const (
	subprotocol  = "wiredesk.v1"
	bearerPrefix = "bearer." // of the subprotocol that carries a browser's token
)

// refusal is a handshake that is answered with a problem instead of an upgrade.
type refusal struct {
	status  int
	outcome string // for the metrics
	detail  string
}

func (r *refusal) Error() string { return r.detail }

var (
	errShutdown = &refusal{http.StatusServiceUnavailable, "unavailable", "The gateway is starting or shutting down."}
	errFull     = &refusal{http.StatusServiceUnavailable, "full", "This node has no room for another connection."}
	errTooMany  = &refusal{http.StatusTooManyRequests, "too-many", "You have too many connections open."}
	errAway     = &refusal{http.StatusServiceUnavailable, "unavailable", "A dependency is away; try again."}
	errToken    = &refusal{http.StatusUnauthorized, "unauthorized", "Sign in: the token is missing, expired or revoked."}
	errNoRight  = &refusal{http.StatusForbidden, "unauthorized", "The account gets no events: its role is lost, or its temporary password must be changed first."}
	errOrigin   = &refusal{http.StatusForbidden, "origin", "This origin may not connect."}
	errCursor   = &refusal{http.StatusBadRequest, "malformed", "cursor must be an integer."}
	errOffer    = &refusal{http.StatusBadRequest, "malformed", "Offer the subprotocol " + subprotocol + "."}
	errUpgrade  = &refusal{http.StatusUpgradeRequired, "malformed", "This address speaks WebSocket only."}
)

// ServeHTTP takes GET /ws?cursor=<seq>&epoch=<id>. It returns when the connection is refused, or
// established and told what it missed; the hub then owns it.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	outcome := "accepted"
	if err := h.accept(w, r); err != nil {
		outcome = "broken"
		var no *refusal
		if errors.As(err, &no) {
			outcome = no.outcome
			refuse(w, no)
		} else {
			h.cfg.Logger.Debug("handshake broken off", "error", err)
		}
	}
	h.metrics.handshakes.WithLabelValues(outcome).Inc()
}

// refuse answers with a problem (RFC 9457).
func refuse(w http.ResponseWriter, no *refusal) {
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	switch no.status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		header.Set("Retry-After", "2")
		header.Set("Connection", "close") // so that it does not keep a file descriptor of a node that may have too few
	case http.StatusUpgradeRequired:
		header.Set("Upgrade", "websocket")
	}
	w.WriteHeader(no.status)
	json.NewEncoder(w).Encode(map[string]any{
		"type": "about:blank", "title": http.StatusText(no.status), "status": no.status,
		"detail": no.detail, "requestId": header.Get("X-Request-Id"),
	})
}

// ask is what a handshake asks for.
type ask struct {
	token  string
	cursor *int64 // nil: none was given
	epoch  string // of the cursor; empty: not given
}

func (h *Hub) accept(w http.ResponseWriter, r *http.Request) error {
	before := h.rechecks.Load()
	asked, err := h.read(r)
	if err != nil {
		return err
	}
	grant, err := h.verify(r.Context(), asked.token)
	if err != nil {
		switch fault.Of(err) {
		case fault.Unauthorized:
			return errToken
		case fault.Forbidden:
			return errNoRight
		}
		h.cfg.Logger.Warn("a token could not be verified", "error", err)
		return errAway
	}
	if err := h.reserve(grant.Actor.ID); err != nil {
		return err
	}
	c, early, err := h.upgrade(w, r, asked, grant)
	if err != nil {
		h.mu.Lock()
		h.release(grant.Actor.ID)
		h.mu.Unlock()
		h.wg.Done()
		return err
	}
	h.join(c)
	h.recheckSince(before)
	h.begin(r.Context(), c, early)
	return nil
}

// read checks the request itself, before anyone is asked anything.
func (h *Hub) read(r *http.Request) (ask, error) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return ask{}, errUpgrade
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != h.cfg.Origin && !slices.Contains(h.cfg.OtherOrigins, origin) {
		return ask{}, errOrigin
	}
	var a ask
	if values, ok := r.URL.Query()["cursor"]; ok {
		// Out of range is an integer still, only none of ours.
		cursor, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return ask{}, errCursor
		}
		a.cursor = &cursor
	}
	a.epoch = r.URL.Query().Get("epoch")
	offered := false
	offers := strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ",")
	for offer := range strings.SplitSeq(offers, ",") {
		offer = strings.TrimSpace(offer)
		offered = offered || offer == subprotocol
		if token, ok := strings.CutPrefix(offer, bearerPrefix); ok {
			a.token = token
		}
	}
	if offers != "" && !offered {
		return ask{}, errOffer
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		a.token = strings.TrimSpace(token)
	}
	if a.token == "" {
		return ask{}, errToken
	}
	return a, nil
}

// reserve takes a place for one more connection of user, and makes Run wait for it.
func (h *Hub) reserve(user int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.phase != running:
		return errShutdown
	case h.taken >= h.cfg.MaxSockets:
		return errFull
	case h.perUser[user] >= h.cfg.MaxPerUser:
		return errTooMany
	}
	h.taken++
	h.perUser[user]++
	h.wg.Add(1)
	return nil
}

var upgrader = ws.HTTPUpgrader{Protocol: func(offer string) bool { return offer == subprotocol }}

// upgrade finds the connection's place in the stream, then makes it a WebSocket. It
// returns also what the client sent ahead. Nothing of net/http is held on to.
func (h *Hub) upgrade(w http.ResponseWriter, r *http.Request, a ask, g auth.Grant) (*conn, []byte, error) {
	at, err := h.find(r.Context(), a)
	if err != nil {
		h.cfg.Logger.Warn("a client could not resume", "error", err)
		return nil, nil, errAway
	}
	nc, rw, _, err := upgrader.Upgrade(r, w) // which also clears the server's deadlines
	if err != nil {
		if nc != nil {
			nc.Close()
		}
		return nil, nil, err
	}
	early := make([]byte, rw.Reader.Buffered())
	rw.Read(early)
	c := h.newConn(nc, g, at)
	c.out = welcomeFrame(rand.Text(), at, g)
	h.metrics.resumes.WithLabelValues(at.resume).Inc()
	if at.resume == resumeRefresh {
		h.noteRefresh(g.Actor, at.cursor-*a.cursor)
	}
	return c, early, nil
}

// begin sends c what it missed, then hands it to its shard and starts its reader.
func (h *Hub) begin(ctx context.Context, c *conn, early []byte) {
	switch err := h.replay(ctx, c); {
	case errors.Is(err, errMissing):
		h.cfg.Logger.Warn("a replay broke off", "error", err)
		c.shut(h.restarting())
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.evict()
	case err != nil: // the client is gone
		c.nc.Close()
	}
	c.heard.Store(int64(h.clock()))
	if len(early) > 0 && c.take(early) != nil {
		c.end()
		return
	}
	c.ready.Store(true)
	c.shard.tendSoon(c)
	go c.read()
}
