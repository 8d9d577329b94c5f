package rest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestPublic_listsPublishedPostsInPages(t *testing.T) {
	d := newDesk(t)
	var want []string
	for i := range 7 {
		title := fmt.Sprintf("Post %d", i)
		d.make(fmt.Sprintf(`{"title":%q,"category":"News","published":%t}`, title, i%3 != 0))
		if i%3 != 0 {
			want = append(want, title)
		}
	}
	slices.Reverse(want)
	for limit := 1; limit <= 5; limit++ {
		if diff := cmp.Diff(want, d.list(nobody, "/api/public/posts", "", limit)); diff != "" {
			t.Errorf("by %d (-want +got):\n%s", limit, diff)
		}
	}
	if diff := cmp.Diff(want, d.list(nobody, "/api/public/posts", "category=News&q=post", 2)); diff != "" {
		t.Errorf("filtered (-want +got):\n%s", diff)
	}
}

// draftWord is in every field of each post that the public must not see.
const draftWord = "unreleased"

// hide makes a draft, a post that was taken back, and one that was deleted.
func (d *desk) hide() {
	d.Helper()
	fields := func(slug string, published bool) string {
		return fmt.Sprintf(`{"slug":"%s-%[2]s","title":"%[2]s","description":"%[2]s","content":"%[2]s","category":"%[2]s","tags":["%[2]s"],"authorName":"%[2]s","published":%[3]t}`,
			slug, draftWord, published)
	}
	d.make(fields("draft", false))
	back := d.make(fields("back", true))
	_, err := d.posts.Publish(d.Context(), d.actor(editor), back, 0, false, noKey)
	testkit.Must(d, err)
	deleted(d, d.make(fields("deleted", true)))
}

func TestPublic_neverTellsOfADraft(t *testing.T) {
	d := newDesk(t)
	d.hide()
	d.make(`{"title":"Released","published":true}`)
	for _, path := range []string{"", "?q=" + draftWord, "?q=unrel", "?category=" + draftWord, "?limit=100", "?q=" + draftWord + "&category=" + draftWord} {
		a := d.do(nobody, "GET /api/public/posts"+path, "")
		if a.Code != 200 || strings.Contains(a.text(), draftWord) {
			t.Errorf("%s: status %d %s", path, a.Code, a.body)
		}
		if found := strings.Contains(a.body, "Released"); found != (path == "" || path == "?limit=100") {
			t.Errorf("%s: finds the released one: %v", path, found)
		}
	}
	for _, slug := range []string{"draft-", "back-", "deleted-"} {
		for _, as := range []string{"X: y", "If-None-Match: *", `If-None-Match: "1-1"`, "Authorization: Bearer " + d.tokens[admin]} {
			a := d.do(nobody, "GET /api/public/posts/"+slug+draftWord, "", as)
			if a.Code != 404 || strings.Contains(a.text(), draftWord) || a.Header().Get("ETag") != "" {
				t.Errorf("%s with %s: %d %s", slug, as, a.Code, a.text())
			}
		}
	}
	for _, path := range []string{"?status=draft", "?status=all", "?sort=title", "?published=false"} {
		if a := d.do(nobody, "GET /api/public/posts"+path, ""); a.Code != 422 {
			t.Errorf("%s: status %d, want 422", path, a.Code)
		}
	}
}

