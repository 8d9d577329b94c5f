package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/backoff"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/limit"
)

const (
	fetchWait     = 500 * time.Millisecond // how long a broker may keep a fetch that finds nothing
	localWait     = 5 * time.Second        // the same of a broker in this process, which needs no liveness check: each answer costs CPU
	checkEvery    = 10 * time.Second       // between two reads of the number of partitions
	minPause      = 50 * time.Millisecond
	maxPause      = 2 * time.Second
	fetchSlack    = 2500 * time.Millisecond // beyond the wait, until a missing answer makes the consumer unhealthy
	offsetUnknown = int64(math.MaxInt64)    // an offset that has to be located
)

// errChanged ends a session that has to start again. It is not a failure.
var errChanged = errors.New("the number of partitions has changed")

// errSkipped ends a session too: the next one continues after the skipped batch.
var errSkipped = errors.New("a batch was skipped")

// Consumer reads every partition of the topic from the ends at Start, without a consumer group. It keeps
// its offsets in memory only. Records without a valid MAC, of another installation or epoch, and repeats
// are not delivered. Start and Run are for one goroutine; Health may be called from any.
type Consumer struct {
	cfg         Config
	dials       *dialErrors
	opts        []kgo.Opt
	next        map[int32]int64 // the next offset of each partition; nil before the first locate
	fetches     *fetchWatch
	unpack      *Unpacker
	macs        macs
	health      health
	undecodable prometheus.Counter
	resets      prometheus.Counter

	foreign    *prometheus.CounterVec
	foreignLog limit.Lines // limits log lines about foreign records
}

// Stream receives the events of a Consumer. Its methods do not block.
type Stream interface {
	// Epoch returns the epoch of the event log, "" while it is not known.
	Epoch() string
	// Has reports whether the stream has the event at that position, with that id.
	Has(at event.Position, id string) bool
	// Deliver receives events of the epoch. The slice belongs to the stream then.
	Deliver(events []event.Event)
}

// NewConsumer validates cfg. It opens no connection.
func NewConsumer(cfg Config) (*Consumer, error) {
	dials, fetches, unpack := new(dialErrors), new(fetchWatch), newFetchUnpacker()
	opts, err := cfg.options(dials)
	if err != nil {
		return nil, err
	}
	opts = append(opts, kgo.WithHooks(fetches), kgo.WithDecompressor(unpack), kgo.FetchMaxWait(cfg.fetchMaxWait()), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	if err := kgo.ValidateOpts(opts...); err != nil {
		return nil, fmt.Errorf("setting up the Kafka consumer: %w", err)
	}
	macs, err := newMACs(cfg.Secret, cfg.PreviousSecret)
	if err != nil {
		return nil, err
	}
	metrics := promauto.With(cfg.Registerer)
	foreign := metrics.NewCounterVec(prometheus.CounterOpts{Name: "wiredesk_kafka_foreign_records_total",
		Help: "Records on the topic that were not taken, by the reason: mac (missing or wrong), source (another installation), epoch (another history of the event log)."}, []string{"reason"})
	for _, reason := range []string{"mac", "source", "epoch"} {
		foreign.WithLabelValues(reason) // PromQL increase() ignores the first value of a series
	}
	return &Consumer{cfg: cfg, dials: dials, opts: opts, fetches: fetches, unpack: unpack, macs: macs, health: health{log: cfg.log()},
		undecodable: metrics.NewCounter(prometheus.CounterOpts{Name: "wiredesk_kafka_undecodable_records_total",
			Help: "Records of this installation on the topic that cannot be decoded and were skipped."}),
		foreign: foreign,
		resets: metrics.NewCounter(prometheus.CounterOpts{Name: "wiredesk_kafka_position_resets_total",
			Help: "Times that the offset to read next was no longer in a partition."}),
	}, nil
}

// Start sets the offsets to the current end of every partition, so that Run delivers all later events.
// After an error Run does the same once a broker answers.
func (c *Consumer) Start(ctx context.Context) error {
	client, err := kgo.NewClient(c.opts...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka consumer: %w", err)
	}
	defer client.Close()
	return c.cfg.describeError(c.dials, "looking for the Kafka topic", "DESCRIBE", c.locate(ctx, client))
}

// Run delivers events to a stream until ctx ends, and then returns nil. Events of one post are in order,
// events of different posts are not, and an event may be delivered twice. Deliver is called from this
// goroutine; the next records are read after it returns. Run retries every failure of the brokers.
func (c *Consumer) Run(ctx context.Context, to Stream) error {
	retry := backoff.Backoff{Min: minPause, Max: maxPause}
	for ctx.Err() == nil {
		began := time.Now()
		err := c.session(ctx, to)
		if ctx.Err() != nil {
			break
		}
		if !errors.Is(err, errChanged) && !errors.Is(err, errSkipped) {
			c.health.set(err)
		}
		if time.Since(began) > checkEvery {
			retry.Reset()
		}
		_ = retry.Wait(ctx) // its error is that of ctx
	}
	return nil
}

// session reads until an error, or until the offsets have to be located again: an offset is out of
// range, the topic was created again, or partitions were added.
func (c *Consumer) session(ctx context.Context, to Stream) error {
	if err := c.Start(ctx); err != nil {
		return err
	}
	at := make(map[int32]kgo.Offset, len(c.next))
	for p, offset := range c.next {
		at[p] = kgo.NewOffset().At(offset)
	}
	client, err := kgo.NewClient(append(c.opts, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.cfg.Topic: at}))...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka consumer: %w", err)
	}
	defer client.Close()
	c.health.partitions.Store(int64(len(at)))
	began := time.Now()
	checked := began
	for {
		if err := c.poll(ctx, client, to); err != nil {
			return err
		}
		if fetched := c.fetches.last(); !fetched.Before(began) {
			c.health.set(c.silentError(fetched))
		} else {
			c.health.setError(c.silentError(began))
		}
		if time.Since(checked) < checkEvery {
			continue
		}
		checked = time.Now()
		if b, err := topicBounds(ctx, client, c.cfg.Topic); err == nil && len(b.End) != len(at) {
			c.cfg.log().Info("number of partitions of the Kafka topic changed", "partitions", len(b.End))
			return errChanged
		}
	}
}

