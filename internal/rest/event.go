package rest

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

// eventPage is an answer of one page of events.
type eventPage struct {
	Items []json.RawMessage `json:"items"`
	Next  *int64            `json:"next"`
}

type encodeEvent func(event.Event) ([]byte, error)

// encoding reads the parameter content: with false, the events leave out the content of their posts.
func encoding(p *params) encodeEvent {
	switch p.values.Get("content") {
	case "", "true":
		return event.EncodeFrame
	case "false":
		return event.EncodeSummaryFrame
	}
	p.bad("content", "Use true or false.")
	return nil
}

func answerEvents(w http.ResponseWriter, encode encodeEvent, events []event.Event, next *int64) error {
	p := eventPage{Items: make([]json.RawMessage, len(events)), Next: next}
	for i, e := range events {
		var err error
		if p.Items[i], err = encode(e); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, p)
}

func (s *server) listHistory(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	id, err := pathID(r, "id", "post")
	if err != nil {
		return err
	}
	p := query(r, "before", "limit", "content")
	before := p.integer("before", 1, math.MaxInt64, post.Newest)
	limit := p.integer("limit", 1, 100, 20)
	encode := encoding(p)
	if err := p.err(); err != nil {
		return err
	}
	events, err := s.posts.History(r.Context(), by, id, before, int(limit))
	if err != nil {
		return err
	}
	var next *int64
	if n := len(events); n > 0 && events[n-1].Version > 1 {
		next = &events[n-1].Version
	}
	return answerEvents(w, encode, events, next)
}

// listEvents reads the event log forwards (after) or backwards (before).
func (s *server) listEvents(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	p := query(r, "after", "before", "limit", "content")
	encode := encoding(p)
	limit := int(p.integer("limit", 1, 1000, 100))
	after := p.integer("after", 0, math.MaxInt64, 0)
	before := p.integer("before", 1, math.MaxInt64, 0)
	if before > 0 && p.values.Has("after") {
		p.bad("before", "Use before or after, not both.")
	}
	if err := p.err(); err != nil {
		return err
	}
	if before > 0 {
		return s.answerBefore(w, r, by, before, limit, encode)
	}
	events, err := s.posts.After(r.Context(), by, after, limit)
	if err != nil {
		return err
	}
	if n := len(events); n > 0 {
		after = events[n-1].Seq
	}
	return answerEvents(w, encode, events, &after)
}

func (s *server) answerBefore(w http.ResponseWriter, r *http.Request, by auth.Actor, before int64, limit int, encode encodeEvent) error {
	events, err := s.posts.Before(r.Context(), by, before, limit)
	if err != nil {
		return err
	}
	var next *int64
	if n := len(events); n > 0 && events[n-1].Seq > 1 {
		next = &events[n-1].Seq
	}
	return answerEvents(w, encode, events, next)
}
