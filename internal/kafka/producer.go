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

// Producer publishes events. Its methods, but for Trouble, are for one goroutine at a time.
type Producer struct {
	cfg             Config
	dials           *dialErrors
	opts            []kgo.Opt
	macs            macs
	client          *kgo.Client            // nil until it is needed, and again after each failure
	ensured         bool                   // the topic was there and no failure has put that in doubt
	loggedDiff      bool                   // a difference between topic and configuration was logged
	loggedTailError bool                   // that the topic's end cannot be read was logged
	blockedReason   atomic.Pointer[string] // what holds up the publishing that is under way
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

// NewProducer checks cfg and connects to nothing yet.
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

// Publish returns nil when every event is acknowledged by all in-sync replicas.
// Events with the same post keep their order. While brokers are away it waits
// for them, until ctx ends. After an error some of the events may be on the
// topic all the same, but none is still on its way there from here.
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
	answers := make(chan error, len(records)) // bounded by what is sent here, so promises never wait
	for _, r := range records {
		client.Produce(ctx, r, func(_ *kgo.Record, err error) { answers <- err })
	}
	if err := p.await(ctx, answers, len(records)); err != nil {
		// A client with undecided records would send them later, behind newer ones.
		p.Close()
		return p.cfg.describeError(p.dials, "publishing to the Kafka topic "+p.cfg.Topic, "WRITE", err)
	}
	return nil
}

// await returns when n records are acknowledged, or with what happened to the first that is not.
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

// watch finds out what holds up the publishing, if it takes so long, for Trouble.
// The client asks again for ever and does not say why.
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
		case err != nil: // Trouble tells of connections that were not made
			p.blockedReason.Store(nil)
		case why != "":
			p.blockedReason.Store(&why)
		}
	}
}

// Trouble returns what keeps Kafka from answering, in words for people, or "" when
// nothing is known to. It may be called from any goroutine, and costs nothing.
func (p *Producer) BlockedReason() string {
	if why := p.blockedReason.Load(); why != nil {
		return *why
	}
	if failed := p.dials.recent(); failed != nil {
		return p.cfg.describeError(p.dials, "connecting to Kafka", "DESCRIBE", failed).Error()
	}
	return ""
}

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
