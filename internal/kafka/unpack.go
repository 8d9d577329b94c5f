package kafka

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Bounds on unpacking, as compressed records of a few KB can unpack to GB.
const (
	// MaxUnpacked bounds the unpacked bytes of one batch: four times the largest batch of a Producer.
	MaxUnpacked = 8 << 20
	// MaxRecords bounds the records and record headers of one batch. A client allocates some 200
	// bytes for each.
	MaxRecords = 100_000

	maxUnpackedPerPoll = 4 * MaxUnpacked // of all batches between two polls of a client
)

// errPollFull ends a fetch early. The client reads the same batch again after its next poll.
var errPollFull = errors.New("the batches of one fetch unpack to more than the bound; the rest is read later")

// Unpacker is a kgo.Decompressor with a budget of bytes. It may be used by several goroutines.
type Unpacker struct {
	left   atomic.Int64
	tooBig error // of a batch that is within MaxUnpacked and exceeds left
}

// NewUnpacker returns an Unpacker with a budget of n bytes. Decompress fails with tooBig for a batch
// that exceeds the rest of the budget, but not MaxUnpacked.
func NewUnpacker(n int64, tooBig error) *Unpacker {
	u := &Unpacker{tooBig: tooBig}
	u.left.Store(n)
	return u
}

// Decompress returns src unpacked. Its error is kgo.ErrMaxDecompress if the result has more than
// MaxUnpacked bytes, or more than MaxRecords records and headers; a client stops at such a batch.
func (u *Unpacker) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	bound := min(u.left.Load(), MaxUnpacked)
	out, err := unpack(src, codec, int(max(bound, 0)))
	if err == nil {
		err = checkCount(out)
	} else if errors.Is(err, kgo.ErrMaxDecompress) && bound < MaxUnpacked {
		err = u.tooBig
	}
	if err != nil {
		return nil, err
	}
	u.left.Add(-int64(len(out)))
	return out, nil
}

// newFetchUnpacker returns the Unpacker of a client that reads with poll.
func newFetchUnpacker() *Unpacker { return NewUnpacker(maxUnpackedPerPoll, errPollFull) }

// poll polls a client that unpacks with u, and renews its budget.
func (u *Unpacker) poll(ctx context.Context, client *kgo.Client) kgo.Fetches {
	fetches := client.PollFetches(ctx)
	u.left.Store(maxUnpackedPerPoll)
	for _, fetch := range fetches {
		for _, t := range fetch.Topics {
			for i := range t.Partitions {
				if errors.Is(t.Partitions[i].Err, errPollFull) {
					t.Partitions[i].Err = nil // the client fetches this offset again
				}
			}
		}
	}
	return fetches
}

// unpack unpacks src to at most bound bytes.
func unpack(src []byte, codec kgo.CompressionCodecType, bound int) ([]byte, error) {
	switch codec {
	case kgo.CodecNone:
		return src, nil
	case kgo.CodecGzip:
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return nil, fmt.Errorf("unpacking gzip: %w", err)
		}
		return readBounded(r, bound)
	case kgo.CodecLz4:
		return readBounded(lz4.NewReader(bytes.NewReader(src)), bound)
	case kgo.CodecSnappy:
		return unpackSnappy(src, bound)
	case kgo.CodecZstd:
		return unpackZstd(src, bound)
	default:
		return nil, fmt.Errorf("compression %d is not known", codec)
	}
}

func readBounded(r io.Reader, bound int) ([]byte, error) {
	var out bytes.Buffer
	n, err := out.ReadFrom(io.LimitReader(r, int64(bound)+1))
	if err == nil && n > int64(bound) {
		err = kgo.ErrMaxDecompress
	}
	return out.Bytes(), err
}

// xerial is the start of the snappy format of Java clients: a header of 16 bytes, then blocks, each
// after its length.
var xerial = []byte{130, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

func unpackSnappy(src []byte, bound int) ([]byte, error) {
	if len(src) <= 16 || !bytes.HasPrefix(src, xerial) {
		return appendSnappy(nil, src, bound)
	}
	var out []byte
	for src = src[16:]; len(src) > 0; {
		if len(src) < 4 || uint64(binary.BigEndian.Uint32(src)) > uint64(len(src)-4) {
			return nil, errors.New("unpacking snappy: a block is longer than the batch")
		}
		n := int(binary.BigEndian.Uint32(src))
		var err error
		if out, err = appendSnappy(out, src[4:4+n], bound); err != nil {
			return nil, err
		}
		src = src[4+n:]
	}
	return out, nil
}

// appendSnappy appends one unpacked block to out, which may have bound bytes in total.
func appendSnappy(out, block []byte, bound int) ([]byte, error) {
	n, err := s2.DecodedLen(block)
	if err == nil && n > bound-len(out) {
		return nil, kgo.ErrMaxDecompress
	}
	if err != nil {
		return nil, fmt.Errorf("unpacking snappy: %w", err)
	}
	unpacked, err := s2.Decode(nil, block)
	if err != nil {
		return nil, fmt.Errorf("unpacking snappy: %w", err)
	}
	if out == nil {
		return unpacked, nil
	}
	return append(out, unpacked...), nil
}

// zstdReaders pools decoders, which are expensive to create.
var zstdReaders = sync.Pool{New: func() any {
	r, err := zstd.NewReader(nil, zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxUnpacked))
	if err != nil {
		panic(err) // an invalid option
	}
	return r
}}

func unpackZstd(src []byte, bound int) ([]byte, error) {
	r := zstdReaders.Get().(*zstd.Decoder)
	defer zstdReaders.Put(r)
	out, err := r.DecodeAll(src, nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || err == nil && len(out) > bound {
		return nil, kgo.ErrMaxDecompress
	}
	if err != nil {
		return nil, fmt.Errorf("unpacking zstd: %w", err)
	}
	return out, nil
}

// checkCount returns kgo.ErrMaxDecompress if an unpacked batch has more than MaxRecords records and
// headers. It does not check anything else.
func checkCount(raw []byte) error {
	b := kbin.Reader{Src: raw}
	for n := 0; len(b.Src) > 0; {
		record := kbin.Reader{Src: b.Span(int(b.Varint()))}
		record.Int8()
		record.Varlong()
		record.Varint()
		record.VarintBytes()
		record.VarintBytes()
		n += 1 + min(max(0, int(record.Varint())), len(record.Src))
		if n > MaxRecords {
			return kgo.ErrMaxDecompress
		}
	}
	return nil
}
