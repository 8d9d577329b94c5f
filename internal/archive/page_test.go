package archive

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestNewPage(t *testing.T) {
	tests := map[string]struct {
		file, src string
		slug      string
		date      string // RFC 3339; empty: unknown
		fields    map[string]any
	}{
		"Zola": {
			file: "blog/tide.md",
			src: "+++\npath = \"2021/03/04/Tide-Table-1.2\"\ntitle = \"Tides\"\nauthors = [\"Ana\", \"Bo\"]\n[taxonomies]\ntags = [\"a\", \"b\"]\n" +
				"categories = [\"One\", \"Two\"]\n[extra]\nteam = \"Harbour\"\nimage = \"https://example.org/t.png\"\n+++\n\nText.\n",
			slug: "tide-table-1.2", date: "2021-03-04T00:00:00Z",
			fields: map[string]any{"title": "Tides", "authorName": "Ana, Bo", "category": "One", "tags": []string{"a", "b", "Two"},
				"authorPosition": "Harbour", "blogImage": "https://example.org/t.png", "published": true, "content": "Text.\n"},
		},
		"Hugo": {
			file:   "content/post/my-first/index.md",
			src:    "---\nTitle: 2018\ndate: 2018-02-03T04:05:06+02:00\nauthor: {name: Ana}\nsummary: Short.\nimages: [/a.png, /b.png]\nreadTime: 7\n---\nText.",
			slug:   "my-first",
			date:   "2018-02-03T02:05:06Z",
			fields: map[string]any{"title": "2018", "authorName": "Ana", "description": "Short.", "blogImage": "/a.png", "readTime": 7, "content": "Text."},
		},
		"Jekyll": {
			file:   "_posts/2014-12-12-Rust_1.0!.md",
			src:    "---\ntitle: Rust\nby: Ana\npublished: false\ntags: a, b\ncategory: Art, Music\n---\n",
			slug:   "rust_1.0",
			date:   "2014-12-12T00:00:00Z",
			fields: map[string]any{"authorName": "Ana", "tags": []string{"a", "b"}, "category": "Art, Music", "published": false},
		},
		"no front matter": {
			file: "2014/12/12/hello-world.md", src: "```\n# not this\n```\n## What *is* C# ##\n",
			slug: "hello-world", date: "2014-12-12T00:00:00Z",
			fields: map[string]any{"title": "What *is* C#", "published": false, "content": "```\n# not this\n```\n## What *is* C# ##\n"},
		},
		"nothing but a name": {
			file: "releases/latest_news.md", src: "+++\n+++\n", slug: "latest_news",
			fields: map[string]any{"title": "Latest news", "published": true, "content": ""},
		},
		"BOM and CRLF": {
			file: "a.md", src: "\ufeff+++\r\ntitle = \"A\"\r\n+++\r\n\r\nOne\r\nTwo\r\n", slug: "a",
			fields: map[string]any{"title": "A", "content": "One\nTwo\n"},
		},
		"the future": {
			file: "a.md", src: "+++\ndate = 2999-01-01\n+++\n", slug: "a", date: "2999-01-01T00:00:00Z",
			fields: map[string]any{"published": false},
		},
		"a folder of drafts": {file: "_drafts/a.md", src: "+++\n+++\n", slug: "a", fields: map[string]any{"published": false}},
		"a slug with nothing usable": {
			file: "!.md", src: "+++\nslug = \"///\"\ntitle = \"Año nuevo\"\n+++\n", slug: "año-nuevo", fields: map[string]any{"title": "Año nuevo"},
		},
		"an image beside the file": {file: "a.md", src: "+++\nimage = \"a.png\"\n+++\n", slug: "a", fields: map[string]any{"blogImage": ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := newPage(test.file, []byte(test.src), now)
			if err != nil {
				t.Fatal(err)
			}
			if p.slug != test.slug {
				t.Errorf("slug %q, want %q", p.slug, test.slug)
			}
			date := ""
			if !p.date.IsZero() {
				date = p.date.Format(time.RFC3339)
			}
			if date != test.date {
				t.Errorf("date %q, want %q", date, test.date)
			}
			for field, want := range test.fields {
				if diff := cmp.Diff(want, p.fields[field]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", field, diff)
				}
			}
			if _, err := p.source(); err != nil {
				t.Errorf("source: %v", err)
			}
		})
	}
}

