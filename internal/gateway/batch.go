package gateway

// The most that is joined for one write. More would only wait in a buffer of ours
// instead of the kernel's; the number of entries fits the bits of a variant.
const (
	maxJoined      = 64
	maxJoinedBytes = 64 << 10
)

// batch is what a connection at one position is sent next: some entries, joined once
// and shared by all connections there. Its bytes are never changed.
type batch struct {
	next     int64 // the position after it
	entries  []*entry
	someFull bool              // at least one entry has its content
	variants map[uint64][]byte // the joined bytes, by which entries carry their content
	plain    []byte            // the variant without any content
	sse      []byte            // the same as server-sent events; nil until a stream is here
}

// batches are those of one pass, by position.
type batches struct {
	byPos map[int64]*batch
	pos   int64
	last  *batch // the one at pos: nearly all connections share it
}

func (bs *batches) clear() {
	clear(bs.byPos)
	bs.last = nil
}

// at returns the batch at pos, nil when the ring no longer has it.
func (bs *batches) at(pos int64, r *ring) *batch {
	if bs.last != nil && bs.pos == pos {
		return bs.last
	}
	b, ok := bs.byPos[pos]
	if !ok {
		if b = newBatch(r.from(pos, maxJoined)); b == nil {
			return nil
		}
		if bs.byPos == nil {
			bs.byPos = map[int64]*batch{}
		}
		bs.byPos[pos] = b
	}
	bs.pos, bs.last = pos, b
	return b
}

// newBatch takes as many of entries as may be joined, one at least; nil when there is none.
func newBatch(entries []*entry) *batch {
	if len(entries) == 0 {
		return nil
	}
	b := &batch{}
	size := 0
	for i, e := range entries {
		if size += e.size(); i > 0 && size > maxJoinedBytes {
			entries = entries[:i]
			break
		}
		b.someFull = b.someFull || e.full != nil
	}
	b.entries = entries
	b.next = entries[len(entries)-1].seq + 1
	return b
}

// bytes returns what c is sent.
func (b *batch) bytes(c *conn) []byte {
	if c.sse {
		return b.events()
	}
	if b.someFull {
		if full := c.pick(b.entries); full != 0 {
			return b.variant(full)
		}
	}
	if b.plain == nil {
		b.plain = b.join(0)
	}
	return b.plain
}

func (b *batch) variant(full uint64) []byte {
	joined, ok := b.variants[full]
	if !ok {
		if b.variants == nil {
			b.variants = map[uint64][]byte{}
		}
		joined = b.join(full)
		b.variants[full] = joined
	}
	return joined
}

func (b *batch) join(full uint64) []byte {
	frame := func(i int, e *entry) []byte {
		if full&(1<<i) != 0 {
			return e.full
		}
		return e.brief
	}
	if len(b.entries) == 1 {
		return frame(0, b.entries[0])
	}
	size := 0
	for i, e := range b.entries {
		size += len(frame(i, e))
	}
	joined := make([]byte, 0, size)
	for i, e := range b.entries {
		joined = append(joined, frame(i, e)...)
	}
	return joined
}
