package kafka_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
)

func TestProducer_record(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		p := producer(t, config(broker))
		defer p.Close()
		e := events(42, 42)[0]
		publish(t, p, []event.Event{e})
		other := client(t, config(broker), kgo.ConsumeTopics(topic))
		defer other.Close()
		r := other.PollRecords(t.Context(), 1).Records()[0]
		value, err := event.EncodeCloud(e)
		if err != nil {
			t.Fatal(err)
		}
		want(t, string(r.Key), "1")
		want(t, string(r.Value), string(value))
		want(t, r.Headers, []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json")}})
	})
}

// The largest post there can be, with every byte of its content escaped.
func TestProducer_largestEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		p := producer(t, config(broker))
		defer p.Close()
		r := read(t, config(broker))
		defer r.close(t)
		list := events(1, 3)
		content, err := json.Marshal(strings.Repeat("<\x01&\x02", 250_000/4))
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			list[i].Data = json.RawMessage(`{"version":1,"content":` + string(content) + `}`)
		}
		publish(t, p, list)
		want(t, r.next(t, 3), span(1, 3))
	})
}

func TestProducer_givenUpLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		broker := open(t, kafka.EmbeddedConfig{Dir: dir})
		l := new(line)
		p := producer(t, l.lead(config(broker)))
		defer p.Close()
		publish(t, p, events(1, 1))
		l.dial.Store(nil)
		closeBroker(t, broker)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Publish(ctx, events(2, 5)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("publishing without a broker: %v", err)
		}
		broker = open(t, kafka.EmbeddedConfig{Dir: dir})
		defer closeBroker(t, broker)
		l.lead(config(broker))
		defer p.Close()
		publish(t, p, events(6, 7))
		time.Sleep(time.Minute)
		_, seqs := tail(t, p, 100)
		want(t, seqs, []int64{1, 6, 7})
	})
}

func TestProducer_topicThatExists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		log := new(logbook)
		cfg := config(broker)
		cfg.Logger = log.logger()
		other := client(t, cfg)
		defer other.Close()
		if _, err := kadm.NewClient(other).CreateTopic(t.Context(), 1, -1, nil, topic); err != nil {
			t.Fatal(err)
		}
		p := producer(t, cfg)
		defer p.Close()
		publish(t, p, events(1, 9))
		p.Close()
		publish(t, p, events(10, 19))
		if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "partitions.configured=3 partitions.actual=1") {
			t.Errorf("logged:\n%s", log)
		}
		_, end := offsets(t, other)
		want(t, end, map[int32]int64{0: 19})
	})
}

func TestProducer_Tail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		cfg := config(broker)
		cfg.Partitions = 1
		p := producer(t, cfg)
		defer p.Close()

		from, seqs := tail(t, p, 10)
		want(t, from, 1) // a topic that never held a record holds nothing
		want(t, len(seqs), 0)

		publish(t, p, events(1, 4))
		publish(t, p, events(6, 10))
		from, seqs = tail(t, p, 100)
		want(t, from, 1)
		want(t, seqs, append(span(1, 4), span(6, 10)...))

		from, seqs = tail(t, p, 3)
		want(t, from, 8) // of what was before nothing is known
		want(t, seqs, span(8, 10))

		// Trimmed by the owner of a cluster: the old ones are no loss to repair.
		other := client(t, cfg)
		defer other.Close()
		trim := func(to int64) {
			cut := kadm.Offsets{}
			cut.Add(kadm.Offset{Topic: topic, Partition: 0, At: to})
			if _, err := kadm.NewClient(other).DeleteRecords(t.Context(), cut); err != nil {
				t.Fatal(err)
			}
		}
		trim(6)
		from, seqs = tail(t, p, 100)
		want(t, from, 8)
		want(t, seqs, span(8, 10))
		trim(9)
		from, seqs = tail(t, p, 100)
		want(t, from > 1_000_000, true)
		want(t, len(seqs), 0)
	})
}

// Transaction markers take offsets, and are nothing that a reader is shown.
func TestProducer_TailPastForeignRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		cfg := config(broker)
		p := producer(t, cfg)
		defer p.Close()
		publish(t, p, events(1, 4))
		other := client(t, cfg, kgo.TransactionalID("t"))
		defer other.Close()
		err := errors.Join(other.BeginTransaction(),
			other.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("?")}).FirstErr(),
			other.EndTransaction(t.Context(), kgo.TryCommit))
		if err != nil {
			t.Fatal(err)
		}
		from, seqs := tail(t, p, 100)
		want(t, from, 1)
		want(t, seqs, span(1, 4))
	})
}