// silentError returns an error if no fetch was answered for longer than a broker may delay it.
func (c *Consumer) silentError(since time.Time) error {
	silent := time.Since(since)
	if silent <= c.cfg.fetchMaxWait()+fetchSlack {
		return nil
	}
	text := "Kafka has not answered for " + silent.Round(time.Second).String()
	if failed := c.dials.recent(); failed != nil {
		return fmt.Errorf("%s: %w", text, c.cfg.describeError(c.dials, "connecting", "READ", failed))
	}
	return errors.New(text)
}

// poll waits up to a second for records and delivers their events.
func (c *Consumer) poll(ctx context.Context, client *kgo.Client, to Stream) error {
	pollCtx, cancel := context.WithTimeout(ctx, time.Second)
	fetches := c.unpack.poll(pollCtx, client)
	nothing := pollCtx.Err() != nil
	cancel()
	var events []event.Event
	fetches.EachRecord(func(r *kgo.Record) {
		c.next[r.Partition] = r.Offset + 1
		if e, wanted := c.accept(r, to); wanted {
			events = append(events, e)
		}
	})
	skipped := false
	fetches.EachError(func(_ string, partition int32, err error) {
		var large *kgo.ErrDecompressTooLarge
		switch _, read := c.next[partition]; {
		case read && errors.As(err, &large):
			c.cfg.log().Warn("Kafka batch skipped: it has too many records, or too many bytes when decompressed",
				"partition", partition, "offset", large.Offset, "maxBytes", MaxUnpacked, "maxRecords", MaxRecords)
			c.undecodable.Inc()
			c.next[partition], skipped = large.NextOffset, true
		case read && unreadable(err):
			c.cfg.log().Warn("reading a Kafka record failed; continuing at the partition's end", "partition", partition, "error", err)
			c.resets.Inc()
			c.next[partition] = offsetUnknown
		}
	})
	if len(events) > 0 {
		to.Deliver(events)
	}
	if skipped {
		return errSkipped
	}
	if err := fetches.Err(); err != nil && !nothing {
		return c.cfg.describeError(c.dials, "reading the Kafka topic "+c.cfg.Topic, "READ", err)
	}
	return ctx.Err()
}

// accept returns the event of a record if the stream needs it. Repeats are detected by the headers,
// before the value is decoded: the stream has the events of most records already.
func (c *Consumer) accept(r *kgo.Record, to Stream) (e event.Event, wanted bool) {
	if !c.macs.valid(r) {
		c.refuse(r, "mac", errMAC)
		return e, false
	}
	if to.Has(headerPosition(r)) {
		return e, false
	}
	e, err := c.cfg.decode(r)
	switch {
	case errors.Is(err, errSource):
		c.refuse(r, "source", err)
	case err != nil:
		c.undecodable.Inc()
		c.cfg.log().Warn("Kafka record skipped: it cannot be decoded", "partition", r.Partition, "offset", r.Offset, "error", err)
	case to.Epoch() == "": // the stream has not read the event log yet
	case e.Epoch != to.Epoch():
		c.foreign.WithLabelValues("epoch").Inc() // as after the start of a new epoch; the MAC is valid, so it is no forgery
	default:
		return e, true
	}
	return e, false
}

// refuse counts a record of another writer, and logs it at most once a minute.
func (c *Consumer) refuse(r *kgo.Record, reason string, err error) {
	c.foreign.WithLabelValues(reason).Inc()
	n, due := c.foreignLog.Add(time.Now())
	if !due {
		return
	}
	c.cfg.log().Warn("Kafka record skipped: it is from another installation", "partition", r.Partition, "offset", r.Offset,
		"error", err, "records", n)
}

// locate sets the unknown offsets, and moves offsets that the topic no longer has into its bounds. The
// stream reads the events that such a jump skips from the database.
func (c *Consumer) locate(ctx context.Context, client *kgo.Client) error {
	b, err := topicBounds(ctx, client, c.cfg.Topic)
	if err != nil {
		return err
	}
	if c.next == nil {
		c.next = maps.Clone(b.End)
		return nil
	}
	for p, end := range b.End {
		at, known := c.next[p]
		if !known { // an added partition: read it from its start
			at = 0
		}
		c.next[p] = min(max(at, b.Start[p]), end)
		if known && at != offsetUnknown && c.next[p] != at {
			c.resets.Inc()
			c.cfg.log().Warn("Kafka topic no longer has the next offset; continuing at another",
				"partition", p, slog.Int64("from", at), slog.Int64("to", c.next[p]))
		}
	}
	maps.DeleteFunc(c.next, func(p int32, _ int64) bool { _, exists := b.End[p]; return !exists })
	return nil
}

// unreadable reports whether err is of a record that no retry can read, and not of a broker or the network.
func unreadable(err error) bool {
	var answer *kerr.Error
	var lost *kgo.ErrDataLoss
	var network net.Error
	return !errors.As(err, &answer) && !errors.As(err, &lost) && !errors.As(err, &network) &&
		!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
