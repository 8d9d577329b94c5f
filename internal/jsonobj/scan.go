package jsonobj

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrNotObject is the error for bytes that do not begin with a JSON object.
var ErrNotObject = errors.New("the data is not a JSON object")

// Member is one member of an object, as offsets into it: object[Name:NameEnd] is the quoted name
// and object[Value:End] the value.
type Member struct{ Name, NameEnd, Value, End int }

// Scanner iterates over the members of one object in their order, repeated names included.
// Nested objects are skipped.
//
//	for s := jsonobj.NewScanner(object); s.Scan(); { use s.Member }
type Scanner struct {
	Member Member // the current one, valid after Scan returned true
	object []byte
	at     int // offset of the next member; -1: the object has ended
	err    error
}

// NewScanner returns a Scanner of object, which must not change while the Scanner is used.
func NewScanner(object []byte) *Scanner {
	s := &Scanner{object: object}
	open := skipSpace(object, 0)
	if open >= len(object) || object[open] != '{' {
		s.fail()
		return s
	}
	s.at = open + 1
	return s
}

// Err returns ErrNotObject if Scan met invalid JSON, and nil at the object's end.
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

// Name returns the decoded name of the current member.
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

// Value returns the value of the current member. It shares the memory of the object.
func (s *Scanner) Value() json.RawMessage { return s.object[s.Member.Value:s.Member.End] }

// Find returns the first member of object with that name. err is ErrNotObject if the object is
// damaged before the member.
func Find(object []byte, name string) (m Member, found bool, err error) {
	s := NewScanner(object)
	for s.Scan() {
		if s.named(name) {
			return s.Member, true, nil
		}
	}
	return m, false, s.Err()
}

// named returns Name() == name without an allocation.
func (s *Scanner) named(name string) bool {
	quoted := s.object[s.Member.Name:s.Member.NameEnd]
	if isPlain(quoted) {
		return string(quoted[1:len(quoted)-1]) == name
	}
	return s.Name() == name
}

// isPlain reports whether a quoted string has no escapes and is valid UTF-8.
func isPlain(quoted []byte) bool { return bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) }

// IsValue reports whether b is exactly one value, without space around it. It checks the structure
// and the literals, not the escapes inside of strings.
func IsValue(b []byte) bool { return skipValue(b, 0) == len(b) }

// skipSpace returns the offset of the first byte at or after i that is not a space; len(b) if i is -1.
func skipSpace(b []byte, i int) int {
	if i < 0 {
		return len(b)
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset after the string that begins at i, -1 without a complete string there.
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

// skipValue returns the offset after the value that begins at i, -1 without a complete value there.
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
