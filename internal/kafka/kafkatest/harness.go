package kafkatest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TopicName is the topic of Config; Epoch is the epoch of Events.
const (
	TopicName = "blog-events"
	Epoch     = "k3v9q2mdxa"
)

// LogBuffer collects the lines of a logger.
type LogBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends to the buffer.
func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns all lines.
func (l *LogBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Logger returns a logger that writes to the buffer.
func (l *LogBuffer) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// Open opens an embedded broker. The caller closes it.
func Open(t testing.TB, cfg embedded.Config) *embedded.Broker {
	t.Helper()
	broker, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return broker
}

// Close closes the broker, and fails the test on an error.
func Close(t testing.TB, broker *embedded.Broker) {
	t.Helper()
	if err := broker.Close(); err != nil {
		t.Error(err)
	}
}

// Config returns the configuration of clients of the broker.
func Config(broker *embedded.Broker) kafka.Config {
	return broker.ClientConfig(kafka.Config{Topic: TopicName, Partitions: 3, Registerer: prometheus.NewRegistry()})
}

// NewProducer returns a producer whose topic exists.
func NewProducer(t testing.TB, cfg kafka.Config) *kafka.Producer {
	t.Helper()
	p, err := kafka.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.EnsureTopic(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// NewClient returns a client of the same brokers that is independent of package kafka.
func NewClient(t testing.TB, cfg kafka.Config, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append(opts, kgo.SeedBrokers(cfg.Brokers...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if cfg.Dialer != nil {
		opts = append(opts, kgo.Dialer(cfg.Dialer))
	}
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Events returns events with the numbers first to last, of three posts in turn.
func Events(first, last int64) []event.Event {
	var list []event.Event
	for seq := first; seq <= last; seq++ {
		list = append(list, event.Event{Epoch: Epoch, Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: seq%3 + 1, Version: seq,
			Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Actor: event.Actor{ID: 1, Name: "Ana"}, Changed: []string{"title"},
			Data: json.RawMessage(fmt.Sprintf(`{"id":%d,"title":"T","version":%d}`, seq%3+1, seq))})
	}
	return list
}

// Publish publishes the events.
func Publish(t testing.TB, p *kafka.Producer, list []event.Event) {
	t.Helper()
	if err := p.Publish(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// RunningConsumer is a consumer with the goroutine of its Run.
type RunningConsumer struct {
	*kafka.Consumer
	Delivered chan event.Event // up to 1000 events

	stop context.CancelFunc
	done chan error
}

// Consume starts and runs a consumer.
func Consume(t testing.TB, cfg kafka.Config) *RunningConsumer {
	t.Helper()
	c, err := kafka.NewConsumer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return Run(t, c)
}

// Run runs a consumer after its Start.
func Run(t testing.TB, c *kafka.Consumer) *RunningConsumer {
	delivered := make(chan event.Event, 1000)
	r := RunTo(t, c, Sink{LogEpoch: Epoch, Take: func(list []event.Event) {
		for _, e := range list {
			delivered <- e
		}
	}})
	r.Delivered = delivered
	return r
}

// RunTo runs a consumer after its Start, and delivers to a stream.
func RunTo(t testing.TB, c *kafka.Consumer, to kafka.Stream) *RunningConsumer {
	ctx, stop := context.WithCancel(t.Context())
	r := &RunningConsumer{Consumer: c, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- c.Run(ctx, to) }()
	return r
}

// Close stops the consumer and waits for its goroutine.
func (r *RunningConsumer) Close(t testing.TB) {
	t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

// AwaitHealth waits until the consumer is healthy, or unhealthy.
func (r *RunningConsumer) AwaitHealth(t testing.TB, healthy bool) {
	t.Helper()
	testkit.Eventually(t, fmt.Sprintf("healthy is %t", healthy), func() bool {
		_, err := r.Health()
		return (err == nil) == healthy
	})
}

// Next returns the numbers of the next n events, sorted, as only the events of one post are ordered.
func (r *RunningConsumer) Next(t testing.TB, n int) []int64 {
	t.Helper()
	var seqs []int64
	byPost := map[int64]int64{}
	for range n {
		select {
		case e := <-r.Delivered:
			if byPost[e.PostID] > e.Seq {
				t.Errorf("post %d: event %d follows %d", e.PostID, e.Seq, byPost[e.PostID])
			}
			byPost[e.PostID] = e.Seq
			seqs = append(seqs, e.Seq)
		case <-time.After(30 * time.Second):
			t.Fatalf("%d of %d events were delivered", len(seqs), n)
		}
	}
	slices.Sort(seqs)
	return seqs
}

// Span returns the numbers first to last.
func Span(first, last int64) []int64 {
	var seqs []int64
	for s := first; s <= last; s++ {
		seqs = append(seqs, s)
	}
	return seqs
}

// Want fails the test unless got equals want.
func Want[T any](t testing.TB, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Tail returns the tail of Events on the topic: From, and the sorted numbers.
func Tail(t testing.TB, p *kafka.Producer, last int) (from int64, seqs []int64) {
	t.Helper()
	tail, err := p.Tail(t.Context(), Epoch, last)
	if err != nil {
		t.Fatal(err)
	}
	for seq, id := range tail.IDs {
		if id != "id-"+strconv.FormatInt(seq, 10) {
			t.Errorf("event %d has the id %s", seq, id)
		}
	}
	return tail.From, slices.Sorted(maps.Keys(tail.IDs))
}

// Offsets returns the first and the next offset of each partition.
func Offsets(t testing.TB, c *kgo.Client, topic string) (start, end map[int32]int64) {
	t.Helper()
	admin := kadm.NewClient(c)
	collect := func(listed kadm.ListedOffsets, err error) map[int32]int64 {
		if err != nil {
			t.Fatal(err)
		}
		m := map[int32]int64{}
		for p, o := range listed[topic] {
			m[p] = o.Offset
		}
		return m
	}
	return collect(admin.ListStartOffsets(t.Context(), topic)), collect(admin.ListEndOffsets(t.Context(), topic))
}
