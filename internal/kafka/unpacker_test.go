package kafka

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func encodeRecord(offset int32, value []byte, headers ...kmsg.Header) []byte {
	r := kmsg.Record{OffsetDelta: offset, Value: value, Headers: headers}
	r.Length = int32(len(r.AppendTo(nil)) - 1)
	return r.AppendTo(nil)
}

// A client that unpacks many small batches gets part of a fetch, and the rest after its next poll.
func TestUnpacker_boundsOnePoll(t *testing.T) {
	u := newFetchUnpacker()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := encoder.EncodeAll(encodeRecord(0, []byte(strings.Repeat("x", 7<<20))), nil)
	for range 4 {
		if _, err := u.Decompress(packed, kgo.CodecZstd); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := u.Decompress(packed, kgo.CodecZstd); !errors.Is(err, errPollFull) {
		t.Error(err)
	}
}

// Records and their headers count together.
func TestUnpacker_boundsRecords(t *testing.T) {
	var plain []byte
	for i := range int32(MaxRecords) {
		plain = append(plain, encodeRecord(i, []byte("value"), kmsg.Header{Key: "k", Value: []byte("v")})...)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := newFetchUnpacker().Decompress(packed.Bytes(), kgo.CodecGzip); !errors.Is(err, kgo.ErrMaxDecompress) {
		t.Error(err)
	}
}
