package jsonobj

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MapStrings returns object with f applied to each string that is the value of a member, or an
// item of a member that is an array. Strings inside of nested objects and arrays of arrays are
// kept. All other bytes are kept too, and those of a string that f returns unchanged. If no string
// changes, the result is object itself.
func MapStrings(object json.RawMessage, f func(member, value string) string) (json.RawMessage, error) {
	m := stringMapper{in: object, dec: json.NewDecoder(bytes.NewReader(object)), f: f}
	for {
		switch err := m.next(); {
		case errors.Is(err, io.EOF) && m.copied == 0 && m.ended:
			return object, nil
		case errors.Is(err, io.EOF) && m.ended:
			return append(m.out, object[m.copied:]...), nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrNotObject, err)
		}
	}
}

// stringMapper copies in to out token by token, with the strings that f changes replaced.
type stringMapper struct {
	in     json.RawMessage
	dec    *json.Decoder
	f      func(member, value string) string
	out    json.RawMessage
	copied int // bytes of in that out covers

	open    []json.Delim // the objects and arrays that the next token is in
	member  string       // of the outermost object
	inValue bool         // the next token in the outermost object is a value
	ended   bool         // the outermost object is complete
}

// next reads one token. It returns io.EOF after the last one.
func (m *stringMapper) next() error {
	start := int(m.dec.InputOffset())
	token, err := m.dec.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim:
		if len(m.open) == 0 && v != '{' {
			return errors.New("no object")
		}
		if v == '{' || v == '[' {
			m.open = append(m.open, v)
			return nil
		}
		m.open = m.open[:len(m.open)-1]
		m.ended = len(m.open) == 0
	case string:
		if len(m.open) == 1 && !m.inValue {
			m.member, m.inValue = v, true
			return nil
		}
		if len(m.open) == 1 || len(m.open) == 2 && m.open[1] == '[' {
			if err := m.replace(v, start+bytes.IndexByte(m.in[start:], '"'), int(m.dec.InputOffset())); err != nil {
				return err
			}
		}
	}
	if len(m.open) == 0 && !m.ended {
		return errors.New("no object")
	}
	if len(m.open) == 1 {
		m.inValue = false
	}
	return nil
}

// replace applies f to the string at in[start:end].
func (m *stringMapper) replace(value string, start, end int) error {
	changed := m.f(m.member, value)
	if changed == value {
		return nil
	}
	encoded, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	m.out = append(append(m.out, m.in[m.copied:start]...), encoded...)
	m.copied = end
	return nil
}
