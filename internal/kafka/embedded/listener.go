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
	maxConnections = 48       // external clients have at once
	requestMemory  = 32 << 20 // bytes that their large requests take together, until they are answered
)

// externalListener accepts clients of other processes and puts a requestFilter
// between each and the broker. A new client always gets a connection: when all are
// taken, it gets that of a client that has the most.
type externalListener struct {
	tcp      net.Listener
	log      *slog.Logger
	refusals refusals
	joined   sync.WaitGroup

	memory     *semaphore.Weighted
	validating sync.Mutex // held while batches are unpacked
	state      brokerState

	mu    sync.Mutex
	conns map[*requestFilter]struct{}
}

// openExternal listens on address, which must be a loopback one.
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
			if err != nil { // no file descriptor is left, for example
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

// add gives filter a slot, and returns the connection that had it, or nil.
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

// remove gives the slot of filter free.
func (l *externalListener) remove(filter *requestFilter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, filter)
}

// leastUsed returns, of the client with the most connections, the one without a
// request for the longest time. A client is an address and a client id; connections
// that have sent no request yet count as one client of their address.
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

// group names the client that f belongs to.
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

// release gives back memory that a request took.
func (l *externalListener) release(held int64) {
	if held > 0 {
		l.memory.Release(held)
	}
}

// close ends serve and returns when it has. Clients stay connected until the broker ends.
func (l *externalListener) close() error {
	err := l.tcp.Close()
	l.joined.Wait()
	l.refusals.close()
	return err
}

// refusals logs disconnected clients: the first at once, and then one line a minute
// with the number of others, until close.
type refusals struct {
	out    *slog.Logger
	mu     sync.Mutex
	lines  limit.Lines
	timer  *time.Timer // of flush; nil while no refusal waits for its line
	closed bool
	client net.Addr // of the last of them
	reason error
}

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

// close logs the last of the refusals. Later ones are not logged.
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
