// Package fault classifies errors. An Error has a Kind, by which a program reacts, a text that a
// user may read, and a cause for the server log. The package knows no HTTP, WebSocket or SQL: each
// edge of the program maps kinds to its own codes in one table.
//
// The package that detects a failure creates the Error; those above it wrap it with %w and ask
// KindOf. An error without an Error inside is Internal: its text is not shown to users.
package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind classifies a failure by the reaction that is open to the caller.
type Kind int

// The kinds. An error that carries no kind counts as Internal.
const (
	Internal     Kind = iota // a bug or an unforeseen state; the caller can do nothing
	Malformed                // the request cannot be parsed
	Invalid                  // parsed, but fields break rules; Fields lists them
	Unauthorized             // not authenticated, or no longer: sign in
	Forbidden                // authenticated, but not allowed
	NotFound                 // the thing does not exist
	Stale                    // a conflict: the change is based on an old version
	Precondition             // the request must name the version it is based on
	TooLarge                 // the input exceeds a size limit
	TooMany                  // over a rate limit; RetryAfter is the time until the next attempt
	Unavailable              // a dependency is down or overloaded; a retry is safe
	Full                     // the disk is full
)

// Field is one broken rule: the field's name and a sentence that a form shows beside the field.
type Field struct {
	Name    string `json:"field"`
	Message string `json:"message"`
}

// Error is a classified failure. Text and Fields are safe to show to a user; the wrapped cause
// appears in Error(), which is for the server log alone. An Error is immutable once returned.
type Error struct {
	Kind       Kind
	Text       string
	Fields     []Field
	Code       string        // identifies the failure to programs where Kind does not suffice; may be empty
	RetryAfter time.Duration // of TooMany and Unavailable; 0: unknown
	cause      error
}

// New returns an Error with a public text and no cause.
func New(kind Kind, text string) *Error { return &Error{Kind: kind, Text: text} }

// Wrap returns an Error with a public text and a cause for the server log.
func Wrap(kind Kind, text string, cause error) *Error {
	return &Error{Kind: kind, Text: text, cause: cause}
}

// InvalidFields returns an Invalid Error that lists every broken rule. If there is one rule, its
// message is also the text.
func InvalidFields(fields ...Field) *Error {
	text := "Some fields are not valid."
	if len(fields) == 1 {
		text = fields[0].Message
	}
	return &Error{Kind: Invalid, Text: text, Fields: fields}
}

// Error returns the text, the fields and the cause, for the server log.
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

// KindOf returns the kind of the outermost Error in err; Internal when err holds none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
