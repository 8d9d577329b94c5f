package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/wiredesk/wiredesk/internal/limit"
)

const (
	maxConnections = 48       // of external clients
	requestMemory  = 32 << 20 // bytes of large requests that are not answered, of all clients
)

// externalListener accepts TCP connections of other processes and passes each to the broker as a
// requestFilter. A new connection is always accepted: if all are in use, it replaces one of the client
// with the most.
type externalListener struct {
	tcp      net.Listener
	log      *slog.Logger
	refusals refusals
	joined   sync.WaitGroup

	memory     *semaphore.Weighted
	validating sync.Mutex // one batch is unpacked at a time
	state      brokerState

	mu    sync.Mutex
	conns map[*requestFilter]struct{}
}

// openExternal listens on address, which must be a loopback address.
func openExternal(address string, log *slog.Logger) (*externalListener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listening for clients of the embedded Kafka: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listening for clients of the embedded Kafka: %s is not a loopback address such as 127.0.0.1:9092; "+
			"the embedded broker does not authenticate its clients", address)
	}
	tcp, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("KAFKA_EMBEDDED_LISTEN=%q cannot be used: %w; for example KAFKA_EMBEDDED_LISTEN=127.0.0.1:19092", address, err)
	}
	return newExternalListener(tcp, log), nil
}

func newExternalListener(tcp net.Listener, log *slog.Logger) *externalListener {
	return &externalListener{tcp: tcp, log: log, refusals: refusals{out: log}, memory: semaphore.NewWeighted(requestMemory),
		conns: map[*requestFilter]struct{}{}, state: newBrokerState()}
}

// serve accepts clients until close.
func (l *externalListener) serve(broker *memListener) {
	l.joined.Go(func() {
		var lines limit.Lines
		for {
			conn, err := l.tcp.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // for example without a free file descriptor
				if _, due := lines.Add(time.Now()); due {
					l.log.Warn("accepting an embedded Kafka client failed", "error", err)
				}
				time.Sleep(100 * time.Millisecond)
				continue
			}
			l.admit(conn, broker)
		}
	})
}

// admit passes conn to the broker, and closes the connection that it replaces.
func (l *externalListener) admit(conn net.Conn, broker *memListener) {
	filter := newRequestFilter(conn, l)
	if evicted := l.add(filter); evicted != nil {
		l.refusals.log(evicted.RemoteAddr(), errTooManyConnections)
		_ = evicted.Close()
	}
	if broker.deliver(context.Background(), filter) != nil { // the broker is being closed
		_ = filter.Close()
	}
}

var errTooManyConnections = fmt.Errorf("more than %d connections: a new client takes the place of the least used one", maxConnections)

// add registers filter, and returns the connection that it replaces, or nil.
func (l *externalListener) add(filter *requestFilter) (evicted *requestFilter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) >= maxConnections {
		evicted = l.leastUsed()
		delete(l.conns, evicted)
	}
	l.conns[filter] = struct{}{}
	return evicted
}

// remove unregisters filter.
func (l *externalListener) remove(filter *requestFilter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, filter)
}

// leastUsed returns the connection of the client with the most connections whose last request is the
// oldest. A client is an address and a client id; connections without a request count as one client of
// their address.
func (l *externalListener) leastUsed() (evicted *requestFilter) {
	counts := map[string]int{}
	for f := range l.conns {
		counts[f.group()]++
	}
	for f := range l.conns {
		if evicted == nil {
			evicted = f
			continue
		}
		switch n, most := counts[f.group()], counts[evicted.group()]; {
		case n > most, n == most && f.used.Load() < evicted.used.Load():
			evicted = f
		}
	}
	return evicted
}

// group returns the name of the client of f.
func (f *requestFilter) group() string {
	host, _, err := net.SplitHostPort(f.RemoteAddr().String())
	if err != nil {
		host = f.RemoteAddr().String()
	}
	if id := f.client.Load(); id != nil {
		return host + " " + *id
	}
	return host
}

// release returns the memory that a request reserved.
func (l *externalListener) release(held int64) {
	if held > 0 {
		l.memory.Release(held)
	}
}

// close ends serve and waits for it. Clients stay connected until the broker closes.
func (l *externalListener) close() error {
	err := l.tcp.Close()
	l.joined.Wait()
	l.refusals.close()
	return err
}

// refusals logs closed connections: the first at once, and later ones in one line a minute with their
// number, until close.
type refusals struct {
	out    *slog.Logger
	mu     sync.Mutex
	lines  limit.Lines
	timer  *time.Timer // calls flush; nil: every refusal is logged
	closed bool
	client net.Addr // of the last refusal
	reason error
}

// log adds a refusal.
func (r *refusals) log(client net.Addr, reason error) {
	r.out.Debug("embedded Kafka client disconnected", "address", client.String(), "reason", reason)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.client, r.reason = client, reason
	now := time.Now()
	n, due := r.lines.Add(now)
	switch {
	case due:
		r.write(n)
	case r.timer == nil:
		r.timer = time.AfterFunc(r.lines.Wait(now), r.flush)
	}
}

// close logs the remaining refusals. Later ones are not logged.
func (r *refusals) close() {
	r.flush()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// flush logs the refusals since the last line, if any.
func (r *refusals) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n, _ := r.lines.Take(time.Now()); n > 0 {
		r.write(n)
	}
}

// write logs n refusals in one line.
func (r *refusals) write(n int) {
	args := []any{"address", r.client.String(), "reason", r.reason}
	if n > 1 {
		args = append(args, "others", n-1)
	}
	r.out.Warn("embedded Kafka client disconnected; see \"The embedded broker\" in docs/operations/kafka.md", args...)
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
}
