// Package render makes the HTML of a post from its Markdown. It owns the dialect
// (CommonMark, GFM, footnotes, raw HTML), the policy of what HTML may stay, and the
// bounds that keep every input cheap. The public API, POST /api/render and so the
// dashboard's preview all show this HTML.
//
// A text passes four stages: goldmark parses it under a work budget (budget.go) and
// writes HTML into a buffer of at most MaxOutput bytes; rawtext.go removes the tags
// whose content a browser would not read as HTML; bluemonday keeps what policy.go
// lists; tidy.go balances the tags, so that a post cannot close an element of the
// page around it.
//
// The package never reads a database and never trusts its input: a text that breaks
// a bound is an Invalid fault on the field "content", for a save, a preview and a
// stored post alike.
package render

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// The bounds of a text. Each is far above the largest real posts.
const (
	MaxBytes     = 250_000 // of Markdown; equal to post.MaxContentBytes
	MaxNesting   = 100     // quotes and lists inside one another
	MaxCells     = 50_000  // table cells, the ones that goldmark adds to short rows included
	MaxFootnotes = 1_000
	MaxOutput    = 4 << 20 // bytes of HTML
)

// markdown is the dialect. Tables use the align attribute, because the policy removes style attributes.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.TaskList, tables{}, footnotes{}),
	goldmark.WithParserOptions(
		parser.WithInlineParsers(util.Prioritized(meter{}, 0)),
		parser.WithParagraphTransformers(util.Prioritized(definitionGuard{}, 0)),
	),
	goldmark.WithRendererOptions(html.WithUnsafe()),
)

// HTML converts Markdown to HTML that is safe on any page. The error is a fault.Invalid on "content": the
// text breaks a bound. It takes at most a few hundred milliseconds.
func HTML(content string) (string, error) {
	out, err := convert(content)
	if err != nil {
		return "", contentFault(err)
	}
	return out, nil
}

// Check returns the message of the error of HTML for a text, "" if there is none. It reads an ordinary text
// once; only a text near a bound is rendered.
func Check(content string) string {
	if isSmall(content) {
		return ""
	}
	if _, err := convert(content); err != nil {
		return limitMessage(err)
	}
	return ""
}

func convert(content string) (out string, err error) {
	if len(content) > MaxBytes {
		return "", limitError(fmt.Sprintf("is %d bytes long; at most %d are allowed", len(content), MaxBytes))
	}
	defer recoverLimit(&err)
	source := []byte(content)
	doc := markdown.Parser().Parse(text.NewReader(source), parser.WithContext(newBudget()))
	var raw boundedBuffer
	if err := markdown.Renderer().Render(&raw, source, doc); err != nil {
		return "", fmt.Errorf("rendering Markdown: %w", err)
	}
	return tidy(policy.SanitizeReader(bytes.NewReader(dropRawText(raw.Bytes()))))
}

// limitError is the bound that a text breaks, as a field's message.
type limitError string

func (e limitError) Error() string { return "the text " + string(e) }

// recoverLimit converts a panic with a limitError from inside goldmark into an error.
func recoverLimit(err *error) {
	switch p := recover().(type) {
	case nil:
	case limitError:
		*err = p
	default:
		panic(p)
	}
}

func limitMessage(err error) string {
	var limit limitError
	if errors.As(err, &limit) {
		return string(limit)
	}
	return "cannot be rendered"
}

func contentFault(err error) error {
	var limit limitError
	if !errors.As(err, &limit) {
		return err
	}
	return fault.InvalidFields(fault.Field{Name: "content", Message: string(limit)})
}

// boundedBuffer ends the rendering at MaxOutput. Without it, a reference definition of 100 KB that is used
// 10 000 times would fill the memory.
type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > MaxOutput {
		panic(limitError(fmt.Sprintf("becomes more than %d MB of HTML; make it shorter or split it", MaxOutput>>20)))
	}
	return b.Buffer.Write(p)
}
