package archive

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSlugs(t *testing.T) {
	const head = "---\ntitle: T\n"
	tests := map[string]struct{ file, head, slug string }{
		"percent":              {"a.md", `slug: "%d0%ba%d0%b0%d0%ba"`, "как"},
		"upper percent":        {"a.md", `slug: "%D0%9A%D0%B0"`, "ка"},
		"cut percent":          {"a.md", `slug: "%d0%ba%d0%b0%d0"`, "ка"},
		"cut inside":           {"a.md", `slug: "%d0%ba%d0%b0%d"`, "ка"},
		"not UTF-8":            {"a.md", `slug: "x-%ff-y"`, "x--ff-y"},
		"percent in the name":  {"2020-01-02-%d0%ba%d0%b0%d0%ba.md", "", "как"},
		"percent in the url":   {"a.md", "url: /x/caf%C3%A9/", "café"},
		"a percent of its own": {"a.md", `slug: "100%"`, "100"},
		"NFD slug":             {"a.md", "slug: cafe\u0301", "caf\u00e9"},
		"NFD percent":          {"a.md", `slug: "cafe%CC%81"`, "caf\u00e9"},
		"NFD name":             {"08-cafe\u0301.md", "", "08-caf\u00e9"},
		"octal":                {"a.md", "slug: 0123", "0123"},
		"url":                  {"a.md", "url: /my/custom-url/", "custom-url"},
		"url of a page":        {"a.md", "url: /2014/old.html", "old"},
		"url of an index":      {"a.md", "url: /my/old/index.html", "old"},
		"a whole url":          {"a.md", "url: https://example.org/my/old/?a=b#c", "old"},
		"permalink":            {"a.md", "permalink: /about/me/", "me"},
		"permalink pattern":    {"a.md", "permalink: /:categories/:title/", "a"},
		"permalink template":   {"a.md", `permalink: "/x/{{ page.fileSlug }}/"`, "a"},
		"permalink style":      {"a.md", "permalink: pretty", "a"},
		"the start page":       {"a.md", "url: /", "a"},
		"slug and url":         {"a.md", "slug: s\nurl: /x/u/", "s"},
		"path with a dot":      {"a.md", `path: "2014/12/12/Rust-1.0"`, "rust-1.0"},
		"French bundle":        {"05-bundle-one/index.fr.md", "", "05-bundle-one"},
		"dated bundle":         {"x/2020-01-02-hello/index.fr.md", "", "hello"},
		"French file":          {"posts/hello.fr.md", "", "hello"},
		"Brazilian file":       {"posts/hello.pt-BR.md", "", "hello"},
		"Chinese bundle":       {"posts/hello/index.zh-hans.md", "", "hello"},
		"no language":          {"posts/node.js.md", "", "node.js"},
		"a version":            {"posts/release-1.10.md", "", "release-1.10"},
		"an invisible sign":    {"posts/heart\u2764\ufe0f-x.md", "", "heart--x"},
	}
	for name, test := range tests {
		p, err := newPage(test.file, []byte(head+test.head+"\n---\nx\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.slug != test.slug {
			t.Errorf("%s: slug %+q, want %+q", name, p.slug, test.slug)
		}
		if _, err := p.source(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAddresses: the addresses that a page had, each by its path and by its last part.
func TestAddresses(t *testing.T) {
	tests := map[string]struct {
		head      string
		addresses string
		remark    string
	}{
		"Hugo":            {"aliases: [/posts/old/, older]", "posts/old old older", ""},
		"Zola":            {"path: 2014/12/12/a\naliases: [2014/12/12/A.html]", "2014/12/12/a 2014/12/12/A.html", ""},
		"Jekyll":          {"redirect_from:\n- /x/y.html\n-", "x/y.html y", ""},
		"one":             {"aliases: /old/", "old", ""},
		"whole":           {"alias: https://example.org/b/c?d=e", "b/c c", ""},
		"url beside slug": {"slug: a\nurl: /my/custom/", "my/custom custom", ""},
		"escaped":         {"aliases: [/caf%C3%A9/]", "café", ""},
		"Obsidian":        {"aliases: [My other name]", "", `a part of aliases is left out: "My other name" is no address`},
		"long":            {"aliases: [/" + strings.Repeat("x/", 120) + "y/]", "y", ""},
		"url of a table":  {"url: {a: b}", "", "url is left out: it is no address"},
		"root":            {"aliases: [/]", "", `a part of aliases is left out: "/" is no address`},
	}
	for name, test := range tests {
		p, err := newPage("a.md", []byte("---\ntitle: T\n"+test.head+"\n---\nx\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		pages := []page{p}
		distinct(pages)
		remark := ""
		for _, n := range p.notes {
			remark += n.text
		}
		if got := strings.Join(pages[0].addresses, " "); got != test.addresses || remark != test.remark {
			t.Errorf("%s: addresses %q, remark %q", name, got, remark)
		}
	}
}

// TestLanguages: translations of one page.
func TestLanguages(t *testing.T) {
	const post = "---\ntitle: T\ndate: 2020-01-02\n---\nx\n"
	tests := map[string]map[string]string{ // the slug of each file
		"bundle":       {"b/index.md": "b", "b/index.fr.md": "b-fr", "b/index.pt-br.md": "b-pt-br"},
		"no default":   {"b/index.de.md": "b", "b/index.fr.md": "b-fr"},
		"files":        {"x.md": "x", "x.fr.md": "x-fr", "x.de.md": "x-de"},
		"two bundles":  {"one/index.fr.md": "one", "two/index.fr.md": "two"},
		"folders":      {"en/x.md": "x", "fr/x.md": "x-fr"},
		"not the same": {"x.fr.md": "x", "y.fr.md": "y"},
	}
	for name, want := range tests {
		dir := t.TempDir()
		for file := range want {
			writeFile(t, filepath.Join(dir, file), post)
		}
		pages := readDir(t, dir, &Report{})
		distinct(pages)
		got := make(map[string]string)
		for _, p := range pages {
			got[p.file] = p.slug
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDistinctAddresses(t *testing.T) {
	pages := []page{
		{file: "a.md", slug: "a", addresses: []string{"x/old", "old", "b"}},
		{file: "b.md", slug: "b", addresses: []string{"x/old", "old", "y/old", "old", "b"}},
	}
	notes := distinct(pages)
	if len(notes) != 1 || notes[0].String() != "b.md: the address x/old leads to a.md" {
		t.Errorf("notes %v", notes)
	}
	if diff := cmp.Diff([][]string{{"x/old", "old"}, {"y/old"}}, [][]string{pages[0].addresses, pages[1].addresses}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}
