// Package strictjson reads JSON objects of clients so that nothing is ignored or changed: names match exactly,
// a name occurs once, unknown names are refused, and every text is valid Unicode. Package encoding/json takes
// names in any case, uses the last of two equal names, and stores U+FFFD for half a surrogate pair.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// maxMembers bounds the members of an object, and so the fields of an error. No object of the API has half as many.
const maxMembers = 100

// Object returns the members of the object in body; the values share the memory of body. The error is a
// Malformed fault when body is not exactly one JSON object in UTF-8, a TooLarge fault when it has more than 100 members, and otherwise an
// Invalid fault that lists the names given twice and the members that hold unpaired surrogates.
func Object(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, fault.New(fault.Malformed, "The body is not valid UTF-8.")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return nil, fault.New(fault.Malformed, "The body must be a JSON object.")
	}
	if !json.Valid(body) {
		var text json.RawMessage
		err := json.Unmarshal(body, &text) // for its error
		return nil, fault.Wrap(fault.Malformed, "The body is not valid JSON: "+err.Error()+".", err)
	}
	m := members{values: map[string]json.RawMessage{}}
	for n, s := 0, jsonobj.NewScanner(body); s.Scan(); n++ {
		if n == maxMembers {
			return nil, fault.New(fault.TooLarge, fmt.Sprintf("The object has more than %d fields.", maxMembers))
		}
		m.add(s.Name(), s.Value())
	}
	return m.values, invalid(m.broken)
}

// Decode stores the members of the object in body in the fields of the struct that v points to, by the exact
// names of their json tags. Its errors are those of Object; the Invalid fault also lists unknown names and
// values of a wrong type.
func Decode(body []byte, v any) error {
	values, err := Object(body)
	if err != nil {
		return err
	}
	target := reflect.ValueOf(v).Elem()
	var broken []fault.Field
	for name, value := range values {
		if message := decodeMember(target, name, value); message != "" {
			broken = append(broken, fault.Field{Name: name, Message: message})
		}
	}
	return invalid(broken)
}

func decodeMember(target reflect.Value, name string, value json.RawMessage) (message string) {
	for field, of := range target.Fields() {
		if field.Tag.Get("json") != name {
			continue
		}
		if json.Unmarshal(value, of.Addr().Interface()) != nil {
			return wrongType(field.Type)
		}
		return ""
	}
	return "Not a known field."
}

func wrongType(want reflect.Type) string {
	for want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	switch want.Kind() {
	case reflect.Bool:
		return "Use true or false."
	case reflect.Int, reflect.Int64:
		return "Use a whole number."
	}
	return "Use a string."
}

// invalid returns nil without broken fields.
func invalid(broken []fault.Field) error {
	if len(broken) == 0 {
		return nil
	}
	slices.SortFunc(broken, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return fault.InvalidFields(broken...)
}

// members are those of an object, with the errors of their names and texts.
type members struct {
	values map[string]json.RawMessage
	broken []fault.Field // one for each name at most
}

func (m *members) add(name string, value json.RawMessage) {
	message := ""
	if _, twice := m.values[name]; twice {
		message = "Give this field once."
	} else if hasUnpairedSurrogate(value) {
		message = `Remove the unpaired surrogate (half of a character, such as \ud83d).`
	}
	m.values[name] = value
	if message == "" || slices.ContainsFunc(m.broken, func(f fault.Field) bool { return f.Name == name }) {
		return
	}
	m.broken = append(m.broken, fault.Field{Name: name, Message: message})
}

// hasUnpairedSurrogate reports whether a text in valid JSON has the escape of half a surrogate pair.
func hasUnpairedSurrogate(value []byte) bool {
	if bytes.IndexByte(value, '\\') < 0 {
		return false
	}
	var high rune // of the escape just before; 0: none
	for i := 0; i < len(value); {
		if value[i] != '\\' {
			if high != 0 {
				return true
			}
			i++
			continue
		}
		r, size := escaped(value[i:])
		isLow := utf16.IsSurrogate(r) && r >= 0xdc00
		if isLow != (high != 0) {
			return true
		}
		high = 0
		if utf16.IsSurrogate(r) && !isLow {
			high = r
		}
		i += size
	}
	return false
}

// escaped returns the UTF-16 unit of the escape that valid JSON starts with, 0 for one of two characters, and
// its length in bytes.
func escaped(value []byte) (unit rune, size int) {
	if value[1] != 'u' {
		return 0, 2
	}
	n, _ := strconv.ParseUint(string(value[2:6]), 16, 16)
	return rune(n), 6
}
