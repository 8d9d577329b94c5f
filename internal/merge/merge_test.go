package merge

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// golden is one case of testdata/cases.json. Its texts are lists of lines; a merged of null
// is a conflict.
type golden struct {
	Name   string
	Base   []string
	Ours   []string
	Theirs []string
	Merged *[]string
}

func TestLines_goldenCases(t *testing.T) {
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 60 {
		t.Fatalf("%d cases, want 60 and more", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			base, ours, theirs := strings.Join(c.Base, "\n"), strings.Join(c.Ours, "\n"), strings.Join(c.Theirs, "\n")
			want, wantOK := "", c.Merged != nil
			if wantOK {
				want = strings.Join(*c.Merged, "\n")
			}
			if got, ok := Lines(base, ours, theirs); ok != wantOK || got != want {
				t.Errorf("Lines = %t %q\nwant    %t %q", ok, got, wantOK, want)
			}
			if got, ok := Lines(base, theirs, ours); ok != wantOK || got != want {
				t.Errorf("Lines, sides swapped = %t %q\nwant %t %q", ok, got, wantOK, want)
			}
		})
	}
}
