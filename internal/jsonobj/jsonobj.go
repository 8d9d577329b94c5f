// Package jsonobj reads and edits the members of encoded JSON objects without decoding them. Stored
// documents and event data are large (up to 2 MiB) and pass through many encodings; decoding and
// encoding them again would cost most of the CPU time of a request, and would change their bytes.
//
// The package reads only as much of the grammar as it needs. Its input is valid JSON, or an object
// that was damaged where it is stored, for which functions return ErrNotObject. Each function copies:
// no input is changed, and results share memory with the input only where their comment states it.
// It never interprets a member: the meaning of names and values belongs to its callers.
package jsonobj

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Append returns object with a member added at its end. object must be a valid object with at least
// one member and no space after it, name must need no escapes, and value must be valid JSON.
func Append(object []byte, name string, value []byte) json.RawMessage {
	out := make(json.RawMessage, 0, len(object)+len(`,"":`)+len(name)+len(value))
	out = append(out, object[:len(object)-1]...)
	out = append(append(append(out, `,"`...), name...), `":`...)
	return append(append(out, value...), '}')
}

// Parts returns the bytes of Append in consecutive parts, which share the memory of object and value.
func Parts(object []byte, name string, value []byte) [][]byte {
	return [][]byte{object[:len(object)-1], []byte(`,"` + name + `":`), value, []byte("}")}
}

// InsertAfter returns object with a member added after m.
func InsertAfter(object json.RawMessage, m Member, name, value string) json.RawMessage {
	return slices.Concat(object[:m.End], json.RawMessage(`,"`+name+`":`+value), object[m.End:])
}

// Replace returns object with a member in the place of m.
func Replace(object json.RawMessage, m Member, name, value string) json.RawMessage {
	return slices.Concat(object[:m.Name], json.RawMessage(`"`+name+`":`+value), object[m.End:])
}

// Without returns object with the first member of that name removed and every other byte kept. It
// returns object itself if there is no such member.
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
		rest = rest[after+1:] // the first member: remove the comma after it instead
	}
	out := make(json.RawMessage, 0, len(before)+len(rest))
	return append(append(out, before...), rest...), nil
}
