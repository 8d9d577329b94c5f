package merge

// edit replaces the base's slots [lo, hi) by the side's lines [from, to).
type edit struct {
	lo, hi   int
	from, to int
}

// edits returns the difference between base and side as the smallest edits, in order:
//
//   - a changed line is an edit of its slot;
//   - an insertion is an edit of one gap;
//   - a deletion is an edit of each of its lines and of each gap between them, so that equal
//     parts of two deletions are equal edits, and an insertion between deleted lines conflicts;
//   - lines that replace another number of lines, and of which none is known to be a changed
//     line of the base, are one edit. When lines were added, it has the gaps at both of its
//     ends, because the new lines may have been inserted at either.
//
// ids is the number of different lines.
func edits(base, side text, ids int) []edit {
	pairs := pairLines(base, side, ids)
	var out []edit
	j := 0
	for i := 0; ; i++ {
		first := i
		for i < len(pairs) && pairs[i] < 0 {
			i++
		}
		next := len(side.ids)
		if i < len(pairs) {
			next = pairs[i]
		}
		out = appendHunk(out, hunk{first, i, j, next})
		if i == len(pairs) {
			return out
		}
		if base.ids[i] != side.ids[next] {
			out = append(out, edit{2*i + 1, 2*i + 2, next, next + 1})
		}
		j = next + 1
	}
}

func appendHunk(out []edit, h hunk) []edit {
	removed, added := h.baseHi-h.baseLo, h.sideHi-h.sideLo
	switch {
	case removed == 0 && added == 0:
		return out
	case added == 0:
		for slot := 2*h.baseLo + 1; slot < 2*h.baseHi; slot++ {
			out = append(out, edit{slot, slot + 1, h.sideLo, h.sideLo})
		}
		return out
	case added > removed:
		return append(out, edit{2 * h.baseLo, 2*h.baseHi + 1, h.sideLo, h.sideHi})
	default:
		return append(out, edit{2*h.baseLo + 1, 2 * h.baseHi, h.sideLo, h.sideHi})
	}
}
