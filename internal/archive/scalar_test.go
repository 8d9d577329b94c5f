package archive

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScalars: a title, a slug, a label and an author stay as they are written, whatever a
// parser takes them for.
func TestScalars(t *testing.T) {
	heads := map[string]func(scalar string) string{
		"YAML": func(s string) string {
			return "---\ntitle: " + s + "\nslug: " + s + "\ncategory: " + s + "\ntags: [" + s + "]\nauthor: " + s + "\n---\nx\n"
		},
		"TOML": func(s string) string {
			return "+++\ntitle = " + s + "\nslug = " + s + "\ncategory = " + s + "\ntags = [" + s + "]\nauthor = " + s + "\n+++\nx\n"
		},
		"JSON": func(s string) string {
			return `{"title": ` + s + `, "slug": ` + s + `, "category": ` + s + `, "tags": [` + s + `], "author": ` + s + "}\nx\n"
		},
	}
	scalars := map[string][]string{
		"YAML": {"0xF4EE", "007", "0123", "+49", "1_000", "21E08", "1.10", "true", "Yes", "no", "2020-01-02", "010", "0x10", "0o17", "1e3", ".5", "1.0", "-0",
			"190:20:30", "2001-12-14t21:59:43.10-05:00", "0b1", ".inf", ".NaN", "12345678901234567890123", `"7"`, `'007'`, "<<x", "=", "é"},
		"TOML": {"0xF4EE", "1_000", "+49", "1.10", "true", "2020-01-02", "0o17", "0b1", "1e3", "2020-01-02 10:00:00Z", "10:00:00", "+0.0", `"007"`},
		"JSON": {"1.10", "1E3", "-0", "12345678901234567890123", "true", `"007"`},
	}
	for format, head := range heads {
		for _, scalar := range scalars[format] {
			p, err := newPage("some-file.md", []byte(head(scalar)), now)
			if err != nil {
				t.Errorf("%s %s: %v", format, scalar, err)
				continue
			}
			want := strings.Trim(scalar, `"'`)
			got := []any{p.fields["title"], p.fields["category"], p.fields["tags"], p.fields["authorName"]}
			if diff := cmp.Diff([]any{want, want, []string{want}, want}, got); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", format, scalar, diff)
			}
			if slug := cleanSlug(want); slug != "" && p.slug != slug {
				t.Errorf("%s %s: slug %q, want %q", format, scalar, p.slug, slug)
			}
		}
	}
}

