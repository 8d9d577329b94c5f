package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxRequestBytes is room for the largest batch that a client may produce.
const maxRequestBytes = maxMessageBytes + 1<<16

// admitted are the requests that outside clients may make of the embedded broker:
// what it takes to write, to read and to be in a group. It would die of a request
// that it does not know, and topics and settings are not for others to change.
var admitted = map[kmsg.Key]bool{
	kmsg.ApiVersions: true, kmsg.Metadata: true, kmsg.DescribeCluster: true, kmsg.DescribeConfigs: true,
	kmsg.DescribeTopicPartitions: true, kmsg.Produce: true, kmsg.InitProducerID: true,
	kmsg.Fetch: true, kmsg.ListOffsets: true, kmsg.OffsetForLeaderEpoch: true,
	kmsg.FindCoordinator: true, kmsg.JoinGroup: true, kmsg.SyncGroup: true, kmsg.Heartbeat: true, kmsg.LeaveGroup: true,
	kmsg.ConsumerGroupHeartbeat: true, kmsg.ConsumerGroupDescribe: true, kmsg.DescribeGroups: true, kmsg.ListGroups: true,
	kmsg.DeleteGroups: true, kmsg.OffsetCommit: true, kmsg.OffsetFetch: true, kmsg.OffsetDelete: true,
	kmsg.GetTelemetrySubscriptions: true, // every newer client asks; the answer is that nothing is wanted
}

// guard reads an outside client's requests and cuts the connection at the first
// one that must not reach the embedded broker.
type guard struct {
	net.Conn
	log      *slog.Logger
	released func() // called once, when the connection is closed
	once     sync.Once
	request  []byte // admitted and not yet handed on
}

// Read hands on bytes of admitted requests.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.request) == 0 {
		request, err := readRequest(g.Conn)
		if errors.Is(err, errRefused) {
			g.log.Warn("a client of the embedded Kafka was cut off", "client", g.RemoteAddr().String(), "reason", err)
		}
		if err != nil {
			_ = g.Close()
			return 0, err
		}
		g.request = request
	}
	n := copy(p, g.request)
	g.request = g.request[n:]
	return n, nil
}

// Close closes the connection and gives its place to another client.
func (g *guard) Close() error {
	g.once.Do(g.released)
	return g.Conn.Close()
}

var errRefused = errors.New("its request is not served")

// readRequest reads one request, its length included, and refuses what would
// harm the broker, as soon as that can be seen.
func readRequest(conn io.Reader) ([]byte, error) {
	var raw bytes.Buffer // grows with what comes, not with what the length promises
	if _, err := io.CopyN(&raw, conn, 8); err != nil {
		return nil, err
	}
	size, key := binary.BigEndian.Uint32(raw.Bytes()), kmsg.Key(binary.BigEndian.Uint16(raw.Bytes()[4:]))
	if size < 8 || size > maxRequestBytes || !admitted[key] {
		return nil, fmt.Errorf("%w: %s of %d bytes", errRefused, key.Name(), size)
	}
	if _, err := io.CopyN(&raw, conn, int64(size)-4); err != nil {
		return nil, err
	}
	request, err := decode(raw.Bytes()[4:])
	if err == nil {
		err = harmless(request)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errRefused, key.Name(), err)
	}
	return raw.Bytes(), nil
}

// decode reads a request as the broker does.
func decode(raw []byte) (kmsg.Request, error) {
	reader := kbin.Reader{Src: raw}
	request := kmsg.RequestForKey(reader.Int16())
	request.SetVersion(reader.Int16())
	reader.Int32()          // correlation id
	reader.NullableString() // client id
	// The library would count to whatever number of tags a request promises.
	if request.IsFlexible() && reader.Uvarint() != 0 {
		return nil, errors.New("it has tags in its header, of which there are none")
	}
	return request, request.ReadFrom(reader.Src)
}

// harmless finds the requests that would kill the broker or spoil its log although they are well-formed.
func harmless(request kmsg.Request) error {
	switch r := request.(type) {
	case *kmsg.ProduceRequest:
		if len(r.Topics) > 1 {
			return errors.New("there is only one topic to write to")
		}
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				if err := readable(p.Records); err != nil {
					return err
				}
			}
		}
	case *kmsg.JoinGroupRequest:
		names := map[string]bool{}
		for _, p := range r.Protocols {
			names[p.Name] = true
		}
		if len(names) == 0 || len(names) < len(r.Protocols) {
			return errors.New("it has no protocol, or one twice")
		}
	}
	return nil
}

// readable finds what a cluster would not store and this broker does: a batch
// that no consumer gets past.
func readable(records []byte) error {
	var batch kmsg.RecordBatch
	if err := batch.ReadFrom(records); err != nil {
		return fmt.Errorf("its batch of records: %w", err)
	}
	fetched := kmsg.NewFetchResponseTopicPartition()
	fetched.RecordBatches = records
	decoded, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{}, &fetched, decompressor, nil)
	if decoded.Err != nil {
		return fmt.Errorf("its batch of records: %w", decoded.Err)
	}
	if n := len(decoded.Records); n == 0 || n != int(batch.NumRecords) {
		return fmt.Errorf("its batch has %d records, not %d", n, batch.NumRecords)
	}
	return nil
}

var decompressor = kgo.DefaultDecompressor()
