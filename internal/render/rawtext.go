package render

import (
	"bytes"
	"slices"
)

// A browser reads the content of these elements as text up to the closing tag, or to the end of the page:
// one "<textarea>" in a sentence would show the rest of the post as source.
var rawTextElements = []string{"iframe", "noembed", "noframes", "noscript", "plaintext", "textarea", "title", "xmp"}

// hiddenElements are removed with their content, if they are closed.
var hiddenElements = []string{"script", "style"}

// dropRawText removes the tags of rawTextElements, so that their content is ordinary HTML, and the opening
// tags of hiddenElements that are not closed. The output is not yet safe: the policy follows.
func dropRawText(html []byte) []byte {
	var out []byte // nil: nothing removed yet
	kept := 0      // html[:kept] is in out, or removed
	lastClosing := map[string]int{}
	for _, element := range hiddenElements {
		lastClosing[element] = lastClosingTag(html, element)
	}
	for at := 0; ; {
		i := bytes.IndexByte(html[at:], '<')
		if i < 0 {
			break
		}
		at += i
		if !isDropped(html, at, lastClosing) {
			at++
			continue
		}
		end := bytes.IndexByte(html[at:], '>')
		if end < 0 {
			break
		}
		out = append(out, html[kept:at]...)
		at += end + 1
		kept = at
	}
	if kept == 0 {
		return html
	}
	return append(out, html[kept:]...)
}

func isDropped(html []byte, at int, lastClosing map[string]int) bool {
	name, closing := tagName(html[at+1:])
	if slices.Contains(rawTextElements, name) {
		return true
	}
	return !closing && slices.Contains(hiddenElements, name) && at > lastClosing[name]
}

// tagName returns the name of the tag after '<', in lower case, if it may be one of these elements.
func tagName(tag []byte) (name string, closing bool) {
	if len(tag) > 0 && tag[0] == '/' {
		tag, closing = tag[1:], true
	}
	var b [10]byte
	n := 0
	for n < len(tag) && n < len(b) {
		c := tag[n] | 0x20
		if c < 'a' || c > 'z' {
			break
		}
		b[n] = c
		n++
	}
	return string(b[:n]), closing
}

// lastClosingTag returns the offset of the last closing tag of element, -1 if there is none.
func lastClosingTag(html []byte, element string) int {
	for at := len(html); ; {
		at = bytes.LastIndex(html[:at], []byte("</"))
		if at < 0 {
			return -1
		}
		if name, _ := tagName(html[at+1:]); name == element {
			return at
		}
	}
}
