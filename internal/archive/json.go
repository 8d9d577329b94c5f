package archive

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// decodeJSON parses the JSON object at the start of a text. end is its length in bytes.
func decodeJSON(src string) (v value, end int, err error) {
	b := jsonBuilder{src: src, lines: lineCounter{src: src}, decoder: json.NewDecoder(strings.NewReader(src))}
	b.decoder.UseNumber()
	if v, err = b.value(0); err == nil && v.kind != table {
		err = problemf(v.line, "the front matter must be a JSON object")
	}
	if err != nil {
		return value{}, 0, err
	}
	return v, int(b.decoder.InputOffset()), nil
}

type jsonBuilder struct {
	treeBuilder
	src     string
	lines   lineCounter
	decoder *json.Decoder
}

// token returns the next token and the line of its end.
func (b *jsonBuilder) token() (json.Token, int, error) {
	from := b.decoder.InputOffset()
	token, err := b.decoder.Token()
	at := b.decoder.InputOffset()
	line := b.lines.at(int(at))
	if err != nil {
		return nil, line, b.problem(err, int(at))
	}
	if text, ok := token.(string); ok && strings.ContainsRune(text, utf8.RuneError) && !strings.ContainsRune(b.src[from:at], utf8.RuneError) &&
		!strings.Contains(strings.ToLower(b.src[from:at]), `\ufffd`) {
		return nil, line, problemf(line, "the front matter holds half of a character: a \\ud800 to \\udfff without its other half")
	}
	return token, line, nil
}

func (b *jsonBuilder) problem(err error, at int) *problem {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return problemf(1, "the front matter that { opens here is never closed: a } is missing")
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		at = max(at, min(int(syntax.Offset)-1, len(b.src)))
	}
	line := 1 + strings.Count(b.src[:at], "\n")
	column := at - (strings.LastIndexByte(b.src[:at], '\n') + 1)
	return problemf(line, "the front matter is not JSON: %s", nameRune(err.Error(), lineOf(b.src, line), column))
}

func (b *jsonBuilder) value(depth int) (value, error) {
	token, line, err := b.token()
	if err == nil {
		err = b.enter(line, depth)
	}
	v := value{kind: plain, line: line}
	if err != nil {
		return v, err
	}
	switch token := token.(type) {
	case nil:
		v.kind = null
	case string:
		v.kind, v.text = quoted, token
	case json.Number:
		v.text = token.String()
	case bool:
		v.text = map[bool]string{true: "true", false: "false"}[token]
	case json.Delim:
		if token == '[' {
			return b.list(v, depth)
		}
		return b.table(v, depth)
	}
	return v, nil
}

func (b *jsonBuilder) list(v value, depth int) (value, error) {
	v.kind = list
	for b.decoder.More() {
		item, err := b.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	_, _, err := b.token()
	return v, err
}

func (b *jsonBuilder) table(v value, depth int) (value, error) {
	v.kind = table
	lines := make(map[string]int)
	for b.decoder.More() {
		key, line, err := b.token()
		if err != nil {
			return v, err
		}
		name, _ := key.(string)
		if first, ok := lines[name]; ok {
			return v, problemf(line, "the front matter is not JSON: the name %q is already defined at line %d", name, first)
		}
		lines[name] = line
		item, err := b.value(depth + 1)
		if err != nil {
			return v, err
		}
		item.line = line
		v.members = append(v.members, newMember(name, item))
	}
	_, _, err := b.token()
	return v, err
}
