package render

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// goldmark is linear on ordinary texts and quadratic on hostile ones: each closing bracket visits all
// openers of its paragraph, each line visits all open blocks, a table row is padded to the width of its
// header. The budget counts exactly these loops, in steps of about a nanosecond, and panics with a
// limitError over a bound.
const (
	maxInlineWork = 40_000_000 // steps inside paragraphs, headings and table cells; the largest real posts take 125 000
	maxBlockWork  = 400_000    // visits of open blocks, 24 bytes of memory each; the largest real posts take 16 000
	maxOpenBlocks = 2 * MaxNesting
	maxPipes      = 4_000 // escaped pipes in tables: goldmark compares each with each
)

// budget is the parser's context, which goldmark passes to each of its parsers.
type budget struct {
	parser.Context
	blockWork int
	visits    int // of blockWork, charged by the last call of OpenedBlocks
	work      int

	block    ast.Node // the leaf block being parsed
	end      int      // of block in the source
	specials int      // characters of block that may open or close something

	cells, pipes, footnotes int
}

func newBudget() *budget { return &budget{Context: parser.NewContext()} }

// OpenedBlocks counts the visits of open blocks. goldmark calls it for each line, which visits all of them, and
// before each SetOpenedBlocks, which does not.
func (b *budget) OpenedBlocks() []parser.Block {
	open := b.Context.OpenedBlocks()
	b.visits = len(open)
	if b.blockWork += 1 + b.visits; b.blockWork > maxBlockWork {
		panic(limitError("has too many lines inside nested lists and quotes"))
	}
	return open
}

func (b *budget) SetOpenedBlocks(open []parser.Block) {
	if len(open) > maxOpenBlocks {
		panic(errTooDeep)
	}
	b.blockWork, b.visits = b.blockWork-b.visits, 0
	b.Context.SetOpenedBlocks(open)
}

var errTooDeep = limitError(fmt.Sprintf("nests its elements too deeply; at most %d levels are allowed", MaxNesting))

func (b *budget) charge(steps int) {
	if b.work += steps; b.work > maxInlineWork {
		panic(limitError("has a paragraph with too many brackets, asterisks or tags; put code between ``` lines, or split the paragraph"))
	}
}

// meter is an inline parser that never matches: it charges for the parsers after it.
type meter struct{}

func (meter) Trigger() []byte { return []byte{'[', ']', '!', '*', '_', '~', '`', '<'} }

func (meter) Parse(block ast.Node, reader text.Reader, pc parser.Context) ast.Node {
	b, ok := pc.(*budget)
	if !ok {
		return nil
	}
	line, at := reader.PeekLine()
	if b.block != block {
		b.block, b.specials, b.end = block, 0, at.Stop
		if lines := block.Lines(); lines != nil && lines.Len() > 0 {
			b.end = lines.At(lines.Len() - 1).Stop
		}
	}
	b.specials++
	b.charge(4*b.specials + b.scan(line, reader.Source()[at.Start:max(at.Start, b.end)]))
	return nil
}

// scan returns the number of bytes that a parser examines for the end of a construct. rest is the block from its
// start on.
func (b *budget) scan(line, rest []byte) int {
	next := byte(0)
	if len(line) > 1 {
		next = line[1]
	}
	switch {
	case line[0] == '`':
		return codeSpan(rest)
	case line[0] == ']' && next == '(':
		end := bytes.IndexByte(rest, ')')
		if end < 0 || bytes.ContainsAny(rest[2:end], `"'(`) { // a title may have several lines
			return len(rest)
		}
		return end
	case line[0] == ']' && next == '[':
		return ahead(rest[1:], ']')
	case line[0] == '[' && next == '^', line[0] == '!' && next == '[':
		return 8 * b.footnotes
	case line[0] == '<' && util.IsAlphaNumeric(next):
		return 16 * ahead(rest, '>')
	}
	return 0
}

// ahead returns the distance to c; the whole length if c does not occur.
func ahead(rest []byte, c byte) int {
	if i := bytes.IndexByte(rest, c); i >= 0 {
		return i
	}
	return len(rest)
}

