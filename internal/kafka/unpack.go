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
	"github.com/twmb/franz-go/pkg/kgo"
)

// Compressed records of a few KB can unpack to GB, so that unpacking is bounded: one
// batch of a topic, all batches of one request that the embedded broker accepts, and
// all batches that a client unpacks before its next poll.
const (
	maxUnpacked        = 8 << 20 // bytes; four times the largest batch that a Producer sends
	maxUnpackedPerPoll = 4 * maxUnpacked
)

// errPollFull ends a fetch early. The client reads the same batch again after its next poll.
var errPollFull = errors.New("the batches of one fetch unpack to more than the bound; the rest is read later")

// unpacker is a kgo.Decompressor that allocates no more than the bytes that are left.
type unpacker struct {
	left   atomic.Int64
	tooBig error // when a batch of at most maxUnpacked bytes exceeds left
}

// newUnpacker returns an unpacker for n bytes.
func newUnpacker(n int64, tooBig error) *unpacker {
	u := &unpacker{tooBig: tooBig}
	u.left.Store(n)
	return u
}

// Decompress returns src unpacked. It fails with kgo.ErrMaxDecompress when that is
// larger than maxUnpacked or has more records than a batch may have; a client then
// stops at the batch.
func (u *unpacker) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	bound := min(u.left.Load(), maxUnpacked)
	out, err := unpack(src, codec, int(max(bound, 0)))
	if err == nil {
		err = checkCount(out)
	} else if errors.Is(err, kgo.ErrMaxDecompress) && bound < maxUnpacked {
		err = u.tooBig
	}
	if err != nil {
		return nil, err
	}
	u.left.Add(-int64(len(out)))
	return out, nil
}

// newFetchUnpacker returns the unpacker of a client that reads with poll.
func newFetchUnpacker() *unpacker { return newUnpacker(maxUnpackedPerPoll, errPollFull) }

// poll polls a client that unpacks with u, and lets it unpack as much again.
func (u *unpacker) poll(ctx context.Context, client *kgo.Client) kgo.Fetches {
	fetches := client.PollFetches(ctx)
	u.left.Store(maxUnpackedPerPoll)
	for _, fetch := range fetches {
		for _, t := range fetch.Topics {
			for i := range t.Partitions {
				if errors.Is(t.Partitions[i].Err, errPollFull) {
					t.Partitions[i].Err = nil // the client fetches from the same offset again
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

// xerial begins the form in which Java clients write snappy: 16 bytes, then blocks,
// each behind its length.
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

// appendSnappy appends one unpacked block to out, up to bound bytes in all.
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

// zstdReaders hold decoders, which are costly to make.
var zstdReaders = sync.Pool{New: func() any {
	r, err := zstd.NewReader(nil, zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpacked))
	if err != nil {
		panic(err) // an option of ours is wrong
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
