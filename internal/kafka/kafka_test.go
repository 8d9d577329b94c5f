package kafka_test

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
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

const topic = "blog-events"

// logbook collects what is logged.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func open(t testing.TB, cfg kafka.EmbeddedConfig) *kafka.Embedded {
	t.Helper()
	broker, err := kafka.OpenEmbedded(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return broker
}

func closeBroker(t testing.TB, broker *kafka.Embedded) {
	t.Helper()
	if err := broker.Close(); err != nil {
		t.Error(err)
	}
}

func config(broker *kafka.Embedded) kafka.Config {
	return broker.Apply(kafka.Config{Topic: topic, Partitions: 3, Registerer: prometheus.NewRegistry()})
}

func producer(t testing.TB, cfg kafka.Config) *kafka.Producer {
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

// client is somebody else's client of the same broker.
func client(t testing.TB, cfg kafka.Config, opts ...kgo.Opt) *kgo.Client {
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

const epoch = "k3v9q2mdxa" // of the events

// events makes events from seq first to last, of three posts in turn.
func events(first, last int64) []event.Event {
	var list []event.Event
	for seq := first; seq <= last; seq++ {
		list = append(list, event.Event{Epoch: epoch, Seq: seq, ID: fmt.Sprintf("id-%d", seq), Type: event.Updated, PostID: seq%3 + 1, Version: seq,
			Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Actor: event.Actor{ID: 1, Name: "Ana"}, Changed: []string{"title"},
			Data: json.RawMessage(fmt.Sprintf(`{"id":%d,"title":"T","version":%d}`, seq%3+1, seq))})
	}
	return list
}

func publish(t testing.TB, p *kafka.Producer, list []event.Event) {
	t.Helper()
	if err := p.Publish(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// reading is a running consumer and what it delivered.
type reading struct {
	*kafka.Consumer
	got  chan event.Event
	stop context.CancelFunc
	done chan error
}

func read(t testing.TB, cfg kafka.Config) *reading {
	t.Helper()
	c, err := kafka.NewConsumer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return run(t, c)
}

// run runs a consumer that was started before.
func run(t testing.TB, c *kafka.Consumer) *reading {
	got := make(chan event.Event, 1000)
	r := runTo(t, c, kafkatest.Sink{LogEpoch: epoch, Take: func(list []event.Event) {
		for _, e := range list {
			got <- e
		}
	}})
	r.got = got
	return r
}

// runTo runs a consumer that was started before and delivers to a stream.
func runTo(t testing.TB, c *kafka.Consumer, to kafka.Stream) *reading {
	ctx, stop := context.WithCancel(t.Context())
	r := &reading{Consumer: c, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- c.Run(ctx, to) }()
	return r
}

func (r *reading) close(t testing.TB) {
	t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

// becomes waits until the consumer is well, or ill.
func (r *reading) becomes(t testing.TB, well bool) {
	t.Helper()
	kafkatest.Eventually(t, fmt.Sprintf("health is %t", well), func() bool {
		_, err := r.Health()
		return (err == nil) == well
	})
}

// next returns the seqs of the next n events, sorted, as different posts come in any order.
func (r *reading) next(t testing.TB, n int) []int64 {
	t.Helper()
	var seqs []int64
	byPost := map[int64]int64{}
	for range n {
		select {
		case e := <-r.got:
			if byPost[e.PostID] > e.Seq {
				t.Errorf("post %d: event %d came after %d", e.PostID, e.Seq, byPost[e.PostID])
			}
			byPost[e.PostID] = e.Seq
			seqs = append(seqs, e.Seq)
		case <-time.After(30 * time.Second):
			t.Fatalf("only %d of %d events came", len(seqs), n)
		}
	}
	slices.Sort(seqs)
	return seqs
}

func span(first, last int64) []int64 {
	var seqs []int64
	for s := first; s <= last; s++ {
		seqs = append(seqs, s)
	}
	return seqs
}

func want[T any](t testing.TB, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func tail(t testing.TB, p *kafka.Producer, last int) (from int64, seqs []int64) {
	t.Helper()
	tail, err := p.Tail(t.Context(), epoch, last)
	from, ids := tail.From, tail.IDs
	if err != nil {
		t.Fatal(err)
	}
	for seq, id := range ids {
		if id != "id-"+strconv.FormatInt(seq, 10) {
			t.Errorf("event %d has the id %s", seq, id)
		}
	}
	return from, slices.Sorted(maps.Keys(ids))
}

func offsets(t testing.TB, c *kgo.Client, topic string) (start, end map[int32]int64) {
	t.Helper()
	adm := kadm.NewClient(c)
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
	return collect(adm.ListStartOffsets(t.Context(), topic)), collect(adm.ListEndOffsets(t.Context(), topic))
}