func TestNullsAndNests(t *testing.T) {
	tests := map[string]struct {
		head     string
		category string
		tags     []string
	}{
		"null tag":         {"tags:\n  -\n  - a\n  - ~\n  - null\n  - ''\n  - b", "", []string{"a", "b"}},
		"null tags":        {"tags:\ncategories: ~", "", []string{}},
		"only nulls":       {"tags: [null]\ncategories: [null]", "", []string{}},
		"nested tags":      {"tags: [[a, [b]], c, a]", "", []string{"a", "b", "c"}},
		"Hexo hierarchy":   {"categories:\n- [Sports, Baseball]\n- [Play]\ntags:\n- x", "Sports", []string{"x", "Baseball", "Play"}},
		"null category":    {"categories:\n- null\n- [~, News]", "News", []string{}},
		"tables":           {"tags:\n- {name: Go, slug: go}\n- {slug: x}\ncategories: [{name: N}]", "N", []string{"Go", "x"}},
		"one table":        {"categories: {name: N}", "N", []string{}},
		"both":             {"category: A\ncategories: [A, B]", "A", []string{"B"}},
		"text":             {`tags: "a, b ,c,"`, "", []string{"a", "b", "c"}},
		"hashes":           {`tags: "#x, #y"`, "", []string{"x", "y"}},
		"hashes in a row":  {`tags: "#x #y"`, "", []string{"x", "y"}},
		"brackets":         {`tags: "[x, 'y z', \"w\"]"`, "", []string{"x", "y z", "w"}},
		"a name":           {`tags: C# tips`, "", []string{"C# tips"}},
		"a language":       {`tags: [C#, "#x"]`, "", []string{"C#", "#x"}},
		"block":            {"tags: |\n  a\n  b", "", []string{"a", "b"}},
		"singular":         {"tag: a", "", []string{"a"}},
		"not at spaces":    {"categories: jekyll update", "jekyll update", []string{}},
		"other spelling":   {"Tags: [a]\nCATEGORIES: N", "N", []string{"a"}},
		"aliases of YAML":  {"x: &x [a, b]\ntags: *x", "", []string{"a", "b"}},
		"keys of all kind": {"2020: x\n1.5: y\ntrue: z\n~: w\n? [a]\n: v\n2020-01-01: u\ntags: [a]", "", []string{"a"}},
		"keys in params":   {"params: {1: x, true: y, tags: [a]}", "", []string{"a"}},
		"keys in an item":  {"tags: [{1: x, name: a}]", "", []string{"a"}},
		"merge":            {"base: &base {tags: [a], category: N}\n<<: *base\ntags: [b]", "N", []string{"b"}},
		"escaped letters":  {"category: \"%d0%ba%d0%b0%d0%ba\"\ntags: [\"%C3%89t%C3%A9\", \"50%20off\", \"100%\", \"%ff\"]", "как", []string{"Été", "50%20off", "100%", "%ff"}},
		"merges":           {"<<: [{tags: [a]}, {tags: [c], category: N}]", "N", []string{"a"}},
	}
	for name, test := range tests {
		p, err := newPage("a.md", []byte("---\n"+test.head+"\n---\nx\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]any{test.category, test.tags}, []any{p.fields["category"], p.fields["tags"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestJekyll: Jekyll parts categories and tags at spaces.
func TestJekyll(t *testing.T) {
	head := "---\nlayout: post\ntitle: \"Welcome\"\ncategories: jekyll update\ntags: a b\n---\nx\n"
	for file, want := range map[string]string{
		"_posts/2020-01-02-welcome.markdown": "jekyll", "2020-01-02-welcome.md": "jekyll", "_drafts/welcome.md": "jekyll",
		"blog/_posts/sub/2020-01-02-welcome.md": "jekyll", "welcome.md": "jekyll update", "source/_posts/welcome.md": "jekyll update",
	} {
		p, err := newPage(file, []byte(head), now)
		if err != nil {
			t.Fatal(err)
		}
		tags := map[string][]string{"jekyll": {"a", "b", "update"}, "jekyll update": {"a b"}}[want]
		if p.fields["category"] != want || !cmp.Equal(p.fields["tags"], tags) {
			t.Errorf("%s: category %q, tags %q", file, p.fields["category"], p.fields["tags"])
		}
	}
}

// TestHeadBounds: a front matter cannot take more than a moment.
func TestHeadBounds(t *testing.T) {
	lol := "---\na: &a [x, x, x, x, x, x, x, x, x]\n"
	for r := 'b'; r < 'k'; r++ {
		prev := string(r - 1)
		lol += string(r) + ": &" + string(r) + " [*" + prev + strings.Repeat(", *"+prev, 8) + "]\n"
	}
	tests := map[string]string{
		"a billion laughs": lol + "---\n",
		"a self reference": "---\ntitle: &a [*a]\n---\n",
		"many keys":        "+++\n" + strings.Repeat("[[a]]\n", 20_000) + "+++\n",
		"a deep key":       "+++\na" + strings.Repeat(".a", 200) + " = 1\n+++\n",
		"deep lists":       "{\"a\": " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}\n",
		"deep YAML":        "---\na: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n---\n",
	}
	for name, src := range tests {
		var got *problem
		if _, err := newPage("a.md", []byte(src), now); !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a problem", name, err)
		}
	}
}