func TestNewPage_namesTheLine(t *testing.T) {
	long := strings.Repeat("x", 250_001)
	tests := map[string]struct {
		src  string
		line int
		text string
	}{
		"empty":             {"", 1, "is empty"},
		"only space":        {"\ufeff \n\n", 1, "is empty"},
		"not UTF-8":         {"+++\ntitle = \"�\"\n\xff+++\n", 3, "byte 0xff"},
		"UTF-16":            {"\xff\xfe+\x00", 1, "byte 0xff"},
		"TOML never closed": {"+++\ntitle = \"A\"\n\nText.\n", 1, "a line +++ is missing"},
		"YAML never closed": {"---\ntitle: A\n+++\n", 1, "a line --- is missing"},
		"bad TOML":          {"+++\ntitle = \"A\"\ndraft = maybe\n+++\n", 3, "is not TOML"},
		"bad YAML":          {"---\ntitle: A\ntags: [a\n---\n", 2, "is not YAML, here or nearby: did not find"},
		"double YAML key":   {"---\na: 1\nb: 2\na: 3\n---\n", 4, "already defined"},
		"YAML list":         {"---\n- a\n---\n", 2, "must consist of lines"},
		"bad date":          {"+++\ntitle = \"A\"\ndate = \"soon\"\n+++\n", 3, `date is not a date: "soon"`},
		"early date":        {"+++\ndate = 1969-12-31\n+++\n", 2, "from 1970 to 9999"},
		"zone without sign": {"---\ndate: 2014-12-12 10:00:00 CET\n---\n", 2, "is not a date"},
		"title of a list":   {"---\n\ntitle: [a]\n---\n", 3, "put it between quotes"},
		"draft of text":     {"---\ndraft: \"no\"\n---\n", 2, "must be true or false"},
		"binary":            {"---\ntitle: !!binary aGk=\n---\n", 2, "binary values are not supported"},
		"long title":        {"+++\ndraft = true\ntitle = \"" + long[:201] + "\"\n+++\n", 3, "title: Use at most 200 characters; this has 201."},
		"long content":      {"+++\ntitle = \"A\"\n+++\n\n" + long, 5, "content: Use at most 250000 bytes; this has 250001."},
		"long tag":          {"+++\n[taxonomies]\ntags = [\"" + long[:51] + "\"]\n+++\n", 3, "tags: Use at most 50 characters in each tag."},
		"long description":  {"---\nsummary: " + long[:10_001] + "\n---\n", 2, "description: Use at most 10000 characters; this has 10001."},
		"NUL":               {"text\x00\n", 1, "content: Remove the control characters."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := newPage("a.md", []byte(test.src), now)
			if err == nil {
				_, err = p.source()
			}
			var got *problem
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a problem", err)
			}
			if got.line != test.line || !strings.Contains(got.text, test.text) {
				t.Errorf("got %v, want line %d: … %s …", got, test.line, test.text)
			}
		})
	}
}

func TestDistinct(t *testing.T) {
	day := time.Date(2020, 5, 6, 0, 0, 0, 0, time.UTC)
	pages := []page{
		{file: "a.md", slug: "survey", date: day}, {file: "b.md", slug: "survey", date: day}, {file: "c.md", slug: "survey", date: day},
		{file: "d.md", slug: "survey"}, {file: "e.md", slug: strings.Repeat("é", 200)}, {file: "f.md", slug: strings.Repeat("é", 200)},
		{file: "g.md", slug: "survey-2020-05-07"}, {file: "h.md", slug: "survey", date: day.AddDate(0, 0, 1)},
	}
	notes := distinct(pages)
	if len(notes) != 5 || notes[0].String() != "b.md: gets the slug survey-2020-05-06: survey belongs to a.md" {
		t.Errorf("notes %v", notes)
	}
	seen := make(map[string]bool)
	for _, p := range pages {
		if seen[p.slug] || len([]rune(p.slug)) > 200 || cleanSlug(p.slug) != p.slug {
			t.Errorf("%s got the slug %s", p.file, p.slug)
		}
		seen[p.slug] = true
	}
	if !seen["survey"] || !seen["survey-2020-05-06"] || !seen["survey-2020-05-07"] {
		t.Errorf("slugs %v", seen)
	}
}

// Whatever a file holds, it becomes a post that the rules accept, or a problem on one of its lines.
func FuzzFrontMatter(f *testing.F) {
	for _, seed := range []string{
		"+++\ntitle = \"A\"\ndate = 2020-01-02\ntags = [\"a\"]\n[extra]\nimage = {image = \"/x\"}\n+++\n\n# B\n",
		"---\ntitle: &a [*a]\ndraft: true\n---\nText", "---\n<<: {a: 1}\n? b\n: c\n---\n", "\ufeff# Title\r\n", "+++", "---\n---", "+++\nreadTime = nan\n+++\n",
		"{\"title\": \"A\", \"a\": [{\"b\": null}]}\nText", "---\rtitle: A\r...\rText", ";;;\n\"a\": 1\n;;;\n", "+++\n[a]\nb.c = 1\n[[d]]\ne = {f.g = “}\n+++\n",
		"---\nslug: \"%d0%ba%\"\naliases: [/a/b, c d]\nstatus: [x]\ncascade: {draft: true}\n---\n",
	} {
		f.Add("posts/2014-12-12-a.md", seed)
	}
	f.Fuzz(func(t *testing.T, file, src string) {
		p, err := newPage(file, []byte(src), now)
		if err == nil {
			if p.slug == "" || cleanSlug(p.slug) != p.slug {
				t.Errorf("slug %q", p.slug)
			}
			_, err = p.source()
		}
		var got *problem
		if err != nil && (!errors.As(err, &got) || got.line < 1 || got.line > strings.Count(src, "\n")+strings.Count(src, "\r")+2 || got.text == "") {
			t.Errorf("got %#v", err)
		}
	})
}
