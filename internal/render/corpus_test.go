package render_test

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	unsafehtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/wiredesk/wiredesk/internal/render"
)

// corpus is a folder of real posts, which lies beside the checkout and not in it.
const corpus = "../../../shared/corpus"

// contents has the visible contents of a page.
type contents struct {
	Words         map[string]int
	Alt           map[string]int // words of alternative texts
	Images, Links int
}

func (c contents) andAlt() map[string]int {
	all := maps.Clone(c.Words)
	for word, count := range c.Alt {
		all[word] += count
	}
	return all
}

func TestHTML_keepsEveryWordOfTheCorpus(t *testing.T) {
	posts := corpusPosts(t)
	for name, content := range posts {
		out, err := render.HTML(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if message := render.Check(content); message != "" {
			t.Errorf("%s: cannot be saved: content %s", name, message)
		}
		got, want := contentsOf(t, out), contentsOf(t, unsanitised(t, content))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from what Markdown makes without the policy (-without +with):\n%s", name, diff)
		}
		if lost := missing(wordsOf(sourceText(content)), got.andAlt()); len(lost) > 5 {
			t.Errorf("%s: %d words of the source are not in the HTML: %.40q", name, len(lost), lost)
		}
	}
	t.Logf("%d posts", len(posts))
}

// corpusPosts returns the Markdown of each post without its front matter.
func corpusPosts(t testing.TB) map[string]string {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("there is no corpus at %s: put a folder of Markdown files there to run this test", corpus)
	}
	posts := map[string]string{}
	err := filepath.WalkDir(corpus, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, rest, ok := strings.Cut(strings.TrimPrefix(string(text), "+++"), "\n+++"); ok {
			posts[path] = rest
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(posts) == 0 {
		t.Fatalf("%s holds no posts", corpus)
	}
	return posts
}

// unsanitised renders with a goldmark of the test's own, which drops nothing.
func unsanitised(t *testing.T, content string) string {
	t.Helper()
	var b strings.Builder
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(unsafehtml.WithUnsafe()))
	if err := md.Convert([]byte(content), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// contentsOf returns the visible contents of HTML.
func contentsOf(t testing.TB, text string) contents {
	t.Helper()
	doc, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	c := contents{Words: map[string]int{}, Alt: map[string]int{}}
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "img":
			c.Images++
			for word, count := range wordsOf(attr(n, "alt")) {
				c.Alt[word] += count
			}
		case n.Type == html.ElementNode && n.Data == "a" && mayLink(attr(n, "href")):
			c.Links++
		case n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style":
			for word, count := range wordsOf(n.Data) {
				c.Words[word] += count
			}
		}
	}
	return c
}

// mayLink reports whether the policy keeps a link: one post of the corpus has "ttps://…", one "mail-to:…".
func mayLink(href string) bool {
	u, err := url.Parse(href)
	return err == nil && href != "" && slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func wordsOf(text string) map[string]int {
	words := map[string]int{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		words[word]++
	}
	return words
}

// The parts of the source that are not text: numbers of lists, fences with their language, targets of links, definitions, tags, labels of footnotes.
var noText = regexp.MustCompile("(?s)(?m:^[ >*+-]*[0-9]+[.)])|(?m:^[ >]*(?:```|~~~).*?$)|\\]\\([^()]*(?:\\([^()]*\\)[^()]*)*\\)|\\]\\[[^\\]]*\\]|(?m:^[ >]*\\[[^\\]]+\\]:\\s*\\S+(?:[ \\t\\n]+(?:\"[^\"]*\"|'[^']*'|\\([^)]*\\)))?)|<!--.*?-->|</?[a-zA-Z][^>]*>|<https?:[^>]*>|\\[\\^[^\\]]*\\]:?|&#?\\w+;")

func sourceText(content string) string { return noText.ReplaceAllString(content, " ") }

// missing returns the words with a higher count in want than in got.
func missing(want, got map[string]int) (words []string) {
	for word, count := range want {
		for range count - got[word] {
			words = append(words, word)
		}
	}
	return words
}
