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

// Health tells whether the topic can be read, as it was a second ago. detail
// is for people; err is nil when all is well. It costs nothing.
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

// health is what Health tells. The consumer's goroutine notes it.
type health struct {
	log        *slog.Logger
	partitions atomic.Int64
	state      atomic.Pointer[state] // nil: not known yet
}

type state struct{ err error }

// note keeps why the topic cannot be read, or that it can, and logs when that changes.
func (h *health) set(err error) {
	before := h.state.Swap(&state{err})
	ill := before != nil && before.err != nil
	switch {
	case err != nil && !ill:
		h.log.Warn("reading from Kafka failed; delivering events from the database", "error", err)
	case err == nil && ill:
		h.log.Info("reading from Kafka again")
	}
}

// setError is note for those who cannot tell that all is well.
func (h *health) setError(err error) {
	if err != nil {
		h.set(err)
	}
}

// pulse watches the consumer's fetches: a broker that lives answers one at least every Config.wait.
type fetchWatch struct{ fetched atomic.Int64 } // when one was last answered, in Unix nanoseconds; 0 for never

// OnBrokerE2E is called by the client for each request.
func (p *fetchWatch) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	if key == int16(kmsg.Fetch) && e2e.Err() == nil {
		p.fetched.Store(time.Now().UnixNano())
	}
}

// last returns when a fetch was last answered.
func (p *fetchWatch) last() time.Time { return time.Unix(0, p.fetched.Load()) }
