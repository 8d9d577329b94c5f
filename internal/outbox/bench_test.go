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
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/test/services"
)

// onEachBroker runs bench with a consumer of the embedded broker and, if it is running, of the cluster.
func onEachBroker(b *testing.B, bench func(*testing.B, *memLog, *runningRelay, <-chan event.Event)) {
	b.Run("embedded", func(b *testing.B) {
		broker, err := embedded.Open(embedded.Config{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := broker.Close(); err != nil {
				b.Error(err)
			}
		})
		s, relay, out := startPipeline(b, kafkatest.Embedded(broker).Config())
		bench(b, s, relay, out)
	})
	if services.Running() {
		b.Run("cluster", func(b *testing.B) {
			s, relay, out := startPipeline(b, kafkatest.OnCluster(b).Config())
			bench(b, s, relay, out)
		})
	}
}

// startPipeline starts a relay and a consumer, and returns the consumed events.
func startPipeline(b *testing.B, cfg kafka.Config) (*memLog, *runningRelay, <-chan event.Event) {
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
		done <- consumer.Run(ctx, kafkatest.Sink{LogEpoch: new(memLog).epoch(), Take: func(events []event.Event) {
			for _, e := range events {
				out <- e
			}
		}})
	}()
	s := new(memLog)
	relay := start(b, s, producer, s, outbox.Config{})
	b.Cleanup(func() {
		relay.stop(b)
		producer.Close()
		stop()
		<-done
	})
	return s, relay, out
}

// commitSized commits n events of size bytes.
func (s *memLog) commitSized(n, size int) {
	s.commit(n)
	s.mu.Lock()
	defer s.mu.Unlock()
	data := json.RawMessage(`{"version":1,"content":"` + strings.Repeat("Some words of text. ", size/20) + `"}`)
	for i := len(s.events) - n; i < len(s.events); i++ {
		s.events[i].Data = data
	}
}

// BenchmarkLatency measures the time from commit to delivery, of one event every 2 ms.
func BenchmarkLatency(b *testing.B) {
	onEachBroker(b, func(b *testing.B, s *memLog, relay *runningRelay, out <-chan event.Event) {
		s.commitSized(1, 1000)
		<-out
		var took []time.Duration
		for b.Loop() {
			s.commitSized(1, 1000)
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

// BenchmarkBacklog measures the rate at which a backlog of 1 KB events reaches the consumer.
func BenchmarkBacklog(b *testing.B) {
	onEachBroker(b, func(b *testing.B, s *memLog, relay *runningRelay, out <-chan event.Event) {
		const n = 10_000
		for b.Loop() {
			s.commitSized(n, 1000)
			relay.Nudge()
			for range n {
				<-out
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}
