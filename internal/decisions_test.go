package internal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each decision has the same three headings, is short, and is in the index.
func TestDecisions_haveOneForm(t *testing.T) {
	files, err := filepath.Glob("../docs/decisions/0*.md")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d decisions: %v", len(files), err)
	}
	index, err := os.ReadFile("../docs/decisions/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 40 {
			t.Errorf("%s has %d lines: at most 40, the figures belong in docs/benchmarks.md", name, n)
		}
		at := 0
		for _, heading := range []string{"\n## Context\n", "\n## Decision\n", "\n## Consequences\n"} {
			next := strings.Index(string(text), heading)
			if next < at {
				t.Errorf("%s lacks %q, or has it in another order", name, strings.TrimSpace(heading))
			}
			at = max(at, next)
		}
		if !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("docs/decisions/README.md lacks %s", name)
		}
	}
}
