package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Now, as a position, is the end of the log at the moment of the first connection.
const Now int64 = -1

// Handler receives what a Stream brings, one call at a time. All but Event may be nil.
type Handler struct {
	// Event is given each event once, in seq order. Its error ends the stream.
	Event func(Event) error
	// Gap is told that the events between the positions after and next cannot be had:
	// they have left the log. next is not above after when the log has another epoch, as
	// after the restore of a backup; the stream goes on from there, and data from
	// earlier events must be read again.
	Gap func(after, next int64)
	// Joined is told of each connection on which the stream goes on.
	Joined func()
	// Repeated is told of each event that came again, which Event is not given.
	Repeated func(seq int64)
	// Lost is told of each lost connection and how long the stream waits before the next.
	Lost func(cause error, wait time.Duration)
}

// Stream follows the events after the position after, over any number of connections,
// until ctx ends or something happens that no reconnect can cure: an error of the
// handler, or ErrSignedOut. It never returns nil.
func (c *Client) Stream(ctx context.Context, after int64, h Handler) error {
	s := &stream{client: c, cursor: after, handler: h}
	return s.run(ctx)
}

type stream struct {
	client  *Client
	handler Handler
	cursor  int64  // the seq of the last event that the handler was given
	epoch   string // of the cursor; empty before the first welcome
	used    string
}

// fatal marks an error that ends the stream.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// ErrHole is the cause of a lost connection on which an event was missing before the
// one that came. The server promises that there is none; the next connection brings it.
var ErrHole = errors.New("an event is missing")

func (s *stream) run(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		began := time.Now()
		err := s.attempt(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f := (fatal{}); errors.As(err, &f) || errors.Is(err, ErrSignedOut) {
			return fmt.Errorf("following the stream: %w", err)
		}
		const stable = time.Second // a connection that lived so long was no failed attempt
		if time.Since(began) >= stable {
			attempt = 0
		}
		wait := pause(err, attempt)
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

// attempt runs one connection until it is lost.
func (s *stream) attempt(ctx context.Context) error {
	token, err := s.client.Token(ctx, s.used)
	if err != nil {
		return err
	}
	s.used = ""
	conn, err := dial(ctx, s.client.base, s.cursor, s.epoch, token)
	if err == nil {
		token, err = conn.run(ctx, s.client, token, s.frame)
	}
	if doubtful(err) {
		s.used = token
	}
	return err
}

// frame handles one text frame that is for the stream, not for its connection.
func (s *stream) frame(ctx context.Context, kind string, b []byte) error {
	switch {
	case kind == "welcome":
		return s.welcome(ctx, b)
	case event.Type(kind).Valid():
		return s.event(b)
	}
	return nil // presence and answers: not ours
}

func (s *stream) welcome(ctx context.Context, b []byte) error {
	var w struct {
		Cursor int64  `json:"cursor"`
		Epoch  string `json:"epoch"`
		Resume string `json:"resume"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("reading the welcome: %w", err)
	}
	replaced := s.epoch != "" && s.epoch != w.Epoch
	s.epoch = w.Epoch
	if s.cursor == Now {
		s.cursor = w.Cursor
	}
	if replaced { // the numbers up to the cursor stand for other events now
		s.gap(w.Cursor)
	}
	if w.Resume == "refresh" {
		if err := s.catchUp(ctx, w.Cursor); err != nil {
			return err
		}
	}
	if s.handler.Joined != nil {
		s.handler.Joined()
	}
	return nil
}

// catchUp reads from the log what the socket will not send, at least up to head.
func (s *stream) catchUp(ctx context.Context, head int64) error {
	const page = 500
	if head < s.cursor {
		s.gap(head)
	}
	for s.cursor < head {
		events, err := s.client.Events(ctx, s.cursor, page)
		if err != nil {
			return fmt.Errorf("reading the log: %w", err)
		}
		if len(events) == 0 {
			s.gap(head)
		}
		for _, e := range events {
			if e.Seq > s.cursor+1 {
				s.gap(e.Seq - 1)
			}
			if err := s.give(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *stream) gap(next int64) {
	if s.handler.Gap != nil {
		s.handler.Gap(s.cursor, next)
	}
	s.cursor = next
}

func (s *stream) event(b []byte) error {
	var e Event
	if err := json.Unmarshal(b, &e); err != nil {
		return fmt.Errorf("reading an event: %w", err)
	}
	if e.Seq <= s.cursor {
		if s.handler.Repeated != nil {
			s.handler.Repeated(e.Seq)
		}
		return nil
	}
	if e.Seq > s.cursor+1 {
		return fmt.Errorf("%w: %d came after %d", ErrHole, e.Seq, s.cursor)
	}
	return s.give(e)
}

func (s *stream) give(e Event) error {
	if err := s.handler.Event(e); err != nil {
		return fatal{err}
	}
	s.cursor = e.Seq
	return nil
}
