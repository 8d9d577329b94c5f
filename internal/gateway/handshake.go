package gateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/stream"
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

	errMethod      = &refusal{http.StatusMethodNotAllowed, "malformed", "The event stream can be called with GET."}
	errLastEventID = &refusal{http.StatusBadRequest, "malformed", "Last-Event-ID must be an integer: the id of the last event."}
	errHTTP1       = &refusal{http.StatusHTTPVersionNotSupported, "malformed", "The event stream needs HTTP/1.1."}
)

// ServeHTTP handles GET /ws?cursor=<seq>&epoch=<id>. It returns when the request is refused, or when the
// client was sent the events that it missed; the hub then owns the connection.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve(w, r, false) }

func (h *Hub) serve(w http.ResponseWriter, r *http.Request, sse bool) {
	outcome := "accepted"
	if err := h.accept(w, r, sse); err != nil {
		outcome = "broken"
		var no *refusal
		if errors.As(err, &no) {
			outcome = no.outcome
			refuse(w, no)
		} else {
			h.cfg.Logger.Debug("handshake aborted", "error", err)
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
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodGet)
	}
	w.WriteHeader(no.status)
	json.NewEncoder(w).Encode(map[string]any{
		"type": "about:blank", "title": http.StatusText(no.status), "status": no.status,
		"detail": no.detail, "requestId": header.Get("X-Request-Id"),
	})
}

// handshakeRequest is a checked request for a connection.
type handshakeRequest struct {
	sse    bool // for server-sent events, not for a WebSocket
	token  string
	cursor *int64 // nil: none was given
	epoch  string // of the cursor; empty: not given
}

func (h *Hub) accept(w http.ResponseWriter, r *http.Request, sse bool) error {
	before := h.sessions.requests.Load()
	asked, err := h.read(r, sse)
	if err != nil {
		return err
	}
	grant, err := h.sessions.verify(r.Context(), asked.token)
	if err != nil {
		switch fault.KindOf(err) {
		case fault.Unauthorized:
			return errToken
		case fault.Forbidden:
			return errNoRight
		}
		h.cfg.Logger.Warn("token verification failed", "error", err)
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
	h.sessions.recheckSince(before)
	h.begin(r.Context(), c, early)
	return nil
}

// read checks the request itself, before the token and the log.
func (h *Hub) read(r *http.Request, sse bool) (handshakeRequest, error) {
	switch {
	case sse && r.Method != http.MethodGet:
		return handshakeRequest{}, errMethod
	case !sse && !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return handshakeRequest{}, errUpgrade
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != h.cfg.Origin && !slices.Contains(h.cfg.OtherOrigins, origin) {
		return handshakeRequest{}, errOrigin
	}
	query := r.URL.Query()
	a := handshakeRequest{sse: sse, epoch: query.Get("epoch")}
	if values, ok := query["cursor"]; ok {
		cursor, ok := parseCursor(values[0])
		if !ok {
			return handshakeRequest{}, errCursor
		}
		a.cursor = &cursor
	}
	readRest := a.readOffers
	if sse {
		readRest = a.readLastEventID
	}
	if err := readRest(r); err != nil {
		return handshakeRequest{}, err
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		a.token = strings.TrimSpace(token)
	}
	if a.token == "" {
		return handshakeRequest{}, errToken
	}
	return a, nil
}

// parseCursor reads an integer. One that is out of range counts as the nearest, which no event has.
func parseCursor(text string) (cursor int64, ok bool) {
	cursor, err := strconv.ParseInt(text, 10, 64)
	return cursor, err == nil || errors.Is(err, strconv.ErrRange)
}

// readOffers takes a browser's token from the subprotocols, of which ours must be one.
func (a *handshakeRequest) readOffers(r *http.Request) error {
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
		return errOffer
	}
	return nil
}

// reserve counts one more connection of user, and has Run wait for its end.
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

// upgrade resolves the cursor, then makes the connection a WebSocket or an event stream. It also
// returns the bytes that the client sent after its request. It keeps no reference to objects of net/http.
func (h *Hub) upgrade(w http.ResponseWriter, r *http.Request, a handshakeRequest, g auth.Grant) (*conn, []byte, error) {
	at, err := h.stream.Resolve(r.Context(), a.cursor, a.epoch)
	if err != nil {
		h.cfg.Logger.Warn("resume failed", "error", err)
		return nil, nil, errAway
	}
	var nc net.Conn
	var early, head []byte
	if a.sse {
		nc, early, head, err = openStream(w)
	} else {
		nc, early, err = openSocket(w, r)
	}
	if err != nil {
		return nil, nil, err
	}
	c := h.newConn(nc, g, at)
	c.sse = a.sse
	c.out = append(head, c.encode(welcomeFrame(rand.Text(), at, g), at.Cursor)...)
	h.metrics.resumes.WithLabelValues(string(at.Resume)).Inc()
	if at.Resume == stream.Refresh {
		h.reportRefresh(g.Actor, at.Cursor-*a.cursor)
	}
	return c, early, nil
}

// openSocket makes the connection a WebSocket, with its deadlines cleared.
func openSocket(w http.ResponseWriter, r *http.Request) (nc net.Conn, early []byte, err error) {
	nc, rw, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		if nc != nil {
			nc.Close()
		}
		return nil, nil, err
	}
	early = make([]byte, rw.Reader.Buffered())
	rw.Read(early)
	return nc, early, nil
}

// begin sends c the events that it missed, then gives it to its shard and starts its reader.
func (h *Hub) begin(ctx context.Context, c *conn, early []byte) {
	switch err := h.replay(ctx, c); {
	case errors.Is(err, stream.ErrMissing):
		h.cfg.Logger.Warn("replay aborted", "error", err)
		c.closeWith(h.restarting())
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.evict()
	case err != nil: // the client is gone
		c.nc.Close()
	}
	c.heard.Store(int64(h.clock()))
	if len(early) > 0 && c.handleInput(early) != nil {
		c.end()
		return
	}
	c.ready.Store(true)
	c.shard.enqueue(c)
	go c.read()
}
