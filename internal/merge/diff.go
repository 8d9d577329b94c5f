package merge

// The costs of the alignment: a kept line is free, a changed one is cheaper than one deleted
// and one inserted.
const (
	changeCost = 3
	gapCost    = 2
)

const (
	// maxCost bounds the cost of the alignment between two anchors, and its memory to
	// maxCost²/2 numbers.
	maxCost = 1000
	// maxWork bounds the steps of one diff. Beyond either bound the rest between two anchors
	// counts as changed, which can cause a conflict but no wrong merge.
	maxWork = 1_000_000
)

// matchLines returns for each line of a the index of the equal line in b that it is kept as,
// or -1. The indices ascend. Lines that occur once in both texts are anchors: the longest
// ascending sequence of them is kept, so that a block follows its heading wherever the block
// was moved. ids bounds the numbers in a and b.
func matchLines(a, b []int32, ids int) []int {
	d := differ{a: a, b: b, pairs: make([]int, len(a)), work: maxWork}
	for i := range d.pairs {
		d.pairs[i] = -1
	}
	aLo, aHi, bLo, bHi := d.trim(0, len(a), 0, len(b))
	for _, anchor := range d.anchors(aLo, aHi, bLo, bHi, ids) {
		d.align(d.trim(aLo, anchor[0], bLo, anchor[1]))
		d.pairs[anchor[0]] = anchor[1]
		aLo, bLo = anchor[0]+1, anchor[1]+1
	}
	d.align(d.trim(aLo, aHi, bLo, bHi))
	return d.pairs
}

type differ struct {
	a, b  []int32
	pairs []int
	work  int // steps left
}

// trim pairs the common first and last lines of a range and returns the rest.
func (d *differ) trim(aLo, aHi, bLo, bHi int) (int, int, int, int) {
	for aLo < aHi && bLo < bHi && d.a[aLo] == d.b[bLo] {
		d.pairs[aLo] = bLo
		aLo, bLo = aLo+1, bLo+1
	}
	for aLo < aHi && bLo < bHi && d.a[aHi-1] == d.b[bHi-1] {
		aHi, bHi = aHi-1, bHi-1
		d.pairs[aHi] = bHi
	}
	return aLo, aHi, bLo, bHi
}

// anchors returns the pairs of lines, inside the range, that occur once in each whole text
// and form the longest sequence that ascends in both.
func (d *differ) anchors(aLo, aHi, bLo, bHi, ids int) [][2]int {
	if aLo == aHi || bLo == bHi {
		return nil
	}
	inA, inB, at := make([]int32, ids), make([]int32, ids), make([]int32, ids)
	for _, id := range d.a {
		inA[id]++
	}
	for j, id := range d.b {
		inB[id]++
		at[id] = int32(j)
	}
	var unique [][2]int
	for i := aLo; i < aHi; i++ {
		if id := d.a[i]; inA[id] == 1 && inB[id] == 1 && int(at[id]) >= bLo && int(at[id]) < bHi {
			unique = append(unique, [2]int{i, int(at[id])})
		}
	}
	return longestAscending(unique)
}

// longestAscending returns the longest sequence of pairs whose second numbers ascend. The
// first numbers ascend already.
func longestAscending(pairs [][2]int) [][2]int {
	var ends []int // ends[n] is the index of the pair with the least second number that ends a sequence of n+1
	before := make([]int, len(pairs))
	for i, p := range pairs {
		lo, hi := 0, len(ends)
		for lo < hi {
			if mid := (lo + hi) / 2; pairs[ends[mid]][1] < p[1] {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		before[i] = -1
		if lo > 0 {
			before[i] = ends[lo-1]
		}
		if lo == len(ends) {
			ends = append(ends, i)
		} else {
			ends[lo] = i
		}
	}
	out := make([][2]int, len(ends))
	if len(ends) == 0 {
		return out
	}
	for n, i := len(ends)-1, ends[len(ends)-1]; n >= 0; n, i = n-1, before[i] {
		out[n] = pairs[i]
	}
	return out
}

// align pairs the equal lines of a cheapest alignment of a[aLo:aHi] and b[bLo:bHi].
//
// It is the greedy algorithm of Myers with costs: for each cost in turn it finds the furthest
// line of a that each diagonal (line of a - line of b) can reach, from the furthest points of
// the costs below.
func (d *differ) align(aLo, aHi, bLo, bHi int) {
	n, m := aHi-aLo, bHi-bLo
	if n == 0 || m == 0 || gapCost*max(n-m, m-n) > maxCost {
		return
	}
	a, b := d.a[aLo:aHi], d.b[bLo:bHi]
	var waves []wave
	for cost := 0; cost <= maxCost && d.work >= 0; cost++ {
		w := newWave(cost)
		before, gap := last(waves, changeCost), last(waves, gapCost)
		for k := -w.reach; k <= w.reach; k++ {
			x, _ := furthest(before, gap, k, n, m)
			if cost == 0 {
				x = 0
			}
			if x < 0 {
				continue
			}
			start := x
			for x < n && x-k < m && a[x] == b[x-k] {
				x++
			}
			d.work -= x - start
			w.x[k+w.reach] = int32(x)
		}
		d.work -= len(w.x)
		waves = append(waves, w)
		if w.at(n-m) == n {
			d.trace(waves, aLo, bLo, n, m)
			return
		}
	}
}

// wave holds the furthest points of one cost: the line of a for each diagonal within reach,
// or -1 if the cost does not reach it.
type wave struct {
	reach int
	x     []int32
}

func newWave(cost int) wave {
	w := wave{reach: cost / gapCost}
	w.x = make([]int32, 2*w.reach+1)
	for i := range w.x {
		w.x[i] = -1
	}
	return w
}

// last returns the wave whose cost is by less than that of the next one.
func last(waves []wave, by int) wave {
	if by > len(waves) {
		return wave{reach: -1}
	}
	return waves[len(waves)-by]
}

func (w wave) at(k int) int {
	if k < -w.reach || k > w.reach {
		return -1
	}
	return int(w.x[k+w.reach])
}

type step int

const (
	stepStart step = iota
	stepChange
	stepRemove
	stepInsert
)

// furthest returns the furthest line of a on diagonal k that one more step reaches, before
// equal lines are followed, or -1. Of equally far steps a change goes before a removal, and a
// removal before an insertion. change and gap are the waves before a step of each cost.
func furthest(change, gap wave, k, n, m int) (int, step) {
	best, by := -1, stepStart
	if x := change.at(k); x >= 0 && x < n && x-k < m {
		best, by = x+1, stepChange
	}
	if x := gap.at(k - 1); x >= 0 && x < n && x >= best {
		best, by = x+1, stepRemove
	}
	if x := gap.at(k + 1); x > best && x-k <= m {
		best, by = x, stepInsert
	}
	return best, by
}

// trace walks the found alignment back from its end and pairs the equal lines.
func (d *differ) trace(waves []wave, aLo, bLo, n, m int) {
	for k := n - m; ; {
		w := waves[len(waves)-1]
		waves = waves[:len(waves)-1]
		x, by := furthest(last(waves, changeCost), last(waves, gapCost), k, n, m)
		for i := max(x, 0); i < w.at(k); i++ {
			d.pairs[aLo+i] = bLo + i - k
		}
		switch by {
		case stepStart:
			return
		case stepChange:
			waves = waves[:len(waves)+1-changeCost]
		case stepRemove:
			waves, k = waves[:len(waves)+1-gapCost], k-1
		case stepInsert:
			waves, k = waves[:len(waves)+1-gapCost], k+1
		}
	}
}