// codeSpan returns the length of the code span at the start of rest; the whole length if it is not closed.
func codeSpan(rest []byte) int {
	opener := len(rest) - len(bytes.TrimLeft(rest, "`"))
	for at := opener; ; {
		i := bytes.IndexByte(rest[at:], '`')
		if i < 0 {
			return len(rest)
		}
		at += i
		run := len(rest[at:]) - len(bytes.TrimLeft(rest[at:], "`"))
		if run == opener {
			return at
		}
		at += run
	}
}

// definitionGuard charges for link reference definitions: for each of them goldmark moves all later lines of the
// paragraph, and searches the end of a title in the whole paragraph.
type definitionGuard struct{}

func (definitionGuard) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	b, ok := pc.(*budget)
	if !ok {
		return
	}
	source, lines := reader.Source(), p.Lines()
	end := lines.At(lines.Len() - 1).Stop
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(source)
		if at := bytes.Index(line, []byte("]:")); at >= 0 {
			steps := 4 * lines.Len()
			if bytes.ContainsAny(line[at:], `"'(`) {
				steps += end - segment.Start
			}
			b.charge(steps)
		}
	}
}

// tables is the extension for tables with a guard before its transformer.
type tables struct{}

func (tables) Extend(m goldmark.Markdown) {
	extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)).Extend(m)
	m.Parser().AddOptions(parser.WithParagraphTransformers(util.Prioritized(tableGuard{}, 199))) // the transformer has 200
}

// tableGuard counts the cells of each table before goldmark creates them.
type tableGuard struct{}

func (tableGuard) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	b, ok := pc.(*budget)
	if !ok {
		return
	}
	source, lines := reader.Source(), p.Lines()
	for i := 1; i < lines.Len(); i++ {
		delimiter := lines.At(i)
		columns := columnsOf(delimiter.Value(source))
		header := lines.At(i - 1)
		if columns == 0 || bytes.Count(header.Value(source), []byte("|"))+1 < columns {
			continue
		}
		if b.cells += columns * (lines.Len() - i); b.cells > MaxCells {
			panic(limitError(fmt.Sprintf("has a table of more than %d cells", MaxCells)))
		}
		body := source[header.Start:lines.At(lines.Len()-1).Stop]
		if b.pipes += bytes.Count(body, []byte(`\|`)); b.pipes > maxPipes {
			panic(limitError(fmt.Sprintf(`has tables with more than %d escaped pipes (\|)`, maxPipes)))
		}
		return
	}
}

// columnsOf returns the number of columns of a table's delimiter row; 0 if line is not one.
func columnsOf(line []byte) int {
	dashes := false
	for _, c := range line {
		switch c {
		case '-':
			dashes = true
		case '|', ':', ' ', '\t', '\r', '\n':
		default:
			return 0
		}
	}
	if !dashes {
		return 0
	}
	line = bytes.TrimSpace(line)
	columns := bytes.Count(line, []byte("|")) + 1
	if line[0] == '|' {
		columns--
	}
	if len(line) > 1 && line[len(line)-1] == '|' {
		columns--
	}
	return max(1, columns)
}

// footnotes is the extension for footnotes with a bound on their number.
type footnotes struct{}

func (footnotes) Extend(m goldmark.Markdown) {
	extension.Footnote.Extend(m)
	m.Parser().AddOptions(parser.WithBlockParsers(util.Prioritized(footnoteGuard{extension.NewFootnoteBlockParser()}, 998))) // the parser itself has 999
}

type footnoteGuard struct{ parser.BlockParser }

func (g footnoteGuard) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	node, state := g.BlockParser.Open(parent, reader, pc)
	if b, ok := pc.(*budget); ok && node != nil {
		if b.footnotes++; b.footnotes > MaxFootnotes {
			panic(limitError(fmt.Sprintf("has more than %d footnotes", MaxFootnotes)))
		}
	}
	return node, state
}
