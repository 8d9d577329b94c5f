// Package jsonscan finds the members of JSON objects without decoding them. It reads only as
// much of the grammar as it needs: the bytes are valid JSON, or belong to an object that may
// have been damaged where it is stored.
package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrNotObject is the error for bytes that do not begin with a JSON object.
var ErrNotObject = errors.New("the data is not a JSON object")

// Member is a member of an object, by its offsets: object[Name:NameEnd] is the quoted name and
// object[Value:End] the value.
type Member struct{ Name, NameEnd, Value, End int }

// Scanner reads the members of one object in turn.
//
//	for s := jsonscan.New(object); s.Scan(); { use s.Member }
type Scanner struct {
	Member Member
	object []byte
	at     int // after the opening brace or a comma; -1: the object has ended
	err    error
}

// New returns a Scanner of object, which must not change while the Scanner is used.
func New(object []byte) *Scanner {
	s := &Scanner{object: object}
	open := skipSpace(object, 0)
	if open >= len(object) || object[open] != '{' {
		s.fail()
		return s
	}
	s.at = open + 1
	return s
}

// Err returns ErrNotObject if the object was damaged or not there, and nil at its end.
func (s *Scanner) Err() error { return s.err }

func (s *Scanner) fail() bool {
	s.at, s.err = -1, ErrNotObject
	return false
}

// Scan reads the next member. It returns false at the object's end and after an error.
func (s *Scanner) Scan() bool {
	if s.at < 0 {
		return false
	}
	var m Member
	if m.Name = skipSpace(s.object, s.at); m.Name < len(s.object) && s.object[m.Name] == '}' {
		s.at = -1
		return false
	}
	m.NameEnd = skipString(s.object, m.Name)
	colon := skipSpace(s.object, m.NameEnd)
	if m.NameEnd < 0 || colon >= len(s.object) || s.object[colon] != ':' {
		return s.fail()
	}
	m.Value = skipSpace(s.object, colon+1)
	if m.End = skipValue(s.object, m.Value); m.End < 0 {
		return s.fail()
	}
	next := skipSpace(s.object, m.End)
	switch {
	case next >= len(s.object) || s.object[next] != ',' && s.object[next] != '}':
		return s.fail()
	case s.object[next] == '}':
		s.at = -1
	default:
		s.at = next + 1
	}
	s.Member = m
	return true
}

// Name returns the decoded name of the present member.
func (s *Scanner) Name() string {
	quoted := s.object[s.Member.Name:s.Member.NameEnd]
	if isPlain(quoted) {
		return string(quoted[1 : len(quoted)-1])
	}
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		return ""
	}
	return name
}

// Value returns the value of the present member. It shares the memory of the object.
func (s *Scanner) Value() json.RawMessage { return s.object[s.Member.Value:s.Member.End] }

// Find returns the first member of an object with that name.
func Find(object []byte, name string) (m Member, found bool, err error) {
	s := New(object)
	for s.Scan() {
		if s.named(name) {
			return s.Member, true, nil
		}
	}
	return m, false, s.Err()
}

// named is Name() == name without an allocation.
func (s *Scanner) named(name string) bool {
	quoted := s.object[s.Member.Name:s.Member.NameEnd]
	if isPlain(quoted) {
		return string(quoted[1:len(quoted)-1]) == name
	}
	return s.Name() == name
}

// isPlain reports whether a quoted string stands for its own bytes.
func isPlain(quoted []byte) bool { return bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) }

// Without returns the object with one member cut out and every other byte kept. It returns
// object itself when the member is not there.
func Without(object json.RawMessage, name string) (json.RawMessage, error) {
	m, found, err := Find(object, name)
	if err != nil || !found {
		return object, err
	}
	rest := object[m.End:]
	before := bytes.TrimRight(object[:m.Name], " \t\r\n")
	if n := len(before); before[n-1] == ',' {
		before = before[:n-1]
	} else if after := skipSpace(rest, 0); after < len(rest) && rest[after] == ',' {
		rest = rest[after+1:] // the first member: the comma that follows goes
	}
	out := make(json.RawMessage, 0, len(before)+len(rest))
	return append(append(out, before...), rest...), nil
}

// IsValue reports whether b is one value, with nothing before or behind it.
func IsValue(b []byte) bool { return skipValue(b, 0) == len(b) }

// skipSpace returns the offset of the first byte from i on that is no space; len(b) if i is -1.
func skipSpace(b []byte, i int) int {
	if i < 0 {
		return len(b)
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset after the string that begins at i, -1 when none does.
func skipString(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		quote := i + n
		escapes := quote
		for escapes > i && b[escapes-1] == '\\' {
			escapes--
		}
		if i = quote + 1; (quote-escapes)%2 == 0 {
			return i
		}
	}
}

// skipValue returns the offset after the value that begins at i, -1 when none does or it does not end.
func skipValue(b []byte, i int) int {
	if i < len(b) && strings.IndexByte("}],: \t\r\n", b[i]) >= 0 {
		return -1
	}
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			if i = skipString(b, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
		default:
			n := bytes.IndexAny(b[i:], ",:]} \t\r\n\"{[")
			if n < 0 {
				n = len(b) - i
			}
			if !json.Valid(b[i : i+n]) {
				return -1
			}
			i += n
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}
