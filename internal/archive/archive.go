// Package archive imports posts from and exports posts to directories of Markdown files. It reads the front
// matter of Jekyll, Hugo, Zola, Hexo, Eleventy and Astro, and writes its own.
//
// Import parses a file (frontmatter.go; yaml.go, toml.go and json.go yield the same value tree), derives a
// page (page.go) and decides whether readers may see it (publish.go, section.go). Package post holds the
// rules of posts and decides whether a file may change one. The package opens no database, and reads and
// writes only below the given directory. A faulty file is reported and does not stop an import.
package archive

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Note is a remark about one file.
type Note struct {
	File string // path below the directory, with forward slashes
	Line int    // from 1; 0: the whole file
	Text string
}

// Name returns the file's path, quoted if it has unprintable characters.
func (n Note) Name() string {
	if !printable(n.File) {
		return strconv.QuoteToASCII(n.File)
	}
	return n.File
}

// String returns the note as one line, "file:line: text".
func (n Note) String() string {
	text := strings.Join(strings.FieldsFunc(n.Text, func(r rune) bool { return !unicode.IsPrint(r) }), " ")
	if n.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", n.Name(), n.Line, text)
	}
	return n.Name() + ": " + text
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func sortNotes(notes []Note) {
	slices.SortStableFunc(notes, func(a, b Note) int { return cmp.Compare(a.File, b.File) })
}

// problem is an error in a file, with its line.
type problem struct {
	line int
	text string
}

func (p *problem) Error() string { return fmt.Sprintf("line %d: %s", p.line, p.text) }

func problemf(line int, format string, args ...any) *problem {
	return &problem{line: line, text: fmt.Sprintf(format, args...)}
}
