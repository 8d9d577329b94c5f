package main

import (
	"fmt"
	"regexp"
	"strings"
)

// habit is a wording that a reader has to read twice. limit is the highest rate per 1,000 words of comment of the Go code
// that serves as a model: wtf, upspin, pkgsite and centrifuge.
type habit struct {
	name  string
	limit float64
	match *regexp.Regexp
}

var habits = []habit{
	{`clause without a noun ("what is …")`, 0.17, regexp.MustCompile(`(?i)\bwhat (is|are|was|were|has|have|had|they|it|we|you|comes|goes|stands|a|an|the)\b`)},
	{"tell, tells, told", 0.28, regexp.MustCompile(`(?i)\b(tells?|told)\b`)},
	{"who, whom, whoever", 0.19, regexp.MustCompile(`(?i)\bwho(m|ever)?\b`)},
	{"says", 0.14, regexp.MustCompile(`(?i)\bsays\b`)},
	{"comes, goes on, stands", 0.23, regexp.MustCompile(`(?i)\b(comes|goes on|stands)\b`)},
	{"nobody, somebody, anybody", 0.05, regexp.MustCompile(`(?i)\b(nobody|somebody|anybody)\b`)},
}

// line is a line of prose in a file.
type line struct {
	number int
	text   string
}

// wording counts the habits in prose.
type wording struct {
	words int
	found [][]string // for each habit, the places
}

func (w *wording) add(path string, lines []line) {
	if w.found == nil {
		w.found = make([][]string, len(habits))
	}
	for _, l := range lines {
		w.words += len(strings.Fields(l.text))
		for i, h := range habits {
			for range h.match.FindAllString(l.text, -1) {
				w.found[i] = append(w.found[i], fmt.Sprintf("%s:%d: %s: %s", path, l.number, h.name, strings.TrimSpace(l.text)))
			}
		}
	}
}

// rate is the number of occurrences of a habit per 1,000 words.
func (w *wording) rate(habit int) float64 {
	if w.words == 0 {
		return 0
	}
	return 1000 * float64(len(w.found[habit])) / float64(w.words)
}

// faults are the places of each habit above its limit.
func (w *wording) faults() (places []string) {
	for i, h := range habits {
		if w.rate(i) > h.limit {
			places = append(places, w.found[i]...)
		}
	}
	return places
}

var (
	lineComment = regexp.MustCompile(`(?:^|[\s;{(,])//+ ?(.*)$`)
	quoted      = regexp.MustCompile("`[^`]*`|\"[^\"]*\"|“[^”]*”")
)

// typeScriptComments returns the comments of TypeScript. A line comment behind an open quote is not found.
func typeScriptComments(text string) (lines []line) {
	inBlock := false
	for i, l := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(l)
		switch {
		case inBlock || strings.HasPrefix(trimmed, "/*") || strings.HasPrefix(trimmed, "{/*"):
			body, _, ended := strings.Cut(trimmed, "*/")
			inBlock = !ended
			lines = append(lines, line{i + 1, quoted.ReplaceAllString(strings.TrimLeft(body, "{/* "), "")})
		default:
			if at := lineComment.FindStringSubmatchIndex(l); at != nil && !openQuote(l[:at[2]]) {
				lines = append(lines, line{i + 1, quoted.ReplaceAllString(l[at[2]:], "")})
			}
		}
	}
	return lines
}

// openQuote reports whether code ends inside of a string.
func openQuote(code string) bool {
	for _, quote := range []string{"'", `"`, "`"} {
		if strings.Count(code, quote)%2 == 1 {
			return true
		}
	}
	return false
}

// proseOf returns the lines of Markdown that are no code and quote none.
func proseOf(text string) (lines []line) {
	fenced := false
	for i, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(l), "```") {
			fenced = !fenced
		} else if !fenced {
			lines = append(lines, line{i + 1, quoted.ReplaceAllString(l, "")})
		}
	}
	return lines
}
