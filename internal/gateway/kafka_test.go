package gateway_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// fed is a hub that a real consumer feeds.
type fed struct {
	*site
	line     *kafkatest.FaultyNetwork
	producer *kafka.Producer
	consumer *kafka.Consumer
}

func openFed(t *testing.T, k *kafkatest.Topic) *fed {
	t.Helper()
	f := &fed{line: k.Network}
	var err error
	if f.producer, err = kafka.NewProducer(k.Config()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.producer.Close)
	if f.consumer, err = kafka.NewConsumer(k.Config()); err != nil {
		t.Fatal(err)
	}
	if err := f.producer.EnsureTopic(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.consumer.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if k.Cluster {
		f.site = open(t, &streamtest.Log{}, gateway.Config{})
	} else {
		f.site = openPiped(t, &streamtest.Log{}, gateway.Config{})
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop) // before the site waits for what runs aside
	f.aside.Go(func() {
		if err := f.consumer.Run(ctx, f.hub); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fed) bring(events []event.Event) {
	f.t.Helper()
	if err := f.producer.Publish(f.t.Context(), events); err != nil {
		f.t.Fatal(err)
	}
}

// Kafka loses and repeats events; the client gets each event once, in order.
func TestKafka_holesAreFilled(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, k *kafkatest.Topic) {
		f := openFed(t, k)
		c, _ := f.connect("3.s", "")
		f.bring(f.log.Commit(500))
		c.wantEvents(1, 500)
		if reads := f.log.Reads(); !k.Cluster && reads > 1 { // the preload; a cluster may be late
			t.Errorf("%d needless reads of the log", reads-1)
		}
		for first := int64(501); first < 1500; first += 100 {
			events := f.log.Commit(100)
			f.bring(slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool { return e.Seq%7 < 2 }))
			f.bring(events[20:60])
			c.wantEvents(first, first+99)
		}
	})
}

// With Kafka away the screens follow within a second, by the log; when it is back they follow it.
func TestKafka_awayAndBack(t *testing.T) {
	for name, cut := range map[string]func(*kafkatest.FaultyNetwork){"refused": (*kafkatest.FaultyNetwork).Refuse, "silent": (*kafkatest.FaultyNetwork).Silence} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, k *kafkatest.Topic) {
				f := openFed(t, k)
				c, _ := f.connect("3.s", "")
				f.bring(f.log.Commit(3))
				c.wantEvents(1, 3)
				cut(f.line)
				for seq := int64(4); seq <= 8; seq++ {
					start := time.Now()
					f.log.Commit(1)
					c.wantEvents(seq, seq)
					within(t, "the event", start, 0, time.Second)
				}
				backlog := f.log.Commit(992)
				c.wantEvents(9, 1000)
				f.line.Restore()
				f.bring(backlog) // as the relay does; all of it is known
				testkit.Eventually(t, "reading from Kafka again", func() bool { _, err := f.consumer.Health(); return err == nil })
				for seq := int64(1001); seq <= 1020; seq++ {
					f.bring(f.log.Commit(1))
					c.wantEvents(seq, seq)
				}
			})
		})
	}
}
