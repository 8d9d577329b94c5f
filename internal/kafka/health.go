package kafka

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var errConnecting = errors.New("it is being asked")

// Health returns whether the topic can be read, as of the last second, from memory. detail describes
// the subscription, for operators; err is nil if the consumer is healthy.
func (c *Consumer) Health() (detail string, err error) {
	detail = fmt.Sprintf("%d partitions of %s", c.health.partitions.Load(), c.cfg.Topic)
	switch state := c.health.state.Load(); {
	case state == nil:
		return detail, c.cfg.describeError(c.dials, "no broker has answered yet", "DESCRIBE", cmp.Or(c.dials.recent(), errConnecting))
	case state.err != nil:
		return detail, state.err
	case c.cfg.Local != nil:
		return detail, c.cfg.Local.Health()
	}
	return detail, nil
}

// health is the state for Health. The goroutine of Run sets it.
type health struct {
	log        *slog.Logger
	partitions atomic.Int64
	state      atomic.Pointer[state] // nil: not known yet
}

// state is the result of the last set.
type state struct{ err error }

// set stores the error of reading the topic, nil: none, and logs a change between healthy and unhealthy.
func (h *health) set(err error) {
	before := h.state.Swap(&state{err})
	unhealthy := before != nil && before.err != nil
	switch {
	case err != nil && !unhealthy:
		h.log.Warn("reading from Kafka failed; delivering events from the database", "error", err)
	case err == nil && unhealthy:
		h.log.Info("reading from Kafka again")
	}
}

// setError calls set unless err is nil, for callers that cannot decide that the consumer is healthy.
func (h *health) setError(err error) {
	if err != nil {
		h.set(err)
	}
}

// fetchWatch records when a fetch was last answered. A working broker answers one at least every
// fetchMaxWait.
type fetchWatch struct{ fetched atomic.Int64 } // Unix nanoseconds; 0: never

// OnBrokerE2E is called by the client for each request.
func (p *fetchWatch) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	if key == int16(kmsg.Fetch) && e2e.Err() == nil {
		p.fetched.Store(time.Now().UnixNano())
	}
}

// last returns when a fetch was last answered.
func (p *fetchWatch) last() time.Time { return time.Unix(0, p.fetched.Load()) }
