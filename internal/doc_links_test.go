package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	codeBlock   = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	markdownRef = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading     = regexp.MustCompile(`(?m)^#{1,6} (.*)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the fragments that GitHub gives the headings of a Markdown text.
func anchors(text string) map[string]bool {
	text = regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, "")
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all[strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return all
}

// Each relative link of a document leads to a file, and its fragment to a heading of that file.
func TestDocuments_linksLeadSomewhere(t *testing.T) {
	links := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "dist" || d.Name() == "target" || d.Name() == "test-results") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range markdownRef.FindAllStringSubmatch(codeBlock.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			file, fragment, _ := strings.Cut(m[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link %s leads to no file", path, m[1])
				continue
			}
			if fragment == "" {
				continue
			}
			linked, err := os.ReadFile(target)
			if err != nil {
				return err
			}
			if !anchors(string(linked))[fragment] {
				t.Errorf("%s: the link %s leads to no heading", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if links < 50 {
		t.Errorf("%d links were found", links)
	}
}

var repositoryPath = regexp.MustCompile("`((?:api|client|cmd|deploy|examples|internal|test|tools|web)/[A-Za-z0-9_./-]+)`")

// The files and folders that a document names exist. Decisions may name those of their time.
func TestDocuments_nameFiles(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, file := range append(files, "../CONTRIBUTING.md", "../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range repositoryPath.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], ".Test") || strings.Contains(m[1], ".Fuzz") {
				continue // TestSecurityDocument_namesTests
			}
			named++
			if _, err := os.Stat("../" + m[1]); err != nil {
				t.Errorf("%s names %s, which does not exist", file, m[1])
			}
		}
	}
	if named < 40 {
		t.Errorf("%d files are named", named)
	}
}

// The table of packages in docs/architecture.md has each package of internal.
func TestDocuments_listPackages(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range allowed {
		if strings.HasPrefix(name, "internal/") && !strings.Contains(string(text), "\n| `"+name+"` | ") {
			t.Errorf("docs/architecture.md has no row for %s", name)
		}
	}
}
