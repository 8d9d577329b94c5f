package merge

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/random.json, which the tests of the dashboard read as well")

// change is a random change of a text whose result at each slot of the base is known.
type change struct {
	gaps  [][]string // inserted lines, by gap
	lines []string   // what each line of the base became
	gone  []bool     // deleted lines
}

// randomChange changes about one slot in sparse.
func randomChange(r *rand.Rand, base []string, sparse int, by string) change {
	c := change{gaps: make([][]string, len(base)+1), lines: slices.Clone(base), gone: make([]bool, len(base))}
	for i := range c.gaps {
		if r.IntN(2*sparse) == 0 {
			for n := r.IntN(2); n >= 0; n-- {
				c.gaps[i] = append(c.gaps[i], fmt.Sprintf("inserted by %s, %d.%d", by, i, n))
			}
		}
	}
	for i := range c.lines {
		switch r.IntN(3 * sparse) {
		case 0:
			c.gone[i] = true
		case 1, 2:
			c.lines[i] += ", changed by " + by
		}
	}
	return c
}

func (c change) text() string { return strings.Join(c.result(), "\n") }

func (c change) result() []string {
	var out []string
	for i, gap := range c.gaps {
		out = append(out, gap...)
		if i < len(c.lines) && !c.gone[i] {
			out = append(out, c.lines[i])
		}
	}
	return out
}

// both returns the merge of two changes slot by slot, or false when they share a slot, or
// one inserted between two lines that the other deleted.
func both(base []string, a, b change) (change, bool) {
	c := change{gaps: slices.Clone(a.gaps), lines: slices.Clone(a.lines), gone: slices.Clone(a.gone)}
	for i := range c.gaps {
		if len(b.gaps[i]) > 0 {
			if len(a.gaps[i]) > 0 || between(a.gone, i) {
				return c, false
			}
			c.gaps[i] = b.gaps[i]
		} else if len(a.gaps[i]) > 0 && between(b.gone, i) {
			return c, false
		}
	}
	for i, line := range base {
		if b.gone[i] || b.lines[i] != line {
			if a.lines[i] != line || a.gone[i] != b.gone[i] && a.gone[i] {
				return c, false
			}
			c.lines[i], c.gone[i] = b.lines[i], b.gone[i]
		}
	}
	return c, true
}

func between(gone []bool, gap int) bool {
	return gap > 0 && gap < len(gone) && gone[gap-1] && gone[gap]
}

// In a text of different lines there is one reading of a change: the merge is exactly the
// changes of both, and changes of different lines do merge.
func TestLines_mergesChangesOfDifferentLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	merged, crowded := 0, 0
	for range 10_000 {
		base := make([]string, 1+r.IntN(12))
		for i := range base {
			base[i] = fmt.Sprintf("line %d of the text", i)
		}
		sparse := 2 + r.IntN(6)
		a, b := randomChange(r, base, sparse, "Ana"), randomChange(r, base, sparse, "Ben")
		if len(a.result()) == 0 || len(b.result()) == 0 {
			continue // a text has one line at least
		}
		from := strings.Join(base, "\n")
		got, ok := Lines(from, a.text(), b.text())
		want, wantOK := both(base, a, b)
		switch {
		case ok && wantOK && got != want.text():
			t.Fatalf("base %q\nours %q\ntheirs %q\ngot  %q\nwant %q", from, a.text(), b.text(), got, want.text())
		case ok:
			merged++
		case wantOK:
			crowded++
		}
	}
	// A line beside inserted ones can be read as one that was replaced: such hunks may conflict.
	if merged < 2_500 || crowded > merged/10 {
		t.Errorf("%d merged; %d conflicts although no slot was shared", merged, crowded)
	}
}

func randomText(r *rand.Rand, letters int) string {
	lines := make([]string, r.IntN(10))
	for i := range lines {
		lines[i] = string(rune('a' + r.IntN(letters)))
	}
	return strings.Join(lines, "\n")
}

// randomEdit inserts, deletes and replaces a few lines of s.
func randomEdit(r *rand.Rand, s string, letters int) string {
	lines := strings.Split(s, "\n")
	for range 1 + r.IntN(3) {
		at := r.IntN(len(lines) + 1)
		line := string(rune('a' + r.IntN(letters)))
		switch n := r.IntN(3); {
		case n == 0 || at == len(lines):
			lines = slices.Insert(lines, at, line)
		case n == 1:
			lines[at] = line
		default:
			lines = slices.Delete(lines, at, at+1)
		}
	}
	return strings.Join(lines, "\n")
}

