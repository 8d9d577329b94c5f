package render

// The bounds of a small text. A text below all of them cannot break a bound of render.go, so it is not
// parsed.
const (
	smallBytes       = 100_000  // the HTML is at most ten times as large
	smallPrefix      = 40       // bytes of indentation and markers before a line's text; each is at most four open blocks (a tab is two lists)
	smallSpecial     = 300      // characters between two blank lines that may open nested constructs
	smallTags        = 50       // '<' in the whole text
	smallPipes       = maxPipes // pipes of the widest line, times lines
	smallBrackets    = 5_000    // '[' in a text with definitions of references or footnotes
	smallDefinitions = MaxFootnotes
	smallExpansion   = 1_000_000 // '[' times the longest paragraph: the text that references may repeat
)

// isSmall reports whether a count of characters proves that a text is below all bounds of render.go.
func isSmall(content string) bool {
	if len(content) > smallBytes {
		return false
	}
	s := smallScan{isBlank: true}
	for i := 0; i < len(content); i++ {
		if !s.next(content[i]) {
			return false
		}
	}
	ok := s.endLine()
	s.endRun()
	blockWork := s.lines * 3 * (4*s.deepest + 3) // a line visits, closes and opens at most so many blocks
	return ok && s.lines*s.widest <= smallPipes && blockWork <= maxBlockWork && s.work+8*s.definitions*s.brackets <= maxInlineWork &&
		(s.definitions == 0 || s.brackets <= smallBrackets && s.brackets*s.longest <= smallExpansion)
}

type smallScan struct {
	lines, tags, special  int
	brackets, definitions int
	run, longest          int // bytes since the last blank line, and the most of them
	runTags, runLines     int // since the last blank line
	runDefinitions        int
	work                  int // an upper bound of the charges of the budget
	pipes, widest         int
	prefix, deepest       int
	inText, isBlank       bool // text after the prefix; only white space
	last                  byte
}

// next reads one byte. It returns false if the text may not be small.
func (s *smallScan) next(c byte) bool {
	s.run++
	s.longest = max(s.longest, s.run)
	if c == '\n' {
		return s.endLine()
	}
	if c != ' ' && c != '\t' && c != '\r' {
		s.isBlank = false
	}
	switch c {
	case ' ', '\t', '\r', '>', '-', '+', '*', '.', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if !s.inText {
			s.prefix++
		}
	default:
		s.inText = true
	}
	switch c {
	case '[':
		s.brackets++
		s.special++
	case '*', '_', '~', ']', '`', '!':
		s.special++
	case '<':
		s.tags++
		s.runTags++
		s.special++
	case '|':
		s.pipes++
	case ':':
		if s.last == ']' { // a definition
			s.definitions++
			s.runDefinitions++
			s.inText = false // blocks may open after the label of a footnote
		}
	}
	s.last = c
	return true
}

// endLine closes a line. A run of lines without a blank one is at least as long as any paragraph.
func (s *smallScan) endLine() bool {
	ok := s.prefix <= smallPrefix && s.special <= smallSpecial && s.tags <= smallTags && s.definitions <= smallDefinitions
	s.lines++
	s.widest, s.deepest = max(s.widest, s.pipes), max(s.deepest, s.prefix)
	s.runLines++
	if s.isBlank {
		s.endRun()
	}
	s.pipes, s.prefix, s.inText, s.isBlank, s.last = 0, 0, false, true, 0
	return ok
}

// endRun adds the maximum cost of the lines since the last blank one.
func (s *smallScan) endRun() {
	s.work += 4*s.special*s.special + (s.special+16*s.runTags+s.runDefinitions)*s.run + 4*s.runDefinitions*s.runLines
	s.special, s.run, s.runTags, s.runLines, s.runDefinitions = 0, 0, 0, 0, 0
}
