package kafka

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Producer publishes events to the topic. Only the leading node uses one. It keeps a client between
// batches, and drops it after each failure, so that a record of a failed batch cannot be sent later. Its
// methods, except BlockedReason, are for one goroutine at a time.
type Producer struct {
	cfg             Config
	dials           *dialErrors
	opts            []kgo.Opt
	macs            macs
	client          *kgo.Client            // nil before the first use and after a failure
	ensured         bool                   // the topic exists, and no failure has occurred since
	loggedDiff      bool                   // the differences of topic and configuration were logged
	loggedTailError bool                   // a failure to read the tail was logged
	blockedReason   atomic.Pointer[string] // the reason for the delay of the running Publish; nil: none known
}

// compressions are the codecs by their names. Every client reads gzip without extras. The
// fastest level of gzip takes 0.6 of the CPU time of the default one; a record of a post is 9 %
// larger with it, and a batch of 100 records 15 % (docs/benchmarks.md).
var compressions = map[string]kgo.CompressionCodec{
	"":     kgo.GzipCompression().WithLevel(1),
	"gzip": kgo.GzipCompression().WithLevel(1),
	"lz4":  kgo.Lz4Compression(),
	"zstd": kgo.ZstdCompression(),
	"none": kgo.NoCompression(),
}

// NewProducer validates cfg. It opens no connection.
func NewProducer(cfg Config) (*Producer, error) {
	dials := new(dialErrors)
	opts, err := cfg.options(dials)
	if err != nil {
		return nil, err
	}
	codec, ok := compressions[cfg.Compression]
	if !ok {
		return nil, fmt.Errorf("setting up the Kafka producer: there is no compression %q", cfg.Compression)
	}
	macs, err := newMACs(cfg.Secret, cfg.PreviousSecret)
	if err != nil {
		return nil, err
	}
	opts = append(opts, kgo.ProducerBatchCompression(codec), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProduceRequestTimeout(produceTimeout), kgo.ProducerLinger(0),
		kgo.ProducerBatchMaxBytes(MaxBatchBytes), kgo.UnknownTopicRetries(10))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("setting up the Kafka producer: %w", err)
	}
	return &Producer{cfg: cfg, dials: dials, opts: opts, macs: macs, client: client}, nil
}

// Close closes the connections. The Producer may be used again afterwards.
func (p *Producer) Close() {
	if p.client != nil {
		p.client.Close()
		p.client = nil
	}
	p.ensured = false
}

// EnsureTopic creates a missing topic. An existing one is not changed; its differences from the
// configuration are logged once.
func (p *Producer) EnsureTopic(ctx context.Context) error {
	if p.ensured {
		return nil
	}
	// A new client, as clients cache for a while that a topic was missing.
	client, err := kgo.NewClient(p.opts...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka producer: %w", err)
	}
	defer client.Close()
	differences, err := ensureTopic(ctx, client, p.cfg, p.dials)
	if err != nil {
		return err
	}
	if len(differences) > 0 && !p.loggedDiff {
		p.loggedDiff = true
		p.cfg.log().Warn("Kafka topic exists with other settings; using it as it is", append(differences, "topic", p.cfg.Topic)...)
	}
	p.ensured = true
	return nil
}

// Publish returns nil when all in-sync replicas have acknowledged every event. Events of one post keep
// their order. It waits for unavailable brokers until ctx ends. After an error some of the events may be
// on the topic, but none is in flight any more.
func (p *Producer) Publish(ctx context.Context, events []event.Event) error {
	records, err := p.records(events)
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
	answers := make(chan error, len(records)) // one slot per record, so promises do not block
	for _, r := range records {
		client.Produce(ctx, r, func(_ *kgo.Record, err error) { answers <- err })
	}
	if err := p.await(ctx, answers, len(records)); err != nil {
		// Otherwise the client would send its undecided records later, after newer ones.
		p.Close()
		return p.cfg.describeError(p.dials, "publishing to the Kafka topic "+p.cfg.Topic, "WRITE", err)
	}
	return nil
}

// await returns when n records are acknowledged, or the error of the first that is not.
func (p *Producer) await(ctx context.Context, answers <-chan error, n int) error {
	watchCtx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(watchCtx, p.client) })
	defer watching.Wait()
	defer cancel()
	for range n {
		select {
		case err := <-answers:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// watch sets blockedReason while Publish waits longer than 1.5 s. The client repeats requests without a
// limit and does not report the reason.
func (p *Producer) watch(ctx context.Context, client *kgo.Client) {
	defer p.blockedReason.Store(nil)
	for {
		sleep(ctx, 3*time.Second/2)
		if ctx.Err() != nil {
			return
		}
		askCtx, cancel := context.WithTimeout(ctx, 3*time.Second)
		why, err := unwritableReason(askCtx, kadm.NewClient(client), p.cfg.Topic)
		cancel()
		switch {
		case err != nil: // BlockedReason returns failed dials
			p.blockedReason.Store(nil)
		case why != "":
			p.blockedReason.Store(&why)
		}
	}
}

// BlockedReason returns, for operators, what delays the running call, or "" if nothing is known. It may
// be called from any goroutine and does not block.
func (p *Producer) BlockedReason() string {
	if why := p.blockedReason.Load(); why != nil {
		return *why
	}
	if failed := p.dials.recent(); failed != nil {
		return p.cfg.describeError(p.dials, "connecting to Kafka", "DESCRIBE", failed).Error()
	}
	return ""
}

// records encodes the events.
func (p *Producer) records(events []event.Event) ([]*kgo.Record, error) {
	records := make([]*kgo.Record, len(events))
	for i, e := range events {
		var err error
		if records[i], err = p.cfg.newRecord(p.macs, e); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// connect returns the client, a new one after a failure.
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
