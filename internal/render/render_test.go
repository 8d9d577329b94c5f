package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/render"
)

func TestHTML(t *testing.T) {
	for _, c := range []struct{ name, markdown, want string }{
		{"paragraphs", "A **b** *c*\nd\n\n# E", "<p>A <strong>b</strong> <em>c</em>\nd</p>\n<h1>E</h1>\n"},
		{"link", `[a](https://a.test "T")`, `<p><a href="https://a.test" title="T">a</a></p>` + "\n"},
		{"autolink", "see www.a.test", `<p>see <a href="http://www.a.test">www.a.test</a></p>` + "\n"},
		{"strikethrough", "~~a~~", "<p><del>a</del></p>\n"},
		{"code", "```rust\nlet a;\n```", "<pre><code class=\"language-rust\">let a;\n</code></pre>\n"},
		{"code with options", "```rust,ignore\na\n```", "<pre><code class=\"language-rust,ignore\">a\n</code></pre>\n"},
		{"table alignment", "|a|b|c|\n|:-|-:|:-:|\n|1|2|3|", `<table>` + "\n<thead>\n<tr>\n" + `<th align="left">a</th>` + "\n" + `<th align="right">b</th>` + "\n" + `<th align="center">c</th>` +
			"\n</tr>\n</thead>\n<tbody>\n<tr>\n" + `<td align="left">1</td>` + "\n" + `<td align="right">2</td>` + "\n" + `<td align="center">3</td>` + "\n</tr>\n</tbody>\n</table>\n"},
		{"task list", "- [x] a\n- [ ] b", "<ul>\n<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> a</li>\n<li><input disabled=\"\" type=\"checkbox\"> b</li>\n</ul>\n"},
		{"footnote", "a[^1]\n\n[^1]: b", "<p>a<sup id=\"fnref:1\"><a href=\"#fn:1\" class=\"footnote-ref\" role=\"doc-noteref\">1</a></sup></p>\n" +
			"<div class=\"footnotes\" role=\"doc-endnotes\">\n<hr>\n<ol>\n<li id=\"fn:1\">\n<p>b\u00a0<a href=\"#fnref:1\" class=\"footnote-backref\" role=\"doc-backlink\">↩︎</a></p>\n</li>\n</ol>\n</div>\n"},
		{"harmless HTML", "<center>a</center> <b>b</b> <sub>1</sub><sup>2</sup> <kbd>k</kbd> <mark>m</mark>", "<center>a</center> <b>b</b> <sub>1</sub><sup>2</sup> <kbd>k</kbd> <mark>m</mark>"},
		{"details", "<details open>\n<summary>S</summary>\n\n**b**\n\n</details>", "<details open=\"\">\n<summary>S</summary>\n<p><strong>b</strong></p>\n</details>"},
		{"figure", `<figure><img src="/a.png" width="10" height="50%" alt="A" title="T" loading="lazy"><figcaption>c</figcaption></figure>`,
			`<figure><img src="/a.png" width="10" height="50%" alt="A" title="T" loading="lazy"><figcaption>c</figcaption></figure>`},

		{"text of dropped elements stays", "<marquee>a</marquee> <font color=red>b</font> <button>c</button> <textarea>d <b>e</b></textarea>", "<p>a b c d <b>e</b></p>\n"},
		{"iframe", "a <iframe src=\"//b.test\">c</iframe> d", "<p>a c d</p>\n"},
		{"script goes with its content", "a <script>alert(1)</script> b", "<p>a  b</p>\n"},
		{"style goes with its content", "<style>\np{}\n</style>\n\na", "\n<p>a</p>\n"},
		{"script that is never closed", "a <script> b\n\nc", "<p>a  b</p>\n<p>c</p>\n"},
		{"title that is never closed", "a <title> b\n\nc **d**", "<p>a  b</p>\n<p>c <strong>d</strong></p>\n"},
		{"no style, no id, no foreign class", `<p style="position:fixed" id="root" class="mantine-Modal" onclick="a()" name="x">a</p>`, "<p>a</p>"},
		{"no script in an address", "[a](javascript:alert(1)) ![b](data:image/svg+xml,c) <a href=\"vbscript:d\">e</a>", "<p>a <img alt=\"b\"> e</p>\n"},
		{"inputs that are no task box", "a <input type=checkbox> <input type=password disabled> <input disabled>", "<p>a   </p>\n"},

		{"closing tags without an opening one", "a\n\n</div></div></body>\n\nb", "<p>a</p>\n\n<p>b</p>\n"},
		{"elements left open", "<div><b>\n\na", "<div><b>\n<p>a</p>\n</b></div>"},
		{"list items left open", "<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
		{"block in a paragraph", "<p>a<ul><li>b</li></ul></p>", "<p>a</p><ul><li>b</li></ul>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := render.HTML(c.markdown)
			if err != nil || strings.TrimSpace(got) != strings.TrimSpace(c.want) {
				t.Errorf("got  %q (%v)\nwant %q", got, err, c.want)
			}
		})
	}
}

