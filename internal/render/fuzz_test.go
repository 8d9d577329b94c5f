package render_test

import (
	"fmt"
	"maps"
	"net/url"
	"runtime/metrics"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/wiredesk/wiredesk/internal/render"
)

// cost is the resources of a call.
type cost struct {
	cpu   time.Duration // of the process; unlike elapsed time, it does not grow with the load of the machine
	bytes uint64        // allocated in all
}

func (c cost) String() string {
	return fmt.Sprintf("%v of CPU, %d MB allocated", c.cpu.Round(time.Millisecond), c.bytes>>20)
}

func (c cost) check(t *testing.T, seconds time.Duration, megabytes uint64) {
	t.Helper()
	if raceDetector {
		megabytes *= 5 // sync.Pool drops items at random under the race detector, so that package regexp allocates anew
	}
	if c.cpu > seconds*time.Second || c.bytes > megabytes<<20 {
		t.Errorf("%v: at most %d s and %d MB are allowed", c, seconds, megabytes)
	}
}

func measure(f func()) cost {
	allocated := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, began := allocated(), cpuTime()
	f()
	return cost{cpuTime() - began, allocated() - before}
}

func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// The bounds of a fuzzed input, with instrumentation. A quadratic cost exceeds them by far.
const (
	repeatedBytes  = 16_000
	fuzzSeconds    = 8
	fuzzMegabytes  = 250
	longestPattern = 64
)

// FuzzHTML holds four promises for every text: a bound on time and memory, HTML that can do nothing,
// balanced tags, and that Check agrees with HTML. Short inputs are repeated as well, in one paragraph and in many,
// which makes anything quadratic slow; TestHTML_bombs has the greatest length.
func FuzzHTML(f *testing.F) {
	all := bombs()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		markdown := all[name]
		f.Add(markdown[:min(len(markdown), 4_000)])
		f.Add(markdown[:min(len(markdown), longestPattern)])
	}
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Fuzz(func(t *testing.T, markdown string) {
		if len(markdown) == 0 || len(markdown) > repeatedBytes {
			return
		}
		texts := []string{markdown}
		if len(markdown) <= longestPattern {
			texts = append(texts, strings.Repeat(markdown, repeatedBytes/len(markdown)), strings.Repeat(markdown+"\n\n", repeatedBytes/(len(markdown)+2)))
		}
		used := measure(func() {
			for _, text := range texts {
				hold(t, text)
			}
		})
		used.check(t, fuzzSeconds, fuzzMegabytes)
	})
}

func hold(t *testing.T, markdown string) {
	t.Helper()
	out, err := render.HTML(markdown)
	if message := render.Check(markdown); (message == "") != (err == nil) {
		t.Errorf("Check answers %q, HTML %v", message, err)
	}
	if harm := harmIn(out); harm != "" {
		t.Errorf("%.200q becomes %.200q, with %s", markdown, out, harm)
	}
	if open := unbalanced(out); open != "" {
		t.Errorf("%.200q becomes %.200q, with an unbalanced %s", markdown, out, open)
	}
}

// attacks try to run something in the reader's page, or to take it over.
var attacks = []string{
	"<script>alert(1)</script>", "<scr<script>ipt>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg><style><img src=x onerror=alert(1)>",
	"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<iframe srcdoc=\"<script>alert(1)</script>\">", "<base href=//evil.test>", "<p style=\"position:fixed\">x</p>",
	"[x](java\tscript:alert(1))", "[x](&#106;avascript:alert(1))", "![x](data:image/svg+xml,<svg/onload=alert(1)>)", "<a href=\" &#14; javascript:alert(1)\">x</a>", "<javascript:alert(1)>",
	"<!--><script>alert(1)</script>-->", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<textarea><img title=\"</textarea><script>alert(1)</script>\">", "<a id=location name=cookie class=x>x</a>",
	"<form action=//evil.test><input name=password type=password disabled><button>x</button></form>", "<plaintext><b>", "</div></body></html>", "<x-y onclick=a>", "<details ontoggle=a open>", "<p title=\"\u2028onload=alert(1)\">",
}

const allowedElements = "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q " +
	"rp rt ruby s samp small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr"

// harmIn returns the first thing in HTML that a post must not hold, token by token as it is written.
func harmIn(text string) string {
	z := html.NewTokenizer(strings.NewReader(text))
	elements := strings.Fields(allowedElements)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.CommentToken, html.DoctypeToken:
			return "a comment"
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if !slices.Contains(elements, token.Data) {
				return "<" + token.Data + ">"
			}
			for _, a := range token.Attr {
				if harm := harmInAttribute(a); harm != "" {
					return harm
				}
			}
		}
	}
}

func harmInAttribute(a html.Attribute) string {
	switch a.Key {
	case "href", "src":
		u, err := url.Parse(a.Val)
		if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) {
			return a.Key + "=" + a.Val
		}
	case "id":
		if !strings.HasPrefix(a.Val, "fn") || !strings.Contains(a.Val, ":") {
			return "id=" + a.Val
		}
	case "class":
		if !strings.HasPrefix(a.Val, "language-") && !slices.Contains([]string{"footnotes", "footnote-ref", "footnote-backref"}, a.Val) {
			return "class=" + a.Val
		}
	case "type", "checked", "disabled", "alt", "title", "width", "height", "loading", "align", "colspan", "rowspan", "start", "open", "lang", "dir", "role":
	default:
		return a.Key
	}
	return ""
}

// unbalanced returns the first tag that has no partner.
func unbalanced(text string) string {
	var open []string
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(open, " ")
		case html.StartTagToken, html.SelfClosingTagToken:
			if name := z.Token().Data; !slices.Contains([]string{"br", "col", "hr", "img", "input", "wbr"}, name) {
				open = append(open, name)
			}
		case html.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				return "</" + name + ">"
			}
			open = open[:len(open)-1]
		}
	}
}
