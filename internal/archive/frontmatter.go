package archive

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// document is a Markdown file, taken apart.
type document struct {
	head     map[string]any // nil: the file has no front matter
	source   string         // the front matter's text; it begins on line 2
	body     string
	bodyLine int // where body begins, counted from 1
}

// decoders reads each kind of front matter, by its fence. They are given the text with
// an empty line in the place of the fence, so that their line numbers are the file's.
var decoders = map[string]func(string) (map[string]any, error){
	"+++": decodeTOML,
	"---": decodeYAML,
}

// parse takes a file apart. Every error is a *problem.
func parse(src []byte) (document, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if !utf8.Valid(src) {
		at := 0
		for r, n := utf8.DecodeRune(src); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(src[at:]) {
			at += n
		}
		return document{}, problemf(1+bytes.Count(src[:at], []byte("\n")), "is not UTF-8: byte 0x%02x", src[at])
	}
	text := string(src)
	if strings.TrimSpace(text) == "" {
		return document{}, problemf(1, "is empty")
	}
	first, rest, _ := strings.Cut(text, "\n")
	fence := strings.TrimRight(first, " \t\r")
	decode := decoders[fence]
	if decode == nil {
		return document{body: unixLines(text, first), bodyLine: 1}, nil
	}
	doc, ok := split(unixLines(rest, first), fence)
	if !ok {
		return document{}, problemf(1, "the front matter that %s opens here is never closed: a line %s is missing", fence, fence)
	}
	var err error
	doc.head, err = decode("\n" + doc.source)
	return doc, err
}

// split parts what follows the opening fence at the closing one, and drops the one
// empty line that customarily follows it.
func split(text, fence string) (document, bool) {
	for start, line := 0, 2; start < len(text); line++ {
		next := len(text)
		if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
			next = start + n + 1
		}
		if strings.TrimRight(text[start:next], " \t\r\n") == fence {
			doc := document{source: text[:start], body: text[next:], bodyLine: line + 1}
			if body, ok := strings.CutPrefix(doc.body, "\n"); ok {
				doc.body, doc.bodyLine = body, doc.bodyLine+1
			}
			return doc, true
		}
		start = next
	}
	return document{}, false
}

// unixLines makes "\r\n" "\n" in a file whose first line ends that way: the same post
// saved on two systems is then the same.
func unixLines(text, first string) string {
	if strings.HasSuffix(first, "\r") {
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
	return text
}

func decodeTOML(text string) (map[string]any, error) {
	head := make(map[string]any)
	err := toml.Unmarshal([]byte(text), &head)
	if err == nil {
		return head, nil
	}
	line, at := 1, (*toml.DecodeError)(nil)
	if errors.As(err, &at) {
		line, _ = at.Position()
	}
	return nil, problemf(line, "the front matter is not TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
}

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:unmarshal errors:\s+)?(?:line (\d+): )?(.*)$`)

func decodeYAML(text string) (map[string]any, error) {
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		line, message := 2, err.Error()
		if m := yamlError.FindStringSubmatch(message); m != nil {
			n, _ := strconv.Atoi(m[1])
			line, message = max(line, n), m[2]
		}
		return nil, problemf(line, "the front matter is not YAML, here or nearby: %s", message) // the parser may be a line off
	}
	switch head := value.(type) {
	case map[string]any:
		return head, nil
	case nil:
		return map[string]any{}, nil
	}
	return nil, problemf(2, "the front matter must consist of lines such as \"title: Hello\"")
}
