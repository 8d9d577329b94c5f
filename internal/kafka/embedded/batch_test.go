package embedded

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka"
)

var codecs = []kgo.CompressionCodecType{kgo.CodecNone, kgo.CodecGzip, kgo.CodecSnappy, kgo.CodecLz4, kgo.CodecZstd}

// pack compresses plain. 5 is snappy as Java clients write it.
func pack(t testing.TB, codec kgo.CompressionCodecType, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch codec {
	case kgo.CodecNone:
		return plain
	case kgo.CodecGzip:
		w, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	case kgo.CodecLz4:
		w = lz4.NewWriter(&out)
	case kgo.CodecZstd:
		w, _ = zstd.NewWriter(&out)
	case kgo.CodecSnappy:
		return s2.EncodeSnappy(nil, plain)
	case 5:
		out.WriteString("\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01")
		for len(plain) > 0 {
			n := min(len(plain), 32<<10)
			block := s2.EncodeSnappy(nil, plain[:n])
			out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(block))))
			out.Write(block)
			plain = plain[n:]
		}
		return out.Bytes()
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// newClientUnpacker returns an Unpacker with the budget of a client.
func newClientUnpacker() *kafka.Unpacker {
	return kafka.NewUnpacker(4*kafka.MaxUnpacked, errors.New("the budget is used"))
}

// batchOf returns a batch with a correct checksum.
func batchOf(change func(*kmsg.RecordBatch), attributes int16, n int32, records []byte) []byte {
	batch := kmsg.RecordBatch{PartitionLeaderEpoch: -1, Magic: 2, Attributes: attributes, NumRecords: n, LastOffsetDelta: n - 1,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, Records: records}
	if change != nil {
		change(&batch)
	}
	raw := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], castagnoli))
	return raw
}

func packed(t testing.TB, codec kgo.CompressionCodecType, records []byte, n int32) []byte {
	attributes := int16(codec)
	if codec == 5 {
		attributes = int16(kgo.CodecSnappy)
	}
	return batchOf(nil, attributes, n, pack(t, codec, records))
}

func recordOf(offset int32, value []byte, headers ...kmsg.Header) []byte {
	r := kmsg.Record{OffsetDelta: offset, Value: value, Headers: headers}
	r.Length = int32(len(r.AppendTo(nil)) - 1)
	return r.AppendTo(nil)
}

func someRecords(n int32) (raw []byte) {
	for i := range n {
		raw = append(raw, recordOf(i, []byte("value"), kmsg.Header{Key: "k", Value: []byte("v")})...)
	}
	return raw
}

func TestBatchCheck_acceptsEveryCodec(t *testing.T) {
	for _, codec := range append(codecs, 5) {
		check := newBatchCheck()
		for range 3 {
			if err := check.check(packed(t, codec, someRecords(1000), 1000)); err != nil {
				t.Errorf("codec %d: %v", codec, err)
			}
		}
	}
}

// A few KB that unpack to 48 MiB are refused after 8 MiB of them, by every codec.
func TestBatchCheck_boundsUnpacking(t *testing.T) {
	record := recordOf(0, make([]byte, 48<<20))
	for _, codec := range []kgo.CompressionCodecType{kgo.CodecGzip, kgo.CodecLz4, kgo.CodecZstd, kgo.CodecSnappy, 5} {
		batch := packed(t, codec, record, 1)
		before := allocated()
		_, err := newClientUnpacker().Decompress(batch[61:], min(codec, kgo.CodecZstd)%5)
		if codec == 5 {
			_, err = newClientUnpacker().Decompress(batch[61:], kgo.CodecSnappy)
		}
		if !errors.Is(err, kgo.ErrMaxDecompress) {
			t.Errorf("codec %d, as a client: %v", codec, err)
		}
		if len(batch) <= kafka.MaxBatchBytes {
			if err := newBatchCheck().check(batch); !errors.Is(err, errUnpacked) {
				t.Errorf("codec %d: %v", codec, err)
			}
		}
		if n := allocated() - before; n > 190<<20 {
			t.Errorf("codec %d: refusing %d bytes took %d bytes", codec, len(batch), n)
		}
	}
}

// The batches of a request count together, and so do their records and headers.
func TestBatchCheck_countsTogether(t *testing.T) {
	check := newBatchCheck()
	three := packed(t, kgo.CodecGzip, recordOf(0, make([]byte, 3<<20)), 1)
	if err := errors.Join(check.check(three), check.check(three)); err != nil {
		t.Fatal(err)
	}
	if err := check.check(three); !errors.Is(err, errUnpacked) {
		t.Error(err)
	}
	check = newBatchCheck()
	many := packed(t, kgo.CodecZstd, someRecords(30_000), 30_000) // as many headers
	if err := check.check(many); err != nil {
		t.Fatal(err)
	}
	if err := check.check(many); !errors.Is(err, errMany) {
		t.Error(err)
	}
	headers := make([]kmsg.Header, kafka.MaxRecords)
	if err := newBatchCheck().check(packed(t, kgo.CodecGzip, recordOf(0, nil, headers...), 1)); err == nil {
		t.Error("a record has too many headers")
	}
}

func TestBatchCheck_refusals(t *testing.T) {
	good := someRecords(2)
	swapped := append(recordOf(1, nil), recordOf(0, nil)...)
	for name, raw := range map[string][]byte{
		"nothing":              nil,
		"half a batch":         packed(t, 0, good, 2)[:70],
		"two batches":          append(packed(t, 0, good, 2), packed(t, 0, good, 2)...),
		"old format":           batchOf(func(b *kmsg.RecordBatch) { b.Magic = 1 }, 0, 2, good),
		"wrong checksum":       append(packed(t, 0, good, 2)[:80], make([]byte, len(packed(t, 0, good, 2))-80)...),
		"transaction":          batchOf(nil, 0x10, 2, good),
		"control":              batchOf(nil, 0x20, 2, good),
		"unknown codec":        batchOf(nil, 5, 2, good),
		"not compressed":       batchOf(nil, 1, 2, good),
		"no records":           batchOf(nil, 0, 0, nil),
		"negative":             batchOf(nil, 0, -1, good),
		"more than there are":  batchOf(nil, 0, 3, good),
		"fewer than there are": batchOf(nil, 0, 1, good),
		"offsets":              packed(t, 0, swapped, 2),
		"last offset":          batchOf(func(b *kmsg.RecordBatch) { b.LastOffsetDelta = 1 << 30 }, 0, 2, good),
		"length of a record":   packed(t, 0, append([]byte{0x7e}, good[1:]...), 2),
		"header count":         packed(t, 0, []byte{14, 0, 0, 0, 1, 1, 0xfe, 0x7f}, 1),
		"too large":            packed(t, 0, recordOf(0, make([]byte, kafka.MaxBatchBytes)), 1),
	} {
		if err := newBatchCheck().check(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