func TestPublic_answers(t *testing.T) {
	public := published
	names := []string{"createdBy", "updatedBy", "An editor"}
	play(t, newDesk(t), []scenario{
		{name: "post", given: public, call: "GET /api/public/posts/{slug}", status: 200, hasNot: names,
			has: []string{`"slug":"{slug}"`, `"content":"Some words."`, `"html":"\u003cp\u003eSome words.`, `Etag: "{id}-2"`, "Cache-Control: public, max-age=5", "Access-Control-Allow-Origin: *"}},
		{name: "list", given: public, call: "GET /api/public/posts?limit=1", status: 200, hasNot: append(names, `"content"`, `"cursor"`),
			has: []string{`"slug":"{slug}"`, `Etag: "`, "Cache-Control: public, max-age=5", "Access-Control-Allow-Origin: *"}},
		{name: "with a good token", given: public, as: admin, call: "GET /api/public/posts/{slug}", status: 200, hasNot: names},
		{name: "with a bad token", given: public, call: "GET /api/public/posts/{slug}", header: []string{"Authorization: Bearer x"}, status: 200},
		{name: "from the desk", given: public, call: "GET /api/public/posts/{slug}", header: []string{"Origin: " + origin}, status: 200, hasNot: []string{"Access-Control-Allow-Credentials"}},
		{name: "none", call: "GET /api/public/posts/none", status: 404, has: []string{"Access-Control-Allow-Origin: *", "Cache-Control: no-store"}},
		{name: "not UTF-8", call: "GET /api/public/posts/%ff", status: 404},
		{name: "limit", call: "GET /api/public/posts?limit=101", status: 422},
		{name: "after", call: "GET /api/public/posts?after=x", status: 422},
		{name: "unreadable", call: "GET /api/public/posts?after=%zz", status: 400},
		{name: "a foreign page may ask", call: "OPTIONS /api/public/posts", status: 204,
			header: []string{"Origin: https://reader.test", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: if-none-match"},
			has:    []string{"Access-Control-Allow-Origin: *", "If-None-Match"}},
	})
}

func TestPublic_cachesUntilSomethingChanges(t *testing.T) {
	for _, path := range []string{"/api/public/posts", "/api/public/posts/fresh-1"} {
		t.Run(path, func(t *testing.T) {
			d := newDesk(t)
			published(d, d.fresh())
			get := func(header ...string) answer { return d.do(nobody, "GET "+path, "", header...) }
			tag := get().Header().Get("ETag")
			for _, given := range []string{tag, "W/" + tag, `"a", ` + tag, "*", `"a",W/` + tag + `,"b"`} {
				a := get("If-None-Match: " + given)
				if a.Code != 304 || a.body != "" || a.Header().Get("ETag") != tag || !strings.Contains(a.Header().Get("Cache-Control"), "max-age=5") {
					t.Errorf("If-None-Match: %s: %d %s", given, a.Code, a.text())
				}
			}
			for _, given := range []string{`"a"`, strings.Trim(tag, `"`), ""} {
				if a := get("If-None-Match: " + given); a.Code != 200 {
					t.Errorf("If-None-Match: %s: status %d, want 200", given, a.Code)
				}
			}
			d.edit(1, 2, `{"description":"Changed"}`)
			if a := get("If-None-Match: " + tag); a.Code != 200 || a.Header().Get("ETag") == tag {
				t.Errorf("after a change: status %d, ETag %s", a.Code, a.Header().Get("ETag"))
			}
		})
	}
}

// attacks try to run something in the reader's page, or to leave the post's place in it.
var attacks = []string{
	"<script>alert(1)</script>", "<SCRIPT SRC=//evil.test/x.js></SCRIPT>", "<scr<script>ipt>alert(1)</script>", "<script\x0d>alert(1)</script >",
	"<img src=x onerror=alert(1)>", "<img src=x onerror\n=alert(1)//", "<img/src=`x`onerror=alert(1)>", "<img src=\"javascript:alert(1)\">",
	"<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
	"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<iframe src=\"javascript:alert(1)\"></iframe>", "<iframe srcdoc=\"<script>alert(1)</script>\">",
	"<object data=\"data:text/html,<script>alert(1)</script>\">", "<embed src=\"//evil.test/x.swf\">", "<base href=\"//evil.test/\">",
	"<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">", "<link rel=stylesheet href=//evil.test/x.css>", "<style>*{background:url(//evil.test)}</style>",
	"<p style=\"position:fixed;inset:0\">x</p>", "<div onclick=alert(1)>x</div>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)></video>",
	"<body onload=alert(1)>", "<form action=//evil.test><input name=password></form>", "<button formaction=javascript:alert(1)>x</button>",
	"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\tscript:alert(1))", "[x](&#106;avascript:alert(1))", "[x](javascript&colon;alert(1))",
	"[x](vbscript:msgbox(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "![x](javascript:alert(1))", "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
	"![x](\"onerror=\"alert(1))", "[x]: javascript:alert(1)\n\n[x]", "<javascript:alert(1)>", "[x](https://a.test \"\\\" onmouseover=alert(1) \")",
	"```\"><script>alert(1)</script>\nx\n```", "```js\" onclick=\"alert(1)\nx\n```", "`<script>alert(1)</script>`", "<a href=\" &#14; javascript:alert(1)\">x</a>",
	"<a href=\"//evil.test\" target=_top ping=//evil.test>x</a>", "<!--><script>alert(1)</script>-->", "<![CDATA[><script>alert(1)</script>]]>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	"<template><script>alert(1)</script></template>", "<textarea></textarea><script>alert(1)</script>", "<a id=location name=cookie>x</a>", "x[^1]\n\n[^1]: <script>alert(1)</script>",
	"</div></div></body><script>alert(1)</script>", "<p title=\"\u2028onload=alert(1)\">", "| a |\n|---|\n| <script>alert(1)</script> |", "- [x] <img src=x onerror=alert(1)>",
}

func TestPublic_htmlIsHarmless(t *testing.T) {
	d := newDesk(t)
	for i, attack := range attacks {
		content, err := json.Marshal("Before.\n\n" + strings.ReplaceAll(attack, "\x00", "") + "\n\nAfter.")
		testkit.Must(t, err)
		d.make(fmt.Sprintf(`{"slug":"attack-%d","title":"A","content":%s,"published":true}`, i, content))
		page, err := decode[struct{ HTML string }](d.do(nobody, fmt.Sprintf("GET /api/public/posts/attack-%d", i), ""))
		testkit.Must(t, err)
		if harm := harmIn(t, page.HTML); harm != "" {
			t.Errorf("%q becomes %q, with %s", attack, page.HTML, harm)
		}
	}
}

// harmIn reads text as a browser would, and returns the first thing in it that a post must not hold.
func harmIn(t *testing.T, text string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	testkit.Must(t, err)
	elements := strings.Fields("html head body p a em strong del code pre h1 h2 h3 h4 h5 h6 ul ol li blockquote hr br img table thead tbody tr th td sup sub div span section details summary input b i")
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			return "a comment"
		}
		if n.Type == html.ElementNode && !slices.Contains(elements, n.Data) {
			return "<" + n.Data + ">"
		}
		for _, a := range n.Attr {
			if harm := harmInAttribute(n.Data, a); harm != "" {
				return harm
			}
		}
	}
	return ""
}

