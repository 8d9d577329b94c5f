package archive

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublished: a page that any tool would keep from readers becomes a draft, with the reason
// unless the page plainly is one.
func TestPublished(t *testing.T) {
	const public, plain = "public", ""
	tests := map[string]string{ // the head, and the remark
		"title: A":                  public,
		"draft: true":               plain,
		"Draft: yes":                plain,
		"DRAFT: \"true\"":           plain,
		"draft: false":              public,
		"draft: no":                 public,
		"draft:":                    public,
		"isDraft: true":             plain,
		"draft: false\nDraft: true": plain,
		"published: false":          plain,
		"published: \"false\"":      plain,
		"published: off":            plain,
		"publish: false":            plain,
		"Publish: False":            plain,
		"publish: true":             public,
		"published: 2020-01-01":     public,
		"published: 2035-01-01":     "published 2035-01-01 is in the future",
		"publish: 2035-01-01":       "publish 2035-01-01 is in the future",
		"params: {draft: true}":     plain,
		"extra: {published: false}": plain,
		"status: draft":             `status is "draft"`,
		"Status: Private":           `Status is "Private"`,
		"status: pending":           `status is "pending"`,
		"status: wip-42":            `status is "wip-42"`,
		"status: [draft]":           "status is set",
		"status: published":         public,
		"STATUS: Publish":           public,
		"status:":                   public,
		"post_status: draft":        `post_status is "draft"`,
		"extra: {status: draft}":    `status is "draft"`,
		"extra: {status: stable}":   public,
		"visibility: public":        public,
		"visibility: members":       `visibility is "members"`,
		"state: draft":              `state is "draft"`,
		"state: Oregon":             public,
		"render: false":             `render is "false"`,
		"render: never":             `render is "never"`,
		"render: true":              public,
		"build: {render: never}":    `build.render is "never"`,
		"_build: {render: false}":   `_build.render is "false"`,
		"Build: {Render: Link}":     `Build.Render is "Link"`,
		"build: {list: never}":      `build.list is "never"`,
		"build: {list: false}":      `build.list is "false"`,
		"build: {render: always, list: always, publishResources: false}": public,
		"headless: true":                                      `headless is "true"`,
		"headless: false":                                     public,
		"hidden: true":                                        `hidden is "true"`,
		"hidden: false":                                       public,
		"private: yes":                                        `private is "yes"`,
		"unlisted: true":                                      `unlisted is "true"`,
		"password: hunter2":                                   "password is set",
		"password: ''":                                        public,
		"public: false":                                       `public is "false"`,
		"dg-publish: false":                                   `dg-publish is "false"`,
		"permalink: false":                                    `permalink is "false"`,
		"eleventyExcludeFromCollections: true":                `eleventyExcludeFromCollections is "true"`,
		"redirect_to: https://example.org/":                   `redirect_to is "https://example.org/"`,
		"publishedAt: null":                                   "publishedAt is empty",
		"date: 2035-01-01":                                    "it is dated in the future",
		"date: 2020-01-01\npublishDate: 2035-01-01":           "publishDate 2035-01-01 is in the future",
		"date: 2020-01-01\npublishdate: 2035-01-01":           "publishdate 2035-01-01 is in the future",
		"date: 2020-01-01\nPUBLISH_DATE: 2035-01-01":          "PUBLISH_DATE 2035-01-01 is in the future",
		"date: 2020-01-01\npubDate: 2035-01-01":               "pubDate 2035-01-01 is in the future",
		"date: 2020-01-01\npublishDate: 2021-01-01":           public,
		"date: 2020-01-01\nparams: {publishDate: 2035-01-01}": "publishDate 2035-01-01 is in the future",
		"date: 2020-01-01\nexpiryDate: 2021-01-01":            "expiryDate 2021-01-01 has passed",
		"date: 2020-01-01\nexpirydate: 2021-01-01":            "expirydate 2021-01-01 has passed",
		"date: 2020-01-01\nunpublishDate: 2021-01-01":         "unpublishDate 2021-01-01 has passed",
		"date: 2020-01-01\nunpublish_date: 2021-01-01":        "unpublish_date 2021-01-01 has passed",
		"date: 2020-01-01\nexpiryDate: 2035-01-01":            public,
		"date: 2020-01-01\nexpires: never":                    public,
		"date: 2020-01-01\nexpires: 2021-01-01":               `expires is "2021-01-01"`,
		"date: 2020-01-01\nscheduled: 2035-01-01":             `scheduled is "2035-01-01"`,
		"date: 2020-01-01\nembargo: 2021-01-01":               public,
		"base: &b {draft: true}\n<<: *b":                      plain,
	}
	for head, want := range tests {
		p, err := newPage("posts/a.md", []byte("---\n"+head+"\n---\nx\n"), now)
		if err != nil {
			t.Errorf("%s: %v", head, err)
			continue
		}
		remarks := ""
		for _, n := range p.notes {
			if text, ok := strings.CutPrefix(n.text, becomesDraft); ok {
				remarks += text
			}
		}
		if published := p.fields["published"] == true; published != (want == public) || want != public && remarks != want {
			t.Errorf("%q: published %t, remark %q, want %q", head, published, remarks, want)
		}
	}
	for _, head := range []string{"draft: maybe", "draft: \"no\"", "published: perhaps", "publishDate: soon", "expiryDate: soon", "draft: [true]"} {
		var got *problem
		if _, err := newPage("a.md", []byte("---\ntitle: A\n"+head+"\n---\nx\n"), now); !errors.As(err, &got) || got.line != 3 {
			t.Errorf("%q: %v, want it refused on line 3", head, err)
		}
	}
	for file, want := range map[string]string{
		"_drafts/a.md": plain, "x/_Drafts/y/a.md": plain, "_a.md": `the name "_a.md" begins with _`, "_notes/a.md": `the name "_notes" begins with _`,
		"_posts/2020-01-02-a.md": public, "_posts/2035-01-02-a.md": "it is dated in the future",
	} {
		p, err := newPage(file, []byte("---\ntitle: A\n---\nx\n"), now)
		if err != nil {
			t.Fatal(err)
		}
		remarks := ""
		for _, n := range p.notes {
			remarks += strings.TrimPrefix(n.text, becomesDraft)
		}
		if published := p.fields["published"] == true; published != (want == public) || want != public && remarks != want {
			t.Errorf("%s: published %t, remark %q, want %q", file, published, remarks, want)
		}
	}
}

