package gateway

import "github.com/wiredesk/wiredesk/internal/stream"

// Bounds of one write. Joining more would keep bytes in our memory that the socket buffer has no room for; the number of entries
// fits the bits of a variant.
const (
	maxJoined      = 64
	maxJoinedBytes = 64 << 10
)

// batch is the next entries for all connections at one position, joined once. Its bytes never change.
type batch struct {
	next     int64 // the position after it
	entries  []*stream.Entry
	someFull bool              // at least one entry has its content
	variants map[uint64][]byte // the joined bytes, by the bits of the entries with content
	plain    []byte            // the variant without any content; nil until it is needed
	sse      []byte            // the same as server-sent events; nil until it is needed
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

// at returns the batch at pos, nil when the stream no longer has it in memory.
func (bs *batches) at(pos int64, s *stream.Stream) *batch {
	if bs.last != nil && bs.pos == pos {
		return bs.last
	}
	b, ok := bs.byPos[pos]
	if !ok {
		if b = newBatch(s.From(pos, maxJoined)); b == nil {
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

// newBatch takes entries up to maxJoinedBytes, one at least; nil when there is none.
func newBatch(entries []*stream.Entry) *batch {
	if len(entries) == 0 {
		return nil
	}
	b := &batch{}
	size := 0
	for i, e := range entries {
		if size += e.Size(); i > 0 && size > maxJoinedBytes {
			entries = entries[:i]
			break
		}
		b.someFull = b.someFull || e.Full != nil
	}
	b.entries = entries
	b.next = entries[len(entries)-1].Seq + 1
	return b
}

// bytes returns the batch in the form of c: with the content of the posts that c follows.
func (b *batch) bytes(c *conn) []byte {
	if c.sse {
		return b.events()
	}
	if b.someFull {
		if full := c.fullMask(b.entries); full != 0 {
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

// join returns the frames of all entries. A single frame is not copied.
func (b *batch) join(full uint64) []byte {
	frame := func(i int, e *stream.Entry) []byte {
		if full&(1<<i) != 0 {
			return e.Full
		}
		return e.Summary
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
