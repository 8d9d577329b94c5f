package embedded

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka"
)

// Bounds of the requests of external clients, in bytes.
const (
	maxProduceBytes = kafka.MaxMessageBytes + 1<<16 // of a produce request
	maxRequestBytes = 256 << 10                     // of any other request
	smallRequest    = 64 << 10                      // larger ones reserve requestMemory
)

// Timeouts of an external connection.
const (
	idleTimeout    = 5 * time.Minute  // without a pending request
	requestTimeout = 10 * time.Second // from the first byte of a request to its last
	writeTimeout   = 30 * time.Second // of a client to take an answer
)

// requestFilter is one connection of an external client, as the broker sees it. Read returns only
// requests that are in layouts, within the bounds and valid, and closes the connection at the first
// other one. It relies on two properties of kfake: it handles the requests of a connection in their
// order, and it writes each response with one call of Write.
type requestFilter struct {
	net.Conn
	owner *externalListener
	in    *bufio.Reader
	ready []byte // bytes of an accepted request that Read has not returned yet

	mu      sync.Mutex
	closed  bool
	pending []accepted // requests without an answer, in order; a few, as the broker reads one ahead

	used   atomic.Int64           // time of the last request, in Unix nanoseconds
	client atomic.Pointer[string] // client id; nil before the first request
}

// accepted is a request that was passed to the broker.
type accepted struct {
	header
	reserved    int64 // bytes of requestMemory
	noAck       bool  // acks=0: the client expects no answer
	unsupported bool  // ApiVersions in a later version than the broker has
}

// newRequestFilter returns the filter of conn. It is not registered with owner yet.
func newRequestFilter(conn net.Conn, owner *externalListener) *requestFilter {
	f := &requestFilter{Conn: conn, owner: owner, in: bufio.NewReaderSize(conn, 16<<10)}
	f.used.Store(time.Now().UnixNano())
	return f
}

// Read returns bytes of accepted requests.
func (f *requestFilter) Read(p []byte) (int, error) {
	if len(f.ready) == 0 {
		request, err := f.next()
		if errors.Is(err, errRefused) {
			f.owner.refusals.log(f.RemoteAddr(), err)
		}
		if err != nil {
			_ = f.Close()
			return 0, err
		}
		f.ready = request
	}
	n := copy(p, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

// Write sends one response of the broker.
func (f *requestFilter) Write(response []byte) (int, error) {
	n := len(response)
	request, found := f.answered(response)
	if !found {
		return 0, errors.New("the broker answers a request that was not sent")
	}
	defer f.owner.release(request.reserved)
	if request.noAck {
		return n, nil
	}
	if request.key == kmsg.ApiVersions {
		var err error
		if response, err = advertise(response, request); err != nil {
			return 0, err
		}
	}
	if err := f.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	if _, err := f.Conn.Write(response); err != nil {
		return 0, err
	}
	return n, nil
}

// Close closes the connection, unregisters it and releases its memory. It may be called twice.
func (f *requestFilter) Close() error {
	f.owner.remove(f)
	f.mu.Lock()
	for _, r := range f.pending {
		f.owner.release(r.reserved)
	}
	f.closed, f.pending = true, nil
	f.mu.Unlock()
	return f.Conn.Close()
}

// answered removes and returns the pending request of a response.
func (f *requestFilter) answered(response []byte) (accepted, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) == 0 || len(response) < 8 || f.pending[0].correlation != int32(binary.BigEndian.Uint32(response[4:])) {
		return accepted{}, false
	}
	first := f.pending[0]
	f.pending = f.pending[1:]
	return first, true
}

func (f *requestFilter) hasPending() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pending) > 0
}

var errRefused = errors.New("its request is not served")

// next returns the next accepted request with its length prefix.
func (f *requestFilter) next() ([]byte, error) {
	if err := f.awaitRequest(); err != nil {
		return nil, err
	}
	if err := f.SetReadDeadline(time.Now().Add(requestTimeout)); err != nil {
		return nil, err
	}
	start, err := f.in.Peek(8)
	if err != nil {
		return nil, asRefusal(err)
	}
	size, key := int64(binary.BigEndian.Uint32(start)), kmsg.Key(binary.BigEndian.Uint16(start[4:]))
	bound := int64(maxRequestBytes)
	if key == kmsg.Produce {
		bound = maxProduceBytes
	}
	if _, served := layouts[key]; size < 8 || size > bound || !served {
		return nil, fmt.Errorf("%w: %s of %d bytes", errRefused, keyName(key), size)
	}
	raw, request, err := f.receive(size)
	if err != nil {
		return nil, err
	}
	request, raw, err = f.accept(raw, request)
	if err != nil {
		f.owner.release(request.reserved)
		return nil, fmt.Errorf("%w: %s: %w", errRefused, keyName(key), err)
	}
	return f.enqueue(raw, request)
}

// awaitRequest returns when a request begins, or fails after idleTimeout.
func (f *requestFilter) awaitRequest() error {
	for {
		if err := f.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
			return err
		}
		_, err := f.in.Peek(1)
		// A group member may wait longer than idleTimeout for an answer.
		if errors.Is(err, os.ErrDeadlineExceeded) && f.hasPending() {
			continue
		}
		return err
	}
}

// receive reads a request of size bytes after its length prefix. A large one waits until it can reserve
// requestMemory.
func (f *requestFilter) receive(size int64) ([]byte, accepted, error) {
	var request accepted
	if size > smallRequest {
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		err := f.owner.memory.Acquire(ctx, size)
		cancel()
		if err != nil {
			return nil, request, fmt.Errorf("%w: too many large requests at once", errRefused)
		}
		request.reserved = size
	}
	var raw bytes.Buffer // grows with the received bytes, not to the claimed length
	if _, err := io.CopyN(&raw, f.in, size+4); err != nil {
		f.owner.release(request.reserved)
		return nil, accepted{}, asRefusal(err)
	}
	return raw.Bytes(), request, nil
}

// enqueue adds the request to pending, unless the connection was closed meanwhile.
func (f *requestFilter) enqueue(raw []byte, request accepted) ([]byte, error) {
	f.used.Store(time.Now().UnixNano())
	if known := f.client.Load(); known == nil || *known != request.clientID {
		f.client.Store(&request.clientID)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		f.owner.release(request.reserved)
		return nil, net.ErrClosed
	}
	f.pending = append(f.pending, request)
	return raw, nil
}

// asRefusal returns err as a refusal if it is a timeout.
func asRefusal(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: it did not arrive within %s", errRefused, requestTimeout)
	}
	return err
}

func keyName(key kmsg.Key) string {
	if name := key.Name(); name != "" {
		return name
	}
	return fmt.Sprintf("request %d", key)
}
