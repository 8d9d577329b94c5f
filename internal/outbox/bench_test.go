package outbox_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/test/services"
)

// onBoth runs bench with a consumer of the embedded broker, and of the cluster when that is up.
func onBoth(b *testing.B, bench func(*testing.B, *store, *running, <-chan event.Event)) {
	b.Run("embedded", func(b *testing.B) {
		broker, err := kafka.OpenEmbedded(kafka.EmbeddedConfig{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := broker.Close(); err != nil {
				b.Error(err)
			}
		})
		s, relay, out := piped(b, kafkatest.Embedded(broker).Config())
		bench(b, s, relay, out)
	})
	if services.Running() {
		b.Run("cluster", func(b *testing.B) {
			s, relay, out := piped(b, kafkatest.OnCluster(b).Config())
			bench(b, s, relay, out)
		})
	}
}

// piped is a store whose events come out of a consumer.
func piped(b *testing.B, cfg kafka.Config) (*store, *running, <-chan event.Event) {
	b.Helper()
	producer, err := kafka.NewProducer(cfg)
	if err != nil {
		b.Fatal(err)
	}
	consumer, err := kafka.NewConsumer(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := producer.EnsureTopic(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := consumer.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	out, done := make(chan event.Event, 1000), make(chan error, 1)
	go func() {
		done <- consumer.Run(ctx, kafkatest.Sink{LogEpoch: new(store).epoch(), Take: func(events []event.Event) {
			for _, e := range events {
				out <- e
			}
		}})
	}()
	s := new(store)
	relay := start(b, s, producer, s, outbox.Config{})
	b.Cleanup(func() {
		relay.stop(b)
		producer.Close()
		stop()
		<-done
	})
	return s, relay, out
}

// sized commits events of size bytes.
func (s *store) sized(n, size int) {
	s.commit(n)
	s.mu.Lock()
	defer s.mu.Unlock()
	data := json.RawMessage(`{"version":1,"content":"` + strings.Repeat("Some words of text. ", size/20) + `"}`)
	for i := len(s.events) - n; i < len(s.events); i++ {
		s.events[i].Data = data
	}
}

// BenchmarkLatency measures from commit to delivery, one event each 2 ms.
func BenchmarkLatency(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store, relay *running, out <-chan event.Event) {
		s.sized(1, 1000)
		<-out
		var took []time.Duration
		for b.Loop() {
			s.sized(1, 1000)
			at := time.Now()
			relay.Nudge()
			<-out
			took = append(took, time.Since(at))
			time.Sleep(2 * time.Millisecond)
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
	})
}

// BenchmarkBacklog measures how fast a backlog of 1 KB events reaches the consumer.
func BenchmarkBacklog(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store, relay *running, out <-chan event.Event) {
		const n = 10_000
		for b.Loop() {
			s.sized(n, 1000)
			relay.Nudge()
			for range n {
				<-out
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}