func harmInAttribute(element string, a html.Attribute) string {
	switch a.Key {
	case "href", "src":
		u, err := url.Parse(a.Val)
		if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) {
			return a.Key + "=" + a.Val
		}
	case "alt", "title", "start", "align", "open", "colspan", "rowspan", "role":
	case "type", "checked", "disabled": // task boxes
		if element != "input" {
			return "<" + element + " " + a.Key + ">"
		}
	case "id", "class": // footnotes have them
		if !strings.HasPrefix(a.Val, "fn") && !strings.HasPrefix(a.Val, "footnote") {
			return a.Key + "=" + a.Val
		}
	default:
		return "<" + element + " " + a.Key + ">"
	}
	return ""
}

func TestPublic_rendersMarkdown(t *testing.T) {
	d := newDesk(t)
	content, err := json.Marshal("# Title\n\nA **bold** [link](https://a.test/?a=1&b=2), ~~gone~~, `x<y`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![pic](/i.png)\n\nNote[^1].\n\n[^1]: Foot.\n")
	testkit.Must(t, err)
	d.make(fmt.Sprintf(`{"slug":"md","title":"A","content":%s,"published":true}`, content))
	page, err := decode[struct{ HTML string }](d.do(nobody, "GET /api/public/posts/md", ""))
	testkit.Must(t, err)
	for _, want := range []string{"<h1>Title</h1>", "<strong>bold</strong>", `href="https://a.test/?a=1&amp;b=2"`, "<del>gone</del>", "<code>x&lt;y</code>", "<td>1</td>", `<img src="/i.png" alt="pic"`, "Foot."} {
		if !strings.Contains(page.HTML, want) {
			t.Errorf("the HTML lacks %s:\n%s", want, page.HTML)
		}
	}
}
