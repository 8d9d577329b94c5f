package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Health tells whether brokers answer, from what was last seen of them. detail
// is for people; err is nil when all is well. It costs nothing.
func (c *Consumer) Health() (detail string, err error) {
	detail = fmt.Sprintf("%d partitions of %s", c.pulse.partitions.Load(), c.cfg.Topic)
	if err := c.pulse.check(); err != nil {
		return detail, err
	}
	if c.cfg.broker != nil {
		return detail, c.cfg.broker()
	}
	return detail, nil
}

// pulse watches the consumer's fetches: a broker that lives answers one at least every fetchWait.
type pulse struct {
	partitions atomic.Int64
	fetched    atomic.Int64          // when a fetch was last answered, in Unix nanoseconds; 0 for never
	refused    atomic.Pointer[error] // why the last connection was not made
	silent     bool                  // what was last logged; only for tell's caller
}

// OnBrokerE2E is called by the client for each request.
func (p *pulse) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	if key == int16(kmsg.Fetch) && e2e.Err() == nil {
		p.fetched.Store(time.Now().UnixNano())
	}
}

// OnBrokerConnect is called by the client for each attempt to connect.
func (p *pulse) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		p.refused.Store(&err)
	}
}

func (p *pulse) check() error {
	at := p.fetched.Load()
	silence := time.Since(time.Unix(0, at))
	if at != 0 && silence <= healthyWithin {
		return nil
	}
	text := "no broker has answered yet"
	if at != 0 {
		text = "no broker has answered for " + silence.Round(time.Second).String()
	}
	if refused := p.refused.Load(); refused != nil {
		return fmt.Errorf("%s: %w", text, *refused)
	}
	return errors.New(text)
}

// tell logs when brokers fall silent and when they are back.
func (p *pulse) tell(log *slog.Logger) {
	if p.fetched.Load() == 0 {
		return
	}
	err := p.check()
	switch silent := err != nil; {
	case silent && !p.silent:
		log.Warn("Kafka does not answer; events are read from the database meanwhile", "error", err)
	case !silent && p.silent:
		log.Info("Kafka answers again")
	}
	p.silent = err != nil
}
