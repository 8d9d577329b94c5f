// Package merge combines two changes of one text: a three-way merge by line and by position
// from the common base. It never searches for similar context, does no I/O and bounds its
// own work. web/src/features/posts/data/merge.ts holds the same algorithm; testdata keeps
// both equal, so a change here is a change there.
//
// The merge has four steps. A diff matches the lines of the base with those of each side
// (diff.go). Changed lines are paired with the base lines they replace (pair.go). Each
// difference becomes an edit of slots (edit.go): the base has a slot for every line and one
// for every gap between lines. Edits of different slots merge; edits that share a slot are a
// conflict unless both sides have the same lines there.
package merge

import (
	"slices"
	"strings"
)

// Lines merges the changes base→ours and base→theirs. It returns false when they conflict:
// both changed a line differently, one changed a line that the other deleted, or both
// inserted different lines at the same place. The result does not depend on the order of
// ours and theirs.
//
// A text is split at "\n"; the text after the last newline is a line as well.
func Lines(base, ours, theirs string) (merged string, ok bool) {
	switch {
	case ours == theirs, theirs == base:
		return ours, true
	case ours == base:
		return theirs, true
	}
	t := make(table, 1024)
	b, o, th := t.text(base), t.text(ours), t.text(theirs)
	lines, ok := combine(b, o, th, edits(b, o, len(t)), edits(b, th, len(t)))
	return strings.Join(lines, "\n"), ok
}

// text is a text as lines; equal lines of one table have equal ids.
type text struct {
	lines []string
	ids   []int32
}

// table interns lines: it gives each different line a number.
type table map[string]int32

func (t table) text(s string) text {
	lines := strings.Split(s, "\n")
	ids := make([]int32, len(lines))
	for i, line := range lines {
		id, ok := t[line]
		if !ok {
			id = int32(len(t))
			t[line] = id
		}
		ids[i] = id
	}
	return text{lines, ids}
}

// slots returns the number of slots: gap 0, line 0, gap 1, line 1 … the last gap.
// Line i is slot 2i+1; the gap before it is slot 2i.
func (t text) slots() int { return 2*len(t.lines) + 1 }

// appendSlots appends the lines that are slots of [lo, hi).
func (t text) appendSlots(out []string, lo, hi int) []string {
	return append(out, t.lines[lo/2:max(lo/2, hi/2)]...)
}

// combine applies the edits of both sides. Edits that share slots form a region, which is a
// conflict unless both sides have the same lines there.
func combine(base, ours, theirs text, mine, others []edit) ([]string, bool) {
	out := make([]string, 0, len(base.lines)+len(ours.lines))
	at := 0 // the first slot that is not in out
	for len(mine)+len(others) > 0 {
		lo, hi, m, o := nextRegion(mine, others)
		out = base.appendSlots(out, at, lo)
		switch {
		case o == 0:
			out = append(out, ours.lines[mine[0].from:mine[0].to]...)
		case m == 0:
			out = append(out, theirs.lines[others[0].from:others[0].to]...)
		default:
			lines := ours.apply(base, mine[:m], lo, hi)
			if !slices.Equal(lines, theirs.apply(base, others[:o], lo, hi)) {
				return nil, false
			}
			out = append(out, lines...)
		}
		mine, others, at = mine[m:], others[o:], hi
	}
	return base.appendSlots(out, at, base.slots()), true
}

// nextRegion returns the slots of the first region, and how many edits of each side it holds.
// The edits of one side share no slot, so a region of one side is a single edit.
func nextRegion(mine, others []edit) (lo, hi, m, o int) {
	if len(others) == 0 || len(mine) > 0 && mine[0].lo <= others[0].lo {
		lo = mine[0].lo
	} else {
		lo = others[0].lo
	}
	hi = lo + 1
	for {
		switch {
		case m < len(mine) && mine[m].lo < hi:
			hi = max(hi, mine[m].hi)
			m++
		case o < len(others) && others[o].lo < hi:
			hi = max(hi, others[o].hi)
			o++
		default:
			return lo, hi, m, o
		}
	}
}

// apply returns the lines of t in the base's slots [lo, hi), in which t made the given edits.
func (t text) apply(base text, edits []edit, lo, hi int) []string {
	if e := edits[0]; e.lo == lo && e.hi == hi {
		return t.lines[e.from:e.to]
	}
	var out []string
	for _, e := range edits {
		out = base.appendSlots(out, lo, e.lo)
		out = append(out, t.lines[e.from:e.to]...)
		lo = e.hi
	}
	return base.appendSlots(out, lo, hi)
}
