package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var errDamaged = errors.New("the data is not a JSON object")

// member is where a member stands in its object: from the quote of its name to the end of its value.
type member struct{ name, value, end int }

// findMember looks for a top-level member of a JSON object, without decoding the rest.
// It reads only as much of the grammar as it needs: the caller's bytes are JSON.
func findMember(object []byte, name string) (m member, found bool, err error) {
	i := skipSpace(object, 0)
	if i >= len(object) || object[i] != '{' {
		return m, false, errDamaged
	}
	for i++; ; i++ {
		m.name = skipSpace(object, i)
		if m.name < len(object) && object[m.name] == '}' {
			return m, false, nil
		}
		end := skipString(object, m.name)
		colon := skipSpace(object, end)
		if end < 0 || colon >= len(object) || object[colon] != ':' {
			return m, false, errDamaged
		}
		m.value = skipSpace(object, colon+1)
		if m.end = skipValue(object, m.value); m.end < 0 {
			return m, false, errDamaged
		}
		if isName(object[m.name:end], name) {
			return m, true, nil
		}
		if i = skipSpace(object, m.end); i >= len(object) || object[i] != ',' && object[i] != '}' {
			return m, false, errDamaged
		}
		if object[i] == '}' {
			return m, false, nil
		}
	}
}

// isName reports whether a string of JSON, its quotes included, stands for name.
func isName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1:len(quoted)-1]) == name
	}
	var decoded string
	return json.Unmarshal(quoted, &decoded) == nil && decoded == name
}

// WithoutField returns the JSON object with one top-level member cut out and every
// other byte kept. It returns object itself when the member is not there.
func WithoutField(object json.RawMessage, name string) (json.RawMessage, error) {
	m, found, err := findMember(object, name)
	if err != nil || !found {
		return object, err
	}
	rest := object[m.end:]
	before := bytes.TrimRight(object[:m.name], " \t\r\n")
	if n := len(before); before[n-1] == ',' {
		before = before[:n-1]
	} else if after := skipSpace(rest, 0); after < len(rest) && rest[after] == ',' {
		rest = rest[after+1:] // the first member: the comma that follows goes
	}
	out := make(json.RawMessage, 0, len(before)+len(rest))
	return append(append(out, before...), rest...), nil
}

func skipSpace(b []byte, i int) int {
	for i >= 0 && i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	if i < 0 {
		return len(b)
	}
	return i
}

// skipString returns the place after the string that begins at i, -1 when none does.
func skipString(b []byte, i int) int {
	if i < 0 || i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		n := bytes.IndexAny(b[i:], `"\`)
		if n < 0 {
			return -1
		}
		if i += n; b[i] == '"' {
			return i + 1
		}
		i++ // what the backslash escapes
	}
	return -1
}

// skipValue returns the place after the value that begins at i, -1 when none does or it does not end.
func skipValue(b []byte, i int) int {
	if i < len(b) && bytes.IndexByte([]byte("}],:"), b[i]) >= 0 {
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
			if n < 0 || !json.Valid(b[i:i+n]) {
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
