package archive

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// document is a parsed Markdown file.
type document struct {
	head     *value // a table; nil: the file has no front matter
	own      bool   // an export of Wiredesk wrote the front matter
	body     string
	bodyLine int // first line of body, from 1
}

// fence is a line that opens a front matter.
type fence struct {
	closing []string // the lines that close it
	decode  func(src string) (value, error)
}

// fences maps opening lines to fences. decode gets the front matter after as many empty lines as there are
// lines before it, so that its line numbers are those of the file.
var fences = map[string]fence{
	"+++":     {closing: []string{"+++"}, decode: decodeTOML},
	"---":     {closing: []string{"---", "..."}, decode: decodeYAML}, // "...": the end of a YAML document
	"---yaml": {closing: []string{"---", "..."}, decode: decodeYAML},
	"---yml":  {closing: []string{"---", "..."}, decode: decodeYAML},
	"---toml": {closing: []string{"---"}, decode: decodeTOML},
	"---json": {closing: []string{"---"}, decode: decodeWholeJSON},
	";;;":     {closing: []string{";;;"}, decode: decodeWholeJSON}, // Hexo
}

// opensJSON matches the start of a JSON object, and not "{{< shortcode >}}" or "{% tag %}".
var opensJSON = regexp.MustCompile(`^\{\s*["}]`)

// parse parses a file. Line ends become \n. Every error is a *problem.
func parse(src []byte) (document, error) {
	text, err := decodeText(src)
	if err != nil {
		return document{}, err
	}
	start := strings.TrimLeft(text, " \t\n")
	if start == "" {
		return document{}, problemf(1, "is empty")
	}
	blank := strings.Count(text[:len(text)-len(start)], "\n") // lines before the front matter
	if opensJSON.MatchString(start) {
		return parseJSON(start, blank)
	}
	first, rest, _ := strings.Cut(start, "\n")
	opening := strings.TrimRight(first, " \t")
	f, ok := fences[opening]
	if !ok {
		return document{body: text, bodyLine: 1}, nil
	}
	source, body, ok := split(rest, f.closing)
	if !ok {
		return document{}, problemf(blank+1, "the front matter that %s opens here is never closed: a line %s is missing", opening, f.closing[0])
	}
	head, err := f.decode(strings.Repeat("\n", blank+1) + source)
	if err != nil {
		return document{}, err
	}
	doc := newDocument(head, body, blank+3+strings.Count(source, "\n"))
	doc.own = opening == "+++" && strings.Contains("\n"+source, seal)
	return doc, nil
}

// newDocument removes one empty line after the front matter.
func newDocument(head value, body string, line int) document {
	doc := document{head: &head, body: body, bodyLine: line}
	if after, ok := strings.CutPrefix(body, "\n"); ok {
		doc.body, doc.bodyLine = after, line+1
	}
	return doc
}

// parseJSON parses a file that starts with a JSON object.
func parseJSON(text string, blank int) (document, error) {
	src := strings.Repeat("\n", blank) + text
	head, end, err := decodeJSON(src)
	if err != nil {
		return document{}, err
	}
	line := 1 + strings.Count(src[:end], "\n")
	body := strings.TrimLeft(src[end:], " \t")
	if after, ok := strings.CutPrefix(body, "\n"); ok {
		body, line = after, line+1
	}
	return newDocument(head, body, line), nil
}

// decodeWholeJSON parses JSON between fences. Hexo writes no braces.
func decodeWholeJSON(src string) (value, error) {
	if !strings.HasPrefix(strings.TrimSpace(src), "{") {
		src = src[:max(0, strings.Index(src, strings.TrimSpace(src)))] + "{" + strings.TrimSpace(src) + "}"
	}
	head, end, err := decodeJSON(src)
	if err == nil && strings.TrimSpace(src[end:]) != "" {
		err = problemf(1+strings.Count(src[:end], "\n"), "the front matter is not JSON: text follows the object")
	}
	return head, err
}

// decodeText returns the file's text without a byte order mark, each line end as \n.
func decodeText(src []byte) (string, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if !utf8.Valid(src) {
		at := 0
		for r, n := utf8.DecodeRune(src); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(src[at:]) {
			at += n
		}
		return "", problemf(1+strings.Count(unixLines(string(src[:at])), "\n"), "is not UTF-8: byte 0x%02x", src[at])
	}
	return unixLines(string(src)), nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func unixLines(text string) string { return lineEnds.Replace(text) }

// split splits the text after the opening line at the first closing line.
func split(text string, closing []string) (source, body string, ok bool) {
	for start := 0; start < len(text); {
		next := len(text)
		if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
			next = start + n + 1
		}
		line := strings.TrimRight(text[start:next], " \t\n")
		for _, end := range closing {
			if line == end {
				return text[:start], text[next:], true
			}
		}
		start = next
	}
	return "", "", false
}

// lineOf returns a line of text, by its number from 1, without its end.
func lineOf(text string, line int) string {
	for ; line > 1; line-- {
		_, text, _ = strings.Cut(text, "\n")
	}
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// namedByte matches the first byte of a multi-byte character in an error of the TOML and JSON parsers.
var namedByte = regexp.MustCompile(`(?:U\+00[89A-F][0-9A-F] )?'(?:[\x{80}-\x{ff}]|\\u00[89a-f][0-9a-f]|\\x[89a-f][0-9a-f])'`)

// nameRune replaces the byte in a message by the whole character at column of line.
func nameRune(message, line string, column int) string {
	at := namedByte.FindStringIndex(message)
	if at == nil {
		return message
	}
	for i, r := range line {
		if i < column || r < utf8.RuneSelf {
			continue
		}
		name := fmt.Sprintf("%#U", r)
		if strings.ContainsRune("“”„‟‘’‚‛«»", r) {
			name += `, a curly quote; write " or '`
		}
		return message[:at[0]] + name + message[at[1]:]
	}
	return message
}