// bombs are the texts of the security review and their kin, each just below the greatest length of a post.
func bombs() map[string]string {
	fill := func(unit string) string { return strings.Repeat(unit, render.MaxBytes/len(unit)) }
	cells := strings.Repeat("|", 400) + "\n" + strings.Repeat("|-", 400) + "|\n"
	definition := "[a]: /" + strings.Repeat("x", 100_000) + "\n\n"
	return map[string]string{
		"quotes":                   fill(">"),
		"spaced quotes":            fill("> "),
		"quotes, line by line":     strings.Repeat(strings.Repeat("> ", 90)+"a\n\n", 1_300),
		"numbered lists":           fill("1. "),
		"lists, line by line":      fill(strings.Repeat("- ", 48) + "a\n"),
		"quotes and lists":         fill(strings.Repeat(">-\t", 12) + "a\nb\n"),
		"lists":                    fill("- ")[:render.MaxBytes-1] + "a",
		"blank lines in lists":     strings.Repeat("- ", 90) + "a" + strings.Repeat("\n", 240_000),
		"brackets":                 fill("["),
		"bracket pairs":            fill("[]"),
		"link openers":             fill("[a]("),
		"image openers":            fill("!["),
		"link titles":              fill("[a](b \""),
		"emphasis":                 fill("*a **b "),
		"emphasis that closes":     fill("a**b*c_ "),
		"underscores":              fill("_a "),
		"strikethrough":            fill("~~a "),
		"backticks":                strings.Repeat("`", 400) + fill("`a``b```c")[:249_000],
		"wide table":               cells + strings.Repeat("|\n", 100_000),
		"table 200 by 10 000":      strings.Repeat("|", 200) + "\n" + strings.Repeat("|-", 200) + "|\n" + strings.Repeat("|\n", 10_000),
		"escaped pipes":            "|a|b|\n|-|-|\n" + strings.Repeat("|`\\|`|\n", 35_000),
		"one definition, all uses": definition + strings.Repeat("[a]\n\n", 29_000),
		"definitions":              fill("[a]: b\n"),
		"definitions with titles":  fill("[a]: b \"\n"),
		"footnotes":                fill("[^1]: a\n"),
		"footnote references":      "[^1]: a\n\n" + strings.Repeat("[^1] ", 49_000),
		"many footnotes":           manyFootnotes(),
		"unclosed tags":            fill("<b>"),
		"unclosed attributes":      fill("<a b=\""),
		"attributes":               "<a" + fill(" b=1")[:render.MaxBytes-10],
		"comments":                 fill("<!--"),
		"instructions":             fill("a <?"),
		"declarations":             fill("a <!A"),
		"CDATA":                    fill("a <![CDATA["),
		"scripts":                  fill("<script>"),
		"text areas":               fill("a <textarea>"),
		"open elements":            strings.Repeat("<div>\n", 40_000),
		"open formatting":          openFormatting(),
		"entities":                 fill("&amp;"),
		"quotation marks":          fill("\""),
		"addresses":                fill("www.a.b "),
		"exclamation marks":        fill("!"),
		"zero bytes":               fill("\x00"),
	}
}

