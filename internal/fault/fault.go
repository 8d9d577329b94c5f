// Package fault is the vocabulary of failure: what kind of thing went wrong, the
// words a user may read, and the cause that only the log sees. It knows nothing
// of HTTP, WebSockets or SQL; each edge translates kinds by one table of its own.
package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind classifies a failure by what the caller can do about it.
type Kind int

// The kinds. An error that carries no kind counts as Internal.
const (
	Internal     Kind = iota // a bug or an unforeseen state; nothing the caller can do
	Malformed                // the request cannot be read at all
	Invalid                  // readable, but fields break rules; Fields says which
	Unauthorized             // who are you? sign in (again)
	Forbidden                // known, but not allowed
	NotFound                 // no such thing
	Stale                    // based on a version that is no longer the current one
	Precondition             // the request must name the version it is based on
	TooLarge                 // the input is over a size limit
	TooMany                  // over a rate limit; RetryAfter says how long to wait
	Unavailable              // a dependency is away or overloaded; retrying later is safe
	Full                     // the disk is full
)

// Field is one broken rule: the field's name and a sentence that a screen can show beside
// the field as it is.
type Field struct {
	Name    string `json:"field"`
	Message string `json:"message"`
}

// Error is a classified failure. Text and Fields are safe to show to a user;
// the wrapped cause is for the log alone.
type Error struct {
	Kind       Kind
	Text       string
	Fields     []Field
	Code       string        // names the failure for programs where Kind does not suffice; may be empty
	RetryAfter time.Duration // for TooMany and Unavailable; zero means unknown
	cause      error
}

// New returns an Error with a public text and no cause.
func New(kind Kind, text string) *Error { return &Error{Kind: kind, Text: text} }

// Wrap returns an Error whose public text hides the cause from users but not from the log.
func Wrap(kind Kind, text string, cause error) *Error {
	return &Error{Kind: kind, Text: text, cause: cause}
}

// InvalidFields returns an Invalid Error that lists every broken rule. Its text is that of
// the only one.
func InvalidFields(fields ...Field) *Error {
	text := "Some fields are not valid."
	if len(fields) == 1 {
		text = fields[0].Message
	}
	return &Error{Kind: Invalid, Text: text, Fields: fields}
}

func (e *Error) Error() string {
	text := e.Text
	if len(e.Fields) == 1 && text == e.Fields[0].Message {
		text = ""
	}
	for _, f := range e.Fields {
		text += " " + f.Name + ": " + strings.TrimSuffix(f.Message, ".") + "."
	}
	text = strings.TrimPrefix(text, " ")
	if e.cause != nil {
		return text + " (" + e.cause.Error() + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Of returns the kind that err carries, Internal when it carries none.
func Of(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
