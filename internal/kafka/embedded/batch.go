package embedded

import (
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka"
)

var (
	errRecords  = errors.New("a record in its batch is longer than the batch, or not in its place")
	errMany     = fmt.Errorf("it has more than %d records and record headers", kafka.MaxRecords)
	errUnpacked = fmt.Errorf("its records unpack to more than %d bytes", kafka.MaxUnpacked)
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

// Attributes of a batch.
const (
	codecBits       = 0x07
	transactionBits = 0x30 // part of a transaction, or its end marker
)

// batchCheck checks the batches of one produce request.
type batchCheck struct {
	unpacker *kafka.Unpacker
	records  int // remaining records and headers
}

func newBatchCheck() *batchCheck {
	return &batchCheck{unpacker: kafka.NewUnpacker(kafka.MaxUnpacked, kgo.ErrMaxDecompress), records: kafka.MaxRecords}
}

// check fails for a batch that a cluster would refuse and kfake would store, and for one that would take
// its readers more memory or time than the bounds of package kafka.
func (c *batchCheck) check(raw []byte) error {
	if len(raw) > kafka.MaxBatchBytes {
		return fmt.Errorf("its batch has %d bytes, more than %d", len(raw), kafka.MaxBatchBytes)
	}
	var batch kmsg.RecordBatch
	switch err := batch.ReadFrom(raw); {
	case err != nil:
		return fmt.Errorf("its batch of records: %w", err)
	case batch.Magic != 2, int(batch.Length) != len(raw)-12:
		return errors.New("it does not have one batch of records for each partition, of the format since Kafka 0.11")
	case batch.CRC != int32(crc32.Checksum(raw[21:], castagnoli)):
		return errors.New("the checksum of its batch is wrong")
	case batch.Attributes&transactionBits != 0:
		return errors.New("its batch is part of a transaction, of which there are none")
	case batch.NumRecords <= 0, batch.LastOffsetDelta != batch.NumRecords-1:
		return errors.New("the number of records in its batch is wrong")
	}
	records, err := c.unpacker.Decompress(batch.Records, kgo.CompressionCodecType(batch.Attributes&codecBits))
	if errors.Is(err, kgo.ErrMaxDecompress) {
		return errUnpacked
	}
	if err != nil {
		return fmt.Errorf("its batch of records: %w", err)
	}
	return c.checkRecords(records, int(batch.NumRecords))
}

// checkRecords fails unless raw is exactly n records with the offsets 0 to n-1.
func (c *batchCheck) checkRecords(raw []byte, n int) error {
	b := kbin.Reader{Src: raw}
	for i := 0; i < n; i++ {
		length := int(b.Varint())
		end := len(b.Src) - length
		if !b.Ok() || length < 0 || end < 0 {
			return errRecords
		}
		b.Int8()
		b.Varlong() // time
		offset := b.Varint()
		b.VarintBytes() // key
		b.VarintBytes() // value
		headers := int(b.Varint())
		if offset != int32(i) || headers < 0 || headers > length {
			return errRecords
		}
		if c.records -= 1 + headers; c.records < 0 {
			return errMany
		}
		for range headers {
			b.VarintBytes()
			b.VarintBytes()
		}
		if !b.Ok() || len(b.Src) != end {
			return errRecords
		}
	}
	if len(b.Src) > 0 {
		return errRecords
	}
	return nil
}
