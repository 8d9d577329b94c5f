package embedded

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxElements bounds the array elements and tags of one request in total. Each takes some 100 bytes when
// decoded, and may take some KB in the answer.
const maxElements = 1000

var (
	errTruncated = errors.New("it ends before its last field, or a length in it is larger than the bytes that follow")
	errTooMany   = fmt.Errorf("it has more than %d array elements and tags", maxElements)
	errTooLong   = errors.New("a text or byte field in it is too long")
	errTags      = errors.New("it has tags that brokers send, or more tags than bytes")
)

// Bounds of texts and byte fields of a request, in bytes. The broker keeps many of them for each group and
// member, in memory and in its log.
const (
	maxName     = 249     // of a client, group, static member, transactional producer or topic
	maxText     = 1 << 10 // of any other text, such as a member id
	maxMetadata = 4 << 10 // of a committed offset, as in Kafka (offset.metadata.max.bytes), or of a group member
)

// header is the part of a request before its fields.
type header struct {
	key         kmsg.Key
	version     int16
	correlation int32
	clientID    string
}

// checkRequest checks a request without its length prefix, and returns its header and the bytes after it.
// It fails unless the request has a layout and each length, array and tag fits the remaining bytes. It
// reads each byte once, and allocates only the client id.
func checkRequest(raw []byte) (h header, body []byte, err error) {
	w := walker{Reader: kbin.Reader{Src: raw}, elements: maxElements}
	h.key, h.version, h.correlation = kmsg.Key(w.Int16()), w.Int16(), w.Int32()
	l, known := layouts[h.key]
	if !known || h.version < l.min || h.version > l.max {
		return h, nil, fmt.Errorf("version %d is not served", h.version)
	}
	if id := w.NullableString(); id != nil { // not compact in any version
		h.clientID = *id
		w.bound(len(*id), maxName)
	}
	w.version, w.flexible = h.version, h.version >= l.flexible
	if w.flexible {
		w.tags(0)
	}
	body = w.Src
	w.structure(l.fields, l.brokerTags)
	if w.err == nil && !w.Ok() {
		w.err = errTruncated
	}
	return h, body, w.err
}

// walker skips the fields of a request. The embedded reader of the library keeps failing after a read
// beyond the end; err is the first error that the reader does not detect.
type walker struct {
	kbin.Reader
	version  int16
	flexible bool
	elements int // remaining
	err      error
}

// structure skips the fields of a structure, and its tags.
func (w *walker) structure(fields []field, brokerTags uint32) {
	for i := range fields {
		if w.err != nil || !w.Ok() {
			return
		}
		if f := &fields[i]; w.version >= f.min && w.version <= f.max {
			w.field(f, brokerTags)
		}
	}
	if w.flexible {
		w.tags(brokerTags)
	}
}

func (w *walker) field(f *field, brokerTags uint32) {
	switch f.kind {
	case fixed:
		w.Span(f.size)
	case text:
		w.bounded(w.length(func() int { return int(w.Int16()) }), f.size)
	case blob:
		w.bounded(w.length(func() int { return int(w.Int32()) }), f.size)
	case values, structs:
		n := w.length(func() int { return int(w.Int32()) })
		if !w.take(n) {
			return
		}
		for range n {
			if w.err != nil || !w.Ok() {
				return
			}
			if f.kind == values {
				w.field(&f.items[0], brokerTags)
			} else {
				w.structure(f.items, brokerTags)
			}
		}
	}
}

// length reads a length, with plain in versions before compact lengths; -1: null.
func (w *walker) length(plain func() int) int {
	if w.flexible {
		return int(w.Uvarint()) - 1
	}
	return plain()
}

// bounded skips the n bytes of a text or blob, which may have at most size.
func (w *walker) bounded(n, size int) {
	if n <= len(w.Src) {
		w.bound(n, size)
	}
	w.skip(n)
}

func (w *walker) bound(n, size int) {
	if n > size {
		w.err = fmt.Errorf("%w: one of %d bytes, more than %d", errTooLong, n, size)
	}
}

func (w *walker) skip(n int) {
	if n > 0 {
		w.Span(n)
	}
}

// take counts n elements of at least one byte each.
func (w *walker) take(n int) bool {
	switch {
	case n > len(w.Src):
		w.err = errTruncated
	case n > w.elements:
		w.err = errTooMany
	}
	if w.err == nil && n > 0 {
		w.elements -= n
	}
	return w.err == nil
}

// tags skips the tags at the end of a structure. The decoder of the library would read their claimed
// number, even beyond the end of the bytes.
func (w *walker) tags(brokerTags uint32) {
	n := int(w.Uvarint())
	if !w.take(n) {
		return
	}
	for range n {
		if tag := w.Uvarint(); tag < brokerTags {
			w.err = errTags
		}
		w.skip(int(w.Uvarint()))
		if w.err != nil || !w.Ok() {
			return
		}
	}
}
