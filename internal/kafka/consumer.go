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

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/limit"
)

const (
	fetchWait     = 500 * time.Millisecond // how long a broker may keep a fetch that finds nothing
	localWait     = 5 * time.Second        // … the embedded one, which cannot be cut off: each answer costs CPU
	checkEvery    = 10 * time.Second       // how soon new partitions are noticed
	minPause      = 50 * time.Millisecond
	maxPause      = 2 * time.Second
	fetchSlack    = 2500 * time.Millisecond // beyond the wait, until a missing answer to a fetch is reported
	offsetUnknown = int64(math.MaxInt64)    // a position that is still to be looked up
)

// errChanged ends a session that has to begin anew, without being a trouble.
var errChanged = errors.New("the number of partitions has changed")

// errSkipped ends a session too: the next one reads on behind a batch.
var errSkipped = errors.New("a batch was skipped")

// Consumer reads every partition of the topic from now on, without a group.
type Consumer struct {
	cfg         Config
	dials       *dialErrors
	opts        []kgo.Opt
	next        map[int32]int64 // the offset to read next; nil until the topic was seen
	fetches     *fetchWatch
	unpack      *Unpacker
	macs        macs
	health      health
	undecodable prometheus.Counter
	resets      prometheus.Counter

	foreign    *prometheus.CounterVec
	foreignLog limit.Lines // of the log, about foreign records
}

// Stream takes the events that a Consumer reads. Its methods return at once.
type Stream interface {
	// Epoch returns the epoch of the event log, "" while it is not known.
	Epoch() string
	// Has reports whether the stream has the event at that place, with that id.
	Has(at event.Position, id string) bool
	// Deliver takes events of the epoch. It may keep the slice.
	Deliver(events []event.Event)
}

// NewConsumer checks cfg and connects to nothing yet.
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
		foreign.WithLabelValues(reason) // increase() does not see the first value of a series
	}
	return &Consumer{cfg: cfg, dials: dials, opts: opts, fetches: fetches, unpack: unpack, macs: macs, health: health{log: cfg.log()},
		undecodable: metrics.NewCounter(prometheus.CounterOpts{Name: "wiredesk_kafka_undecodable_records_total",
			Help: "Records of this installation on the topic that cannot be decoded and were skipped."}),
		foreign: foreign,
		resets: metrics.NewCounter(prometheus.CounterOpts{Name: "wiredesk_kafka_position_resets_total",
			Help: "Times that the offset to read next was no longer in a partition."}),
	}, nil
}

// Start fixes the position at the present end of every partition: what is
// published from now on will be delivered. After an error Run does the same as
// soon as a broker answers.
func (c *Consumer) Start(ctx context.Context) error {
	client, err := kgo.NewClient(c.opts...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka consumer: %w", err)
	}
	defer client.Close()
	return c.cfg.describeError(c.dials, "looking for the Kafka topic", "DESCRIBE", c.locate(ctx, client))
}

// Run delivers events until ctx ends, and returns nil then. Each post's events
// are in order, different posts' are not, and an event may come twice. deliver
// is called by one goroutine; the next records are read when it returns. No
// failure of a broker ends Run. Records that this installation did not make, and those of another
// epoch, are counted and not delivered, and so are repeats of events that the stream has.
func (c *Consumer) Run(ctx context.Context, to Stream) error {
	pause := minPause
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
			pause = minPause
		}
		sleep(ctx, pause)
		pause = min(2*pause, maxPause)
	}
	return nil
}

// session reads until something has to be looked at anew: a position that is
// out of range, a topic that was made anew, or partitions that were added.
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

// silence returns an error when brokers have not answered for long.
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

// poll waits for records, but not for ever, and delivers them.
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
				"partition", partition, "offset", large.Offset, "maxBytes", MaxUnpacked, "MaxRecords", MaxRecords)
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

// take returns the event of a record, if the stream wants it. Repeats are found by the headers,
// before their JSON is decoded: most records are of events that the stream has.
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
	case to.Epoch() == "": // the stream begins with the log's events
	case e.Epoch != to.Epoch():
		c.foreign.WithLabelValues("epoch").Inc() // as after the start of a new epoch; nobody can forge it
	default:
		return e, true
	}
	return e, false
}

func (c *Consumer) refuse(r *kgo.Record, reason string, err error) {
	c.foreign.WithLabelValues(reason).Inc()
	n, due := c.foreignLog.Add(time.Now())
	if !due {
		return
	}
	c.cfg.log().Warn("Kafka record skipped: it is from another installation", "partition", r.Partition, "offset", r.Offset,
		"error", err, "records", n)
}

// locate sets the positions that are not known yet and repairs those that the
// topic no longer has. What such a jump leaves out, the caller finds in the database.
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
		if !known { // a partition that was added: all of it is news
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

// unreadable tells a record that nobody can get past from what a broker or the network answers.
func unreadable(err error) bool {
	var answer *kerr.Error
	var lost *kgo.ErrDataLoss
	var network net.Error
	return !errors.As(err, &answer) && !errors.As(err, &lost) && !errors.As(err, &network) &&
		!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
