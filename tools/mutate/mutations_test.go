package main

import (
	"os"
	"strings"
	"testing"
)

// Each mutation finds its text once, and is in the table of docs/testing.md.
func TestMutations_fitTheCode(t *testing.T) {
	table, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range mutations {
		if named[m.name] {
			t.Errorf("two mutations are named %s", m.name)
		}
		named[m.name] = true
		code, err := os.ReadFile("../../" + m.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(code), m.find); n != 1 {
			t.Errorf("%s: %s has its text %d times", m.name, m.file, n)
		}
		if !strings.Contains(string(table), "| "+m.name+" ") {
			t.Errorf("%s is not in docs/testing.md", m.name)
		}
	}
}
