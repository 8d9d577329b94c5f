package event

import "sync"

// Committed is a bounded queue of the events that this process has committed. A full queue drops
// new events; their reader finds them in the event log. Its methods may be called from any goroutine
// and do not block.
type Committed struct {
	mu     sync.Mutex
	events []Event
	bytes  int
	signal chan struct{}
}

// Bounds of the queue: events, and bytes of their data. A single event may be larger.
const (
	maxCommitted      = 4096
	maxCommittedBytes = 32 << 20
)

// NewCommitted returns an empty queue.
func NewCommitted() *Committed { return &Committed{signal: make(chan struct{}, 1)} }

// Add appends events.
func (c *Committed) Add(events []Event) {
	c.mu.Lock()
	for _, e := range events {
		if len(c.events) < maxCommitted && (c.bytes == 0 || c.bytes+len(e.Data) <= maxCommittedBytes) {
			c.events = append(c.events, e)
			c.bytes += len(e.Data)
		}
	}
	c.mu.Unlock()
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// Added returns a channel that receives a value after Add. Values coalesce.
func (c *Committed) Added() <-chan struct{} { return c.signal }

// Take removes and returns all events, in the order of Add.
func (c *Committed) Take() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := c.events
	c.events, c.bytes = nil, 0
	return events
}
