package kafka

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

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
}

// guard reads an outside client's requests and cuts the connection at the first
// one that must not reach the embedded broker.
type guard struct {
	net.Conn
	log      *slog.Logger
	released func() // called once, when the connection is closed
	once     sync.Once
	buf      [8]byte
	head     []byte // of the request that is being read: what was looked at and not yet handed on
	rest     int    // bytes of that request still to come after head
}

// Read hands on bytes of whole admitted requests.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.head) == 0 && g.rest == 0 {
		if err := g.inspect(); err != nil {
			_ = g.Close()
			return 0, err
		}
	}
	if len(g.head) > 0 {
		n := copy(p, g.head)
		g.head = g.head[n:]
		return n, nil
	}
	n, err := g.Conn.Read(p[:min(len(p), g.rest)])
	g.rest -= n
	return n, err
}

// inspect reads a request's length, key and version.
func (g *guard) inspect() error {
	if _, err := io.ReadFull(g.Conn, g.buf[:]); err != nil {
		return err
	}
	size, key := binary.BigEndian.Uint32(g.buf[:]), kmsg.Key(binary.BigEndian.Uint16(g.buf[4:]))
	if size < 8 || size > maxRequestBytes || !admitted[key] {
		g.log.Warn("a client of the embedded Kafka was cut off for a request that is not served",
			"client", g.RemoteAddr().String(), "request", key.Name(), "bytes", size)
		return fmt.Errorf("request %d of %d bytes is not served", key, size)
	}
	g.head, g.rest = g.buf[:], int(size)-4
	return nil
}

// Close closes the connection and gives its place to another client.
func (g *guard) Close() error {
	g.once.Do(g.released)
	return g.Conn.Close()
}
