package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxElements bounds the nesting of elements, raw HTML included. Browsers stop at 512.
const maxElements = 400

// tidy balances the tags of sanitised HTML, so that a post cannot close an element of the page around it.
// It removes closing tags without an opening one, and closes open elements with their parent. It writes no
// element twice, as a browser's repair of <b><p></b> does: many open elements and many paragraphs would
// multiply. It removes inputs other than task boxes.
func tidy(sanitised io.Reader) (string, error) {
	t := tidier{open: make(map[string]int)}
	for z := html.NewTokenizer(sanitised); ; {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return "", fmt.Errorf("reading the sanitised HTML: %w", err)
			}
			t.closeTo(0)
			return t.out.String(), nil
		case html.StartTagToken, html.SelfClosingTagToken:
			raw := z.Raw() // before TagName, which consumes it
			t.start(raw, z)
		case html.EndTagToken:
			name, _ := z.TagName()
			t.end(string(name))
		default:
			t.write(z.Raw())
		}
	}
}

type tidier struct {
	out   boundedBuffer
	stack []string       // names of the open elements
	open  map[string]int // how often each is in stack
}

func (t *tidier) write(b []byte) { t.out.Write(b) } // a buffer takes everything, or panics over the limit

var (
	voidElements = strings.Fields("br col hr img input wbr")
	// The start of one of these ends a paragraph.
	blockElements = strings.Fields("blockquote center details div dl figure figcaption h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
	// The element that a directly following element ends, for elements with an optional closing tag.
	endedBy = map[string][]string{
		"li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "td": {"td", "th"}, "th": {"td", "th"}, "rt": {"rt", "rp"}, "rp": {"rt", "rp"},
		"tr": {"tr", "td", "th"}, "tbody": {"tbody", "thead", "tr", "td", "th"}, "tfoot": {"tbody", "thead", "tr", "td", "th"},
	}
)

func (t *tidier) start(raw []byte, z *html.Tokenizer) {
	raw = bytes.Clone(raw)
	nameBytes, hasAttr := z.TagName()
	name := string(nameBytes)
	if name == "input" && !isTaskBox(z, hasAttr) {
		return
	}
	for len(t.stack) > 0 && t.ends(name, t.stack[len(t.stack)-1]) {
		t.closeTo(len(t.stack) - 1)
	}
	t.write(raw)
	if slices.Contains(voidElements, name) {
		return
	}
	if t.stack = append(t.stack, name); len(t.stack) > maxElements {
		panic(errTooDeep)
	}
	t.open[name]++
}

func (t *tidier) ends(name, top string) bool {
	return slices.Contains(endedBy[name], top) || top == "p" && slices.Contains(blockElements, name)
}

func (t *tidier) end(name string) {
	if t.open[name] == 0 {
		return
	}
	for i, element := range slices.Backward(t.stack) {
		if element == name {
			t.closeTo(i)
			return
		}
	}
}

// closeTo closes all open elements from depth on.
func (t *tidier) closeTo(depth int) {
	for _, name := range slices.Backward(t.stack[depth:]) {
		t.write([]byte("</" + name + ">"))
		t.open[name]--
	}
	t.stack = t.stack[:depth]
}

// isTaskBox reports whether an input is a disabled checkbox. The policy lets no other type through.
func isTaskBox(z *html.Tokenizer, hasAttr bool) bool {
	typed, disabled := false, false
	for hasAttr {
		var key []byte
		key, _, hasAttr = z.TagAttr()
		typed = typed || string(key) == "type"
		disabled = disabled || string(key) == "disabled"
	}
	return typed && disabled
}
