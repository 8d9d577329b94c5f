package event

import "sync"

// Committed keeps events that this process has committed until they are taken, so that they need
// not be read from the log again. It holds a bounded number and amount: what it has no room for
// is found in the log. Its methods may be called from any goroutine and return at once.
type Committed struct {
	mu     sync.Mutex
	events []Event
	bytes  int
	signal chan struct{}
}

// The most that is kept. One event may be larger.
const (
	maxCommitted      = 4096
	maxCommittedBytes = 32 << 20
)

// NewCommitted returns an empty one.
func NewCommitted() *Committed { return &Committed{signal: make(chan struct{}, 1)} }

// Add keeps events that were committed.
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

// Added is signalled after Add.
func (c *Committed) Added() <-chan struct{} { return c.signal }

// Take returns what was kept, and keeps it no longer.
func (c *Committed) Take() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := c.events
	c.events, c.bytes = nil, 0
	return events
}
