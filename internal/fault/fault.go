// Package fault is the vocabulary of failure: what kind of thing went wrong, the
// words a user may read, and the cause that only the log sees. It knows nothing
// of HTTP, WebSockets or SQL; each edge translates kinds by one table of its own.
package fault

import (
	"errors"
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

// Field is one broken rule: the field's name and what is wrong with it.
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
	RetryAfter time.Duration // for TooMany and Unavailable; zero means unknown
	cause      error
}

// New returns an Error with a public text and no cause.
func New(kind Kind, text string) *Error { return &Error{Kind: kind, Text: text} }

// Wrap returns an Error whose public text hides the cause from users but not from the log.
func Wrap(kind Kind, text string, cause error) *Error {
	return &Error{Kind: kind, Text: text, cause: cause}
}

// InvalidFields returns an Invalid Error that lists every broken rule.
func InvalidFields(fields ...Field) *Error {
	return &Error{Kind: Invalid, Text: "Some fields are not valid.", Fields: fields}
}

func (e *Error) Error() string {
	text := e.Text
	for _, f := range e.Fields {
		text += " " + f.Name + ": " + f.Message + "."
	}
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
