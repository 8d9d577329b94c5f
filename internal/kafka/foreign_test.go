package kafka_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// foreign returns the counters of refused records, by reason.
func foreign(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, f := range families {
		if f.GetName() == "wiredesk_kafka_foreign_records_total" {
			for _, m := range f.GetMetric() {
				counts[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	return counts
}

// A writer of the topic without the secret can neither show an event, nor delay or replace one.
func TestConsumer_takesOnlyOwnRecords(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		own := s.Config()
		own.Secret, own.PreviousSecret = []byte("the secret"), []byte("the one before")
		reg, log := prometheus.NewRegistry(), new(kafkatest.LogBuffer)
		own.Registerer, own.Logger = reg, log.Logger()
		p := kafkatest.NewProducer(t, own)
		defer p.Close()
		r := kafkatest.Consume(t, own)
		defer r.Close(t)
		kafkatest.Want(t, foreign(t, reg), map[string]float64{"mac": 0, "source": 0, "epoch": 0})

		with := func(change func(*kafka.Config)) *kafka.Producer {
			cfg := s.Config()
			cfg.Secret = own.Secret
			change(&cfg)
			return kafkatest.NewProducer(t, cfg)
		}
		forger := with(func(cfg *kafka.Config) { cfg.Secret = []byte("a guess") })
		defer forger.Close()
		other := with(func(cfg *kafka.Config) { cfg.Form.Installation = "another" })
		defer other.Close()
		before := with(func(cfg *kafka.Config) { cfg.Secret = own.PreviousSecret })
		defer before.Close()

		kafkatest.Publish(t, forger, kafkatest.Events(1, 3))
		kafkatest.Publish(t, other, kafkatest.Events(1, 2))
		restored := kafkatest.Events(1, 1)
		restored[0].Epoch = "abcdefghij"
		kafkatest.Publish(t, p, restored)
		external := s.AdminClient(t, kgo.ConsumeTopics(s.Name))
		defer external.Close()
		genuine := external.PollRecords(t.Context(), 10).Records()[0]
		for _, change := range []func(*kgo.Record){
			func(r *kgo.Record) { r.Value = []byte(strings.Replace(string(r.Value), `"T"`, `"X"`, 1)) },
			func(r *kgo.Record) { r.Headers = nil },
			func(r *kgo.Record) {
				r.Headers = slices.Clone(r.Headers)
				r.Headers[8].Value = []byte(strings.ToUpper(string(r.Headers[8].Value)))
			},
		} {
			forged := &kgo.Record{Topic: s.Name, Key: []byte(strconv.Itoa(2)), Value: genuine.Value, Headers: genuine.Headers}
			change(forged)
			if err := external.ProduceSync(t.Context(), forged).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		kafkatest.Publish(t, before, kafkatest.Events(1, 2)) // like a node that does not have the new secret yet
		kafkatest.Publish(t, p, kafkatest.Events(3, 5))
		kafkatest.Want(t, r.Next(t, 5), kafkatest.Span(1, 5))
		kafkatest.Want(t, foreign(t, reg), map[string]float64{"mac": 6, "source": 2, "epoch": 1})
		kafkatest.Want(t, strings.Count(log.String(), "is from another installation"), 1)
		tail, err := p.Tail(t.Context(), kafkatest.Epoch, 100)
		ids := tail.IDs
		kafkatest.Want(t, err, nil)
		kafkatest.Want(t, ids, map[int64]string{1: "id-1", 2: "id-2", 3: "id-3", 4: "id-4", 5: "id-5"})
	})
}

// Tail finds the newest events behind any number of foreign records.
func TestTail_readsBehindForeignRecords(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(1, 40))
		cfg := s.Config()
		cfg.Secret = []byte("a guess")
		forger := kafkatest.NewProducer(t, cfg)
		defer forger.Close()
		kafkatest.Publish(t, forger, kafkatest.Events(41, 700))
		tail, err := p.Tail(t.Context(), kafkatest.Epoch, 30)
		ids := tail.IDs
		kafkatest.Want(t, err, nil)
		kafkatest.Want(t, ids[40], "id-40")
		tail, err = p.Tail(t.Context(), "abcdefghij", 30)
		ids = tail.IDs
		kafkatest.Want(t, err, nil)
		kafkatest.Want(t, len(ids), 0)
	})
}

// knownEvents is a stream that has some events.
type knownEvents struct {
	kafkatest.Sink
	ids map[event.Position]string
}

func (h knownEvents) Has(at event.Position, id string) bool { return h.ids[at] == id }

// A repeat is dropped by the headers; an event with the number of another is not.
func TestConsumer_dropsRepeats(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		c, err := kafka.NewConsumer(s.Config())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := make(chan event.Event, 100)
		r := kafkatest.RunTo(t, c, knownEvents{kafkatest.Sink{LogEpoch: kafkatest.Epoch, Take: func(list []event.Event) {
			for _, e := range list {
				got <- e
			}
		}}, map[event.Position]string{{Epoch: kafkatest.Epoch, Seq: 1}: "id-1", {Epoch: kafkatest.Epoch, Seq: 4}: "of another history"}})
		defer r.Close(t)
		r.Delivered = got
		kafkatest.Publish(t, p, kafkatest.Events(1, 4))
		kafkatest.Want(t, r.Next(t, 3), []int64{2, 3, 4})
	})
}