func TestLines_keepsUntouchedLines(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 15_000 {
		letters := 1 + r.IntN(4)
		base := randomText(r, letters)
		checkMerge(t, base, randomEdit(r, base, letters), randomEdit(r, base, letters))
		checkMerge(t, base, randomText(r, letters), randomEdit(r, base, letters))
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb\nc", "a\nB\nc", "a\nb\nC")
	f.Add("a\na\na", "a\na", "x\na\na")
	f.Add("", "a", "b\n")
	f.Add("é\xff\n\n😀", "é\n\n😁", "\n\n")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) { checkMerge(t, base, ours, theirs) })
}

// checkMerge fails unless the merge of three texts has the properties that it must have.
func checkMerge(t *testing.T, base, ours, theirs string) {
	t.Helper()
	merged, ok := Lines(base, ours, theirs)
	fail := func(what string) {
		t.Helper()
		t.Fatalf("%s\nbase %q\nours %q\ntheirs %q\nmerged %t %q", what, base, ours, theirs, ok, merged)
	}
	if again, same := Lines(base, theirs, ours); again != merged || same != ok {
		fail(fmt.Sprintf("with the sides swapped: %t %q", same, again))
	}
	for _, side := range []string{base, ours, theirs} {
		if got, ok := Lines(base, side, base); !ok || got != side {
			fail("a merge with an unchanged side is not the other side")
		}
		if got, ok := Lines(base, side, side); !ok || got != side {
			fail("a merge of equal sides is not that side")
		}
	}
	if !ok {
		return
	}
	tab := table{}
	b, o, th := tab.text(base), tab.text(ours), tab.text(theirs)
	op, tp := pairLines(b, o, len(tab)), pairLines(b, th, len(tab))
	var untouched []string
	for i, line := range b.lines {
		if op[i] >= 0 && tp[i] >= 0 && o.ids[op[i]] == b.ids[i] && th.ids[tp[i]] == b.ids[i] {
			untouched = append(untouched, line)
		}
	}
	result := strings.Split(merged, "\n")
	if !contains(result, untouched) {
		fail("a line that no side changed is lost or moved")
	}
	if !contains(result, remaining(b, o, op, th, tp)) || !contains(result, remaining(b, th, tp, o, op)) {
		fail("a line that one side has written is lost or moved")
	}
}

// remaining returns the lines of side without those of the base that the other side changed
// or deleted.
func remaining(base, side text, pairs []int, other text, otherPairs []int) []string {
	var out []string
	kept := make(map[int]int) // line of the side → line of the base
	for i, j := range pairs {
		if j >= 0 && side.ids[j] == base.ids[i] {
			kept[j] = i
		}
	}
	for j, line := range side.lines {
		i, isBase := kept[j]
		if !isBase || otherPairs[i] >= 0 && other.ids[otherPairs[i]] == base.ids[i] {
			out = append(out, line)
		}
	}
	return out
}

// contains reports whether the lines are in all, in their order.
func contains(all, lines []string) bool {
	for _, line := range all {
		if len(lines) > 0 && line == lines[0] {
			lines = lines[1:]
		}
	}
	return len(lines) == 0
}

// The dashboard has the same algorithm in TypeScript; its tests replay this file.
func TestLines_randomCasesAreAsRecorded(t *testing.T) {
	const file = "testdata/random.json"
	r := rand.New(rand.NewPCG(5, 6))
	cases := make([][]any, 0, 400) // base, ours, theirs, merged or null
	for n := range cap(cases) {
		letters := 1 + n%5
		base := randomText(r, letters)
		if n%4 == 0 {
			base = strings.ReplaceAll(base, "a", "\nä long line 😀")
		}
		ours, theirs := randomEdit(r, base, letters), randomEdit(r, base, letters)
		if n%8 == 0 {
			ours = strings.Replace(ours, "long", "long\n, lo😁g", 1)
		}
		cases = append(cases, recorded(base, ours, theirs))
	}
	cases = append(cases, beyondBounds(r, 2), beyondBounds(r, 3))
	var lines []string
	for _, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	now := "[\n" + strings.Join(lines, ",\n") + "\n]\n"
	if *update {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(recorded) != now {
		t.Errorf("the merge differs from %s: if that is meant, run go test ./internal/merge -update, and change web/src/features/posts/data/merge.ts", file)
	}
}

func recorded(base, ours, theirs string) []any {
	if merged, ok := Lines(base, ours, theirs); ok {
		return []any{base, ours, theirs, merged}
	}
	return []any{base, ours, theirs, nil}
}

// beyondBounds is a merge of which one side is too different for an alignment.
func beyondBounds(r *rand.Rand, letters int) []any {
	const lines = 3000
	base, ours := make([]string, lines), make([]string, lines)
	for i := range base {
		base[i], ours[i] = string(rune('a'+r.IntN(letters))), string(rune('a'+r.IntN(letters)))
	}
	copy(ours, base[:lines/10])
	theirs := slices.Clone(base)
	theirs[r.IntN(lines/10)] = "T"
	return recorded(strings.Join(base, "\n"), strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
}