// TestSections: what keeps a whole folder from readers, at any depth.
func TestSections(t *testing.T) {
	const post = "+++\ntitle = \"A\"\ndate = 2020-01-01\n+++\nx\n"
	tests := map[string]struct {
		files  map[string]string
		hidden []string // of the files that hold post
	}{
		"Zola": {
			files:  map[string]string{"s/_index.md": "+++\ndraft = true\n+++\n", "s/a.md": post, "s/deep/er/b.md": post, "c.md": post, "sx/d.md": post},
			hidden: []string{"s/a.md", "s/deep/er/b.md"},
		},
		"the top, visited last": {
			files:  map[string]string{"_index.md": "---\nDraft: true\n---\n", "A.md": post, "Z/a.md": post},
			hidden: []string{"A.md", "Z/a.md"},
		},
		"a section that is shown": {
			files: map[string]string{"s/_index.md": "+++\ndraft = false\nrender = false\n+++\n", "s/a.md": post},
		},
		"a language": {
			files:  map[string]string{"s/_index.fr.md": "+++\ndraft = true\n+++\n", "s/a.md": post, "s/a.fr.md": post},
			hidden: []string{"s/a.fr.md"},
		},
		"cascade": {
			files: map[string]string{"s/_index.md": "---\ncascade:\n  build:\n    render: never\n---\n", "s/a.md": post,
				"t/_index.md": "---\ncascade:\n- {_target: {path: /t/**}, draft: true}\n---\n", "t/u/a.md": post,
				"v/_index.md": "---\ncascade: {params: {color: red}}\n---\n", "v/a.md": post},
			hidden: []string{"s/a.md", "t/u/a.md"},
		},
		"cannot be read": {
			files:  map[string]string{"s/_index.md": "+++\ndraft = maybe\n+++\n", "s/a.md": post, "t/_index.md": "---\ndraft: maybe\n---\n", "t/a.md": post},
			hidden: []string{"s/a.md", "t/a.md"},
		},
		"Eleventy": {
			files: map[string]string{"s/s.json": `{"permalink": false, "date": "git Created"}`, "s/a.md": post, "t/t.11tydata.json": `{"draft": true}`, "t/u/a.md": post,
				"v/v.json": `{"layout": "x", "date": "git Created"}`, "v/a.md": post, "w/w.json": `[1]`, "w/a.md": post},
			hidden: []string{"s/a.md", "t/u/a.md"},
		},
		"an HTML index": {
			files:  map[string]string{"s/_index.html": "---\ncascade: {draft: true}\n---\n", "s/a.md": post, "t/_index.png": "\xff", "t/a.md": post},
			hidden: []string{"s/a.md"},
		},
		"headless bundle": {
			files:  map[string]string{"s/index.md": "---\nheadless: true\ndate: 2020-01-01\n---\nx\n", "s/a.md": post, "s/sub/b.md": post, "c.md": post},
			hidden: []string{"s/a.md", "s/sub/b.md"},
		},
		"bundle": {
			files:  map[string]string{"s/index.md": post, "s/a.md": post, "s/part.md": "---\ntitle: Part\n---\nx\n", "s/index.fr.md": "---\ntitle: Fr\n---\nx\n", "index.md": post, "b.md": "---\ntitle: B\n---\nx\n"},
			hidden: []string{"s/part.md"},
		},
	}
	for name, test := range tests {
		dir := t.TempDir()
		for file, text := range test.files {
			writeFile(t, filepath.Join(dir, file), text)
		}
		var report Report
		pages := readDir(t, dir, &report)
		var hidden []string
		for _, p := range pages {
			if p.fields["published"] != true && p.file != "s/index.md" {
				hidden = append(hidden, p.file)
			}
		}
		if strings.Join(hidden, " ") != strings.Join(test.hidden, " ") {
			t.Errorf("%s: hidden are %q, want %q", name, hidden, test.hidden)
		}
		remarks := 0
		for _, n := range report.Remarks {
			if strings.HasPrefix(n.Text, becomesDraft) && n.File != "s/index.md" {
				remarks++
			}
		}
		if remarks != len(hidden) {
			t.Errorf("%s: remarks %v", name, report.Remarks)
		}
	}
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func readDir(t *testing.T, dir string, report *Report) []page {
	t.Helper()
	pages, err := readAll(t.Context(), os.DirFS(dir), report)
	if err != nil || len(report.Failed) > 0 {
		t.Fatalf("%v, failed: %v", err, report.Failed)
	}
	return pages
}
