package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const essay = "// Package p owns the letters of the alphabet and the order in which they are read by the people of the village. It never reads the numbers, which are in another package.\n"

// TestFaults: each goal that a checkout misses is reported with its place.
func TestFaults(t *testing.T) {
	comment := strings.Repeat("// x is a letter.\n", 1)
	body := func(lines int) string { return strings.Repeat("\t_ = 1\n", lines) }
	for name, test := range map[string]struct {
		file, text, want string
	}{
		"good":                 {"p/p.go", essay + "package p\n" + body12(), ""},
		"clause":               {"p/p.go", essay + "package p\n\n// x is what is left.\n" + body12(), "p/p.go:4: clause without a noun"},
		"clause in a test":     {"p/p_test.go", "package p\n\n// tells x.\nvar x int\n", "p/p_test.go:3: tell, tells, told"},
		"clause in TypeScript": {"web/src/a.ts", "const a = 'x' // nobody\n", "web/src/a.ts:1: nobody"},
		"clause in a block":    {"web/src/a.tsx", "/** An address.\n * It says so. */\n", "web/src/a.tsx:2: says"},
		"clause in a document": {"docs/a.md", "# A\n\nIt stands.\n", "docs/a.md:3: comes, goes on, stands"},
		"code in a document":   {"docs/a.md", "# A\n\n```\nwhat is\n```\n`who`\n", ""},
		"a quoted word":        {"p/p.go", essay + "package p\n\n// x holds \"who\".\n" + body12(), ""},
		"a string":             {"web/src/a.ts", "const a = 'x // who'\n", ""},
		"exported":             {"p/p.go", essay + "package p\n" + comment + body12() + "\nfunc Exported() {}\n", "Exported is exported without documentation"},
		"exported constant":    {"p/p.go", essay + "package p\n" + comment + body12() + "\nconst Exported = 1\n", "Exported is exported without documentation"},
		"method":               {"p/p.go", essay + "package p\n" + comment + body12() + "\nfunc (t *T) Exported() {}\n", "Exported is exported without documentation"},
		"method of our own":    {"p/p.go", essay + "package p\n" + comment + body12() + "\nfunc (t *t) Exported() {}\n", ""},
		"function":             {"p/p.go", essay + strings.Repeat("// A line.\n", 8) + "package p\n\nfunc f() {\n" + body(59) + "}\n", "f has 61 lines"},
		"file":                 {"p/p_test.go", "package p\n" + strings.Repeat("\n", 400), "p/p_test.go: 401 lines"},
		"component":            {"web/src/A.tsx", strings.Repeat("\n", 201), "web/src/A.tsx: 201 lines"},
		"essay":                {"q/q.go", "// Package q is short.\npackage q\n" + body12(), "q: the package comment has 4 words"},
		"generated":            {"web/src/a.gen.ts", "// who\n", ""},
		"installed":            {"web/node_modules/a/a.ts", "// who\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := faultsOf(t, map[string]string{test.file: test.text})
			if test.want == "" && len(got) > 0 || !strings.Contains(strings.Join(got, "\n"), test.want) {
				t.Errorf("faults are %q, want %q", got, test.want)
			}
		})
	}
}

// body12 are lines of code, so that the comments of a fixture are not most of its lines.
func body12() string { return "\nvar (\n" + strings.Repeat("\t_ = 1\n", 12) + ")\n" }

// TestFaults_webCycle: folders that import each other are reported.
func TestFaults_webCycle(t *testing.T) {
	got := faultsOf(t, map[string]string{
		"web/src/a/a.ts": "import { b } from '../b/b'\n",
		"web/src/b/b.ts": "import { c } from '../c/c'\n",
		"web/src/c/c.ts": "import('../a/a')\n",
	})
	if text := strings.Join(got, "\n"); !strings.Contains(text, "web/src/a: imports itself") {
		t.Errorf("faults are %q", got)
	}
}

// TestFaults_commentShare: too few and too many comments are reported.
func TestFaults_commentShare(t *testing.T) {
	for name, test := range map[string]struct {
		comments int
		want     string
	}{"few": {1, "comments are 3.8 %"}, "enough": {3, ""}, "many": {9, "comments are 26.5 %"}} {
		t.Run(name, func(t *testing.T) {
			s := measured(t, map[string]string{"p/p.go": strings.Repeat("// A line of a comment.\n", test.comments) + "package p\n" + strings.Repeat("var _ = 1\n", 24)})
			got := strings.Join(s.faults(), "\n")
			if strings.Contains(got, "comments are") != (test.want != "") || !strings.Contains(got, test.want) {
				t.Errorf("faults are %q, want %q", got, test.want)
			}
		})
	}
}

// faultsOf returns the faults of a checkout with these files, without the share of comments: the fixtures are too short.
func faultsOf(t *testing.T, files map[string]string) []string {
	t.Helper()
	return slices.DeleteFunc(measured(t, files).faults(), func(fault string) bool { return strings.HasPrefix(fault, "comments are ") })
}

// measured measures a checkout with these files.
func measured(t *testing.T, files map[string]string) *stats {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := measure(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
