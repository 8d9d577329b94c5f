package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Handler holds the functions that Stream calls, one call at a time, in its own
// goroutine: a slow one delays the stream, and after 35 s without reading the connection
// is replaced. All but Event may be nil.
type Handler struct {
	// Event receives each event once, in order. Its error ends the stream. The event
	// counts as applied, and is not sent again, when Event has returned nil.
	Event func(Event) error
	// Gap is called when the events between two positions are not available, because they
	// have left the log, or because the log has another epoch, as after the restore of a
	// backup: then the epochs differ and everything that the program has from events may
	// be wrong. Read the lists again. The next event follows next.
	Gap func(after, next Position)
	// Joined is called after each connection, when the stream continues.
	Joined func()
	// Repeated is called for each event that was received again and dropped.
	Repeated func(seq int64)
	// Lost is called after each lost or failed connection, with its cause and the time
	// until the next attempt.
	Lost func(cause error, wait time.Duration)
}

// Stream passes the events after a position to h, over any number of connections. It
// returns when ctx ends, when h.Event returns an error, or with ErrSignedOut; never nil.
// It reconnects for ever: at once or after up to 15 s, or as the server asks.
func (c *Client) Stream(ctx context.Context, after Position, h Handler) error {
	s := &stream{client: c, at: after, handler: h}
	return s.run(ctx)
}

type stream struct {
	client  *Client
	handler Handler
	at      Position // of the last event that the handler has applied; the epoch is empty while unknown
	refused string   // the token that the server refused; empty: none
}

// handlerError marks an error of the handler, which ends the stream.
type handlerError struct{ error }

func (e handlerError) Unwrap() error { return e.error }

// ErrMissingEvent is the cause of a lost connection on which an event was missing before the
// one that was received. The next connection starts at the last event before it.
var ErrMissingEvent = errors.New("an event is missing")

func (s *stream) run(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		began := time.Now()
		err := s.connect(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if own := (handlerError{}); errors.As(err, &own) || errors.Is(err, ErrSignedOut) {
			return fmt.Errorf("following the stream: %w", err)
		}
		const stable = time.Second // a connection of that length resets the backoff
		if time.Since(began) >= stable {
			attempt = 0
		}
		wait := backoff(err, attempt)
		if s.handler.Lost != nil {
			s.handler.Lost(err, wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// connect runs one connection until it is lost.
func (s *stream) connect(ctx context.Context) error {
	token, err := s.client.Token(ctx, s.refused)
	if err != nil {
		return err
	}
	s.refused = ""
	conn, err := dial(ctx, s.client.base, s.at, token)
	if err == nil {
		token, err = conn.run(ctx, s.client, token, s.frame)
	}
	if tokenRefused(err) {
		s.refused = token
	}
	return err
}

// frame handles one text frame. It ignores presence, answers and types that it does not know.
func (s *stream) frame(ctx context.Context, kind string, b []byte) error {
	switch {
	case kind == "welcome":
		return s.welcome(ctx, b)
	case EventType(kind).valid():
		return s.event(b)
	}
	return nil
}

func (s *stream) welcome(ctx context.Context, b []byte) error {
	var w struct {
		Cursor int64  `json:"cursor"`
		Epoch  string `json:"epoch"`
		Resume string `json:"resume"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("decoding the welcome: %w", err)
	}
	head := Position{Epoch: w.Epoch, Seq: w.Cursor}
	switch {
	case s.at.Seq == Now.Seq:
		s.at = head
	case s.at.Epoch != "" && s.at.Epoch != w.Epoch: // its numbers are of other events
		s.gap(head)
	}
	s.at.Epoch = w.Epoch
	if w.Resume == "refresh" {
		if err := s.readLog(ctx, head); err != nil {
			return err
		}
	}
	if s.handler.Joined != nil {
		s.handler.Joined()
	}
	return nil
}

// readLog reads the events up to head from GET /api/events: after "refresh" the socket
// sends only later ones.
func (s *stream) readLog(ctx context.Context, head Position) error {
	const page = 500
	if head.Seq < s.at.Seq { // a log that lost events, of an epoch that was unknown
		s.gap(head)
	}
	for s.at.Seq < head.Seq {
		events, err := s.client.Events(ctx, s.at.Seq, page)
		if err != nil {
			return fmt.Errorf("reading the log: %w", err)
		}
		if len(events) == 0 {
			s.gap(head)
		}
		for _, e := range events {
			if e.Seq > s.at.Seq+1 {
				s.gap(Position{Epoch: head.Epoch, Seq: e.Seq - 1})
			}
			if err := s.apply(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *stream) gap(next Position) {
	if s.handler.Gap != nil {
		s.handler.Gap(s.at, next)
	}
	s.at = next
}

func (s *stream) event(b []byte) error {
	var e Event
	if err := json.Unmarshal(b, &e); err != nil {
		return fmt.Errorf("decoding an event: %w", err)
	}
	if e.Seq <= s.at.Seq {
		if s.handler.Repeated != nil {
			s.handler.Repeated(e.Seq)
		}
		return nil
	}
	if e.Seq > s.at.Seq+1 {
		return fmt.Errorf("%w: %d came after %d", ErrMissingEvent, e.Seq, s.at.Seq)
	}
	return s.apply(e)
}

func (s *stream) apply(e Event) error {
	e.Epoch = s.at.Epoch
	if err := s.handler.Event(e); err != nil {
		return handlerError{err}
	}
	s.at.Seq = e.Seq
	return nil
}
