package kafka

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Producer publishes events. Its methods are for one goroutine at a time.
type Producer struct {
	cfg     Config
	opts    []kgo.Opt
	client  *kgo.Client // nil until it is needed, and again after each failure
	ensured bool        // the topic was there and no failure has put that in doubt
	told    bool        // a difference between topic and configuration was logged
}

// NewProducer checks cfg and connects to nothing yet.
func NewProducer(cfg Config) (*Producer, error) {
	opts, err := cfg.options()
	if err != nil {
		return nil, err
	}
	opts = append(opts, kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(0), kgo.ProducerBatchMaxBytes(maxBatchBytes), kgo.UnknownTopicRetries(20))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("setting up the Kafka producer: %w", err)
	}
	return &Producer{cfg: cfg, opts: opts, client: client}, nil
}

// Close ends what is under way. The Producer may be used again afterwards.
func (p *Producer) Close() {
	if p.client != nil {
		p.client.Close()
		p.client = nil
	}
	p.ensured = false
}

// EnsureTopic creates the topic when it is missing. One that exists is used as
// it is, and differences to the configuration are logged once.
func (p *Producer) EnsureTopic(ctx context.Context) error {
	if p.ensured {
		return nil
	}
	// A client of its own, as clients remember for a while that a topic was missing.
	client, err := kgo.NewClient(p.opts...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka producer: %w", err)
	}
	defer client.Close()
	difference, err := ensureTopic(ctx, client, p.cfg)
	if err != nil {
		return err
	}
	if len(difference) > 0 && !p.told {
		p.told = true
		p.cfg.log().Warn("the Kafka topic exists with other settings and is used as it is", append(difference, "topic", p.cfg.Topic)...)
	}
	p.ensured = true
	return nil
}

// Publish returns nil when every event is acknowledged by all in-sync replicas.
// Events with the same post keep their order. While brokers are away it waits
// for them, until ctx ends. After an error some of the events may be on the
// topic all the same, but none is still on its way there from here.
func (p *Producer) Publish(ctx context.Context, events []event.Event) error {
	records, err := records(p.cfg.Topic, events)
	if err != nil {
		return err
	}
	if err := p.EnsureTopic(ctx); err != nil {
		return err
	}
	client, err := p.connect()
	if err != nil {
		return err
	}
	answers := make(chan error, len(records)) // bounded by what is sent here, so promises never wait
	for _, r := range records {
		client.Produce(ctx, r, func(_ *kgo.Record, err error) { answers <- err })
	}
	for range records {
		select {
		case err = <-answers:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			// A client with undecided records would send them later, behind newer ones.
			p.Close()
			return fmt.Errorf("publishing to the Kafka topic %s: %w", p.cfg.Topic, err)
		}
	}
	return nil
}

func records(topic string, events []event.Event) ([]*kgo.Record, error) {
	header := []kgo.RecordHeader{{Key: "content-type", Value: []byte(event.ContentType)}}
	records := make([]*kgo.Record, len(events))
	for i, e := range events {
		value, err := event.EncodeCloud(e)
		if err != nil {
			return nil, err
		}
		records[i] = &kgo.Record{Topic: topic, Key: strconv.AppendInt(nil, e.PostID, 10), Value: value, Headers: header}
	}
	return records, nil
}

func (p *Producer) connect() (*kgo.Client, error) {
	if p.client == nil {
		client, err := kgo.NewClient(p.opts...)
		if err != nil {
			return nil, fmt.Errorf("setting up the Kafka producer: %w", err)
		}
		p.client = client
	}
	return p.client, nil
}