func manyFootnotes() string {
	var b strings.Builder
	for i := range 9_000 {
		fmt.Fprintf(&b, "[^%d]: a\n\nb[^%d]\n", i, i)
	}
	return b.String()
}

// openFormatting holds many formatting elements that differ, which a browser opens again in each paragraph.
func openFormatting() string {
	var b strings.Builder
	b.WriteString("<div>")
	for i := range 300 {
		fmt.Fprintf(&b, `<b title="%d">`, i)
	}
	return b.String() + strings.Repeat("\n\na", 80_000)
}

func TestHTML_bombs(t *testing.T) {
	for name, markdown := range bombs() {
		t.Run(name, func(t *testing.T) {
			cost := measure(func() {
				out, err := render.HTML(markdown)
				if err != nil && fault.KindOf(err) != fault.Invalid {
					t.Errorf("%v", err)
				}
				if len(out) > render.MaxOutput {
					t.Errorf("%d bytes of HTML", len(out))
				}
				if message := render.Check(markdown); (message == "") != (err == nil) {
					t.Errorf("Check answers %q, HTML %v", message, err)
				}
			})
			t.Logf("%s", cost)
			cost.check(t, 10, 400) // far above the measured cost (docs/benchmarks.md), because tests run concurrently
		})
	}
}

func TestHTML_namesTheBoundThatIsBroken(t *testing.T) {
	for markdown, want := range map[string]string{
		strings.Repeat("> ", 250) + "a": "nests its elements too deeply",
		strings.Repeat("|", 400) + "\n" + strings.Repeat("|-", 400) + "|\n" + strings.Repeat("|\n", 1000): "has a table of more than 50000 cells",
		bombs()["one definition, all uses"]:    "becomes more than 4 MB of HTML",
		bombs()["many footnotes"]:              "has more than 1000 footnotes",
		bombs()["link openers"]:                "has a paragraph with too many brackets",
		strings.Repeat("a", render.MaxBytes+1): "is 250001 bytes long",
	} {
		_, err := render.HTML(markdown)
		if err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "content: ") {
			t.Errorf("%.40q: %v, want %q", markdown, err, want)
		}
	}
}

func TestHTML_takesDeepButSaneNesting(t *testing.T) {
	for _, markdown := range []string{
		strings.Repeat("> ", render.MaxNesting) + "a",
		strings.Repeat("- ", render.MaxNesting-1) + "a",
		strings.Repeat("**a *b ", 500),
		"|a|b|\n|-|-|\n" + strings.Repeat("|1|2|\n", 20_000),
	} {
		if _, err := render.HTML(markdown); err != nil {
			t.Errorf("%.40q: %v", markdown, err)
		}
	}
}

// TestCheck_opensManyBlocksOnEachLine compares Check with HTML on texts whose lines open many blocks.
func TestCheck_opensManyBlocksOnEachLine(t *testing.T) {
	for _, marker := range []string{"- ", "-\t", "> ", ">-\t"} {
		for _, text := range []string{"a", "-"} {
			for _, between := range []string{"\n", "\nb\n"} {
				for deep := 1; deep*len(marker) <= 40; deep += 6 {
					line := strings.Repeat(marker, deep) + text + between
					markdown := strings.Repeat(line, 16_000/len(line))
					_, err := render.HTML(markdown)
					if message := render.Check(markdown); (message == "") != (err == nil) {
						t.Errorf("%q, again and again: Check answers %q, HTML %v", line, message, err)
					}
				}
			}
		}
	}
}
