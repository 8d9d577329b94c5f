package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
	"github.com/wiredesk/wiredesk/internal/strictjson"
)

// text returns v as JSON in a text frame.
func text(v any) []byte {
	payload, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types below cannot fail
	}
	return ws.MustCompileFrame(ws.NewTextFrame(payload))
}

// eventFrame returns e as a text frame. An event whose data cannot be read still takes
// its place in the stream, with the post's id and version alone.
func eventFrame(e event.Event, encode func(event.Event) ([]byte, error), logger *slog.Logger) []byte {
	payload, err := encode(e)
	if err != nil {
		logger.Error("event sent without its data", "seq", e.Seq, "error", err)
		e.Data = fmt.Appendf(nil, `{"id":%d,"version":%d}`, e.PostID, e.Version)
		payload, _ = event.EncodeFrame(e)
	}
	return ws.MustCompileFrame(ws.NewTextFrame(payload))
}

func welcomeFrame(connection string, at stream.Start, g auth.Grant) []byte {
	type user struct {
		ID    int64     `json:"id"`
		Email string    `json:"email"`
		Name  string    `json:"name"`
		Role  auth.Role `json:"role"`
	}
	return text(struct {
		Type       string        `json:"type"`
		Connection string        `json:"connection"`
		Cursor     int64         `json:"cursor"`
		Epoch      string        `json:"epoch"`
		Resume     stream.Resume `json:"resume"`
		User       user          `json:"user"`
		ExpiresAt  string        `json:"expiresAt"`
	}{"welcome", connection, at.Cursor, at.Epoch, at.Resume,
		user{g.Actor.ID, g.Actor.Email, g.Actor.Name, g.Actor.Role}, stamp(g.Expires)})
}

// expiryFrame is auth-expiring or auth-renewed.
func expiryFrame(kind string, expires time.Time) []byte {
	return text(struct {
		Type      string `json:"type"`
		ExpiresAt string `json:"expiresAt"`
	}{kind, stamp(expires)})
}

func errorFrame(code, message string) []byte {
	return text(struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{"error", code, message})
}

var pongFrame = text(struct {
	Type string `json:"type"`
}{"pong"})

func stamp(t time.Time) string { return t.UTC().Format(event.TimeFormat) }

// The states of a user on a post.
const (
	stateViewing = "viewing"
	stateEditing = "editing"
	stateOnline  = "online" // without a post; never received
)

// Bounds of a follow frame.
const (
	maxField  = 64      // characters of a field's name
	maxLine   = 250_001 // the largest content has a line break in each byte
	lineField = "content"
)

// request is a client's message. Fields that its type does not have are nil.
type request struct {
	Type   string  `json:"type"`
	Token  *string `json:"token"`
	PostID *int64  `json:"postId"`
	State  *string `json:"state"`
	Field  *string `json:"field"`
	Line   *int    `json:"line"`
}

// parse decodes a client's message. It refuses every message that has not exactly one of the four forms.
func parse(payload []byte) (request, error) {
	var r request
	if err := strictjson.Decode(payload, &r); err != nil {
		return r, errors.New("not a known JSON message")
	}
	token, post, state, field, line := r.Token != nil, r.PostID != nil, r.State != nil, r.Field != nil, r.Line != nil
	var fits bool
	switch r.Type {
	case "auth":
		fits = token && !post && !state && !field && !line
	case "follow":
		fits = !token && post && state && *r.PostID > 0 && (*r.State == stateViewing || *r.State == stateEditing) &&
			(!field || utf8.RuneCountInString(*r.Field) <= maxField) &&
			(!line || *r.Line >= 1 && *r.Line <= maxLine && (!field || *r.Field == lineField))
	case "unfollow":
		fits = !token && post && !state && !field && !line && *r.PostID > 0
	case "ping":
		fits = !token && !post && !state && !field && !line
	default:
		return r, errors.New("unknown type")
	}
	if !fits {
		return r, errors.New("wrong fields for " + r.Type)
	}
	return r, nil
}
