package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

// refillTime bounds the wait for the relay to empty the topic, and then for the next published event.
const refillTime = 2 * time.Minute

// refill requests that the leader of the relay empties the topic and publishes the event log again, and waits until it
// has. When no server uses the topic's broker, the command runs a relay itself.
func (r redactTool) refill(ctx context.Context) error {
	request, err := r.services.store.RequestRefill(ctx)
	if err != nil {
		return err
	}
	stop, err := r.startRelay()
	if err != nil {
		return err
	}
	defer stop()
	refused, err := r.awaitEmpty(ctx, request)
	if err != nil {
		return err
	}
	if refused {
		return fmt.Errorf(`the records of the topic %[1]s still hold the text: Kafka refused to delete them. Fix: grant the user of Wiredesk
the operation DELETE on the topic and run 'wiredesk redact --refill'. Or stop all servers, delete the topic
as a Kafka administrator (kafka-topics.sh --delete --topic %[1]s), and start the servers: they create and fill it`, r.cfg.kafka.Topic)
	}
	events, err := r.awaitPublished(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.stdout, "The topic %s was emptied and filled again, up to event %d.\n", r.cfg.kafka.Topic, events)
	return nil
}

// startRelay runs a relay in this process, unless a server runs the embedded broker.
func (r redactTool) startRelay() (stop func(), err error) {
	cfg := r.services.kafka(r.cfg)
	cfg.Logger = r.cfg.logger(r.env)
	closeBroker := func() {}
	if r.cfg.kafkaEmbedded {
		broker, err := embedded.Open(embedded.Config{Dir: filepath.Join(r.cfg.dataDir, "kafka"), Logger: cfg.Logger})
		if errors.Is(err, embedded.ErrInUse) {
			return closeBroker, nil
		}
		if err != nil {
			return nil, err
		}
		cfg, closeBroker = broker.ClientConfig(cfg), func() { broker.Close() }
	}
	producer, err := kafka.NewProducer(cfg)
	if err != nil {
		closeBroker()
		return nil, err
	}
	// Not the node's name: with that the relay would take over the lease of a running server.
	relay := outbox.NewRelay(r.services.store, producer, r.services.store, outbox.Config{Holder: r.cfg.node + " redact", Logger: cfg.Logger})
	running := start("relay", relay.Run, func(error) {})
	return func() {
		running.stop()
		producer.Close()
		closeBroker()
	}, nil
}

// awaitEmpty waits until the relay has emptied the topic, or Kafka has refused it.
func (r redactTool) awaitEmpty(ctx context.Context, request int64) (refused bool, err error) {
	for deadline := time.Now().Add(refillTime); ; {
		_, done, refused, err := r.services.store.Refill(ctx)
		if err != nil || done >= request {
			return refused, err
		}
		if time.Now().After(deadline) {
			return false, fmt.Errorf("the records of the topic %s still hold the text: no server emptied the topic within %s; the next relay leader will, "+
				"and log it; 'wiredesk redact --refill' waits for it again", r.cfg.kafka.Topic, refillTime)
		}
		if err := pauseRefill(ctx); err != nil {
			return false, err
		}
	}
}

// awaitPublished waits until the topic has the events up to the present head of the log.
func (r redactTool) awaitPublished(ctx context.Context) (head int64, err error) {
	if head, err = r.services.store.Head(ctx); err != nil {
		return 0, err
	}
	before, moved := int64(-1), time.Now()
	for {
		published, err := r.services.store.Watermark(ctx)
		if err != nil || published >= head {
			return head, err
		}
		if published != before {
			before, moved = published, time.Now()
		}
		if time.Since(moved) > refillTime {
			return 0, fmt.Errorf("the topic was emptied, but only events up to %d of %d are published: see the server log", published, head)
		}
		if err := pauseRefill(ctx); err != nil {
			return 0, err
		}
	}
}

func pauseRefill(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(100 * time.Millisecond):
		return nil
	}
}
