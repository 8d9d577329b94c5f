package merge

import "unicode/utf8"

// hunk is a range of the base's lines that a range of the side's lines replaces.
type hunk struct {
	baseLo, baseHi int
	sideLo, sideHi int
}

// maxPairs bounds the comparisons of lines for one hunk.
const maxPairs = 4096

// pairLines returns for each line of the base the index of the side's line that it is, or
// has been changed into, and -1 for a line that was deleted or belongs to a hunk with
// too many lines to compare. The indices ascend.
func pairLines(base, side text, ids int) []int {
	pairs := matchLines(base.ids, side.ids, ids)
	slideDown(base.ids, side.ids, pairs)
	for _, h := range hunks(pairs, len(side.ids)) {
		pairHunk(base, side, h, pairs)
	}
	slideDown(base.ids, side.ids, pairs)
	return pairs
}

// hunks returns the ranges without pairs, in order. sides is the number of the side's lines.
func hunks(pairs []int, sides int) []hunk {
	var out []hunk
	i, j := 0, 0
	for at := 0; at <= len(pairs); at++ {
		next := sides
		if at < len(pairs) {
			if next = pairs[at]; next < 0 {
				continue
			}
		}
		if i < at || j < next {
			out = append(out, hunk{i, at, j, next})
		}
		i, j = at+1, next+1
	}
	return out
}

// pairHunk pairs the lines of h that are alike, and of the rest between two such pairs all
// lines by position if their numbers are equal.
func pairHunk(base, side text, h hunk, pairs []int) {
	if removed, added := h.baseHi-h.baseLo, h.sideHi-h.sideLo; removed*added > 1 && removed*added <= maxPairs {
		pairAlike(base.lines[h.baseLo:h.baseHi], side.lines[h.sideLo:h.sideHi], func(i, j int) {
			i, j = h.baseLo+i, h.sideLo+j
			pairs[i] = j
			pairByPosition(hunk{i + 1, h.baseHi, j + 1, h.sideHi}, pairs)
			h.baseHi, h.sideHi = i, j
		})
	}
	pairByPosition(h, pairs)
}

func pairByPosition(h hunk, pairs []int) {
	if h.baseHi-h.baseLo != h.sideHi-h.sideLo {
		return
	}
	for i := h.baseLo; i < h.baseHi; i++ {
		pairs[i] = h.sideLo + i - h.baseLo
	}
}

// pairAlike calls pair for the pairs of lines that are at least half alike and, in ascending
// order on both sides, the most alike together. It calls it from the last pair to the first.
func pairAlike(a, b []string, pair func(i, j int)) {
	length := func(lines []string) []int {
		out := make([]int, len(lines))
		for i, line := range lines {
			out[i] = utf8.RuneCountInString(line)
		}
		return out
	}
	inA, inB := length(a), length(b)
	width := len(b) + 1
	best := make([]int, (len(a)+1)*width) // best[i*width+j] is the likeness of a[:i] and b[:j]
	for i := range a {
		for j := range b {
			at := (i+1)*width + j + 1
			best[at] = max(best[at-1], best[at-width])
			if score := alike(a[i], b[j]); 2*score >= min(inA[i], inB[j]) {
				best[at] = max(best[at], best[at-width-1]+score)
			}
		}
	}
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch at := i*width + j; best[at] {
		case best[at-1]:
			j--
		case best[at-width]:
			i--
		default:
			i, j = i-1, j-1
			pair(i, j)
		}
	}
}

// alike counts the code points of the common prefix and the common suffix of a and b.
func alike(a, b string) int {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for head > 0 && (head < len(a) && !utf8.RuneStart(a[head]) || head < len(b) && !utf8.RuneStart(b[head])) {
		head--
	}
	prefix := a[:head]
	a, b = a[head:], b[head:]
	tail := 0
	for tail < len(a) && tail < len(b) && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	suffix := a[len(a)-tail:]
	for suffix != "" && !utf8.RuneStart(suffix[0]) {
		suffix = suffix[1:]
	}
	return utf8.RuneCountInString(prefix) + utf8.RuneCountInString(suffix)
}

// slideDown moves each pure insertion and deletion as far down as equal lines allow: among
// equal readings of a difference it selects the one in which a block starts with the line
// that makes it differ, as Markdown sections start with their headings. It passes kept
// lines only.
func slideDown(base, side []int32, pairs []int) {
	all := hunks(pairs, len(side))
	for n := len(all) - 1; n >= 0; n-- {
		h := all[n]
		switch {
		case h.baseLo == h.baseHi:
			i, from, to := h.baseLo, h.sideLo, h.sideHi
			for i < len(pairs) && pairs[i] == to && base[i] == side[to] && base[i] == side[from] {
				pairs[i] = from
				i, from, to = i+1, from+1, to+1
			}
		case h.sideLo == h.sideHi:
			from, to, j := h.baseLo, h.baseHi, h.sideLo
			for to < len(pairs) && pairs[to] == j && base[to] == side[j] && base[from] == side[j] {
				pairs[from], pairs[to] = j, -1
				from, to, j = from+1, to+1, j+1
			}
		}
	}
}
