// Package archive carries posts between Wiredesk and directories of Markdown files:
// it reads the front matter that static site generators use, and writes its own.
// It decides what a file means; what a post may be, and whether a file may change
// one, package post decides. It never opens a database, and it reads and writes
// nothing outside the directory that it is given.
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
	File string // its path below the directory, with forward slashes
	Line int    // counted from 1; 0: the file as a whole
	Text string
}

// Name returns the file's path, quoted when it could disturb a terminal.
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

// problem is the error of a file, with its line.
type problem struct {
	line int
	text string
}

func (p *problem) Error() string { return fmt.Sprintf("line %d: %s", p.line, p.text) }

func problemf(line int, format string, args ...any) *problem {
	return &problem{line: line, text: fmt.Sprintf(format, args...)}
}
