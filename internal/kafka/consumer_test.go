package kafka_test

import (
	"context"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
)

func TestConsumer_deliversFromItsStartOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		p := producer(t, config(broker))
		defer p.Close()
		publish(t, p, events(1, 10))
		r := read(t, config(broker))
		defer r.close(t)
		publish(t, p, events(11, 700))
		want(t, r.next(t, 690), span(11, 700))
		time.Sleep(time.Second)
		if detail, err := r.Health(); err != nil || detail != "3 partitions of blog-events" {
			t.Error(detail, err)
		}
	})
}

// line is a way to brokers that can be replaced and cut.
type line struct {
	dial atomic.Pointer[func(context.Context, string, string) (net.Conn, error)]
}

func (l *line) lead(cfg kafka.Config) kafka.Config {
	broker := cfg.Dialer
	l.dial.Store(&broker)
	cfg.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dial := l.dial.Load(); dial != nil {
			return (*dial)(ctx, network, address)
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return cfg
}

func TestConsumer_goesOnAfterBrokerOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, log := t.TempDir(), new(logbook)
		broker := open(t, kafka.EmbeddedConfig{Dir: dir})
		l := new(line)
		cfg := l.lead(config(broker))
		cfg.Logger = log.logger()
		p := producer(t, cfg)
		defer p.Close()
		r := read(t, cfg)
		defer r.close(t)
		publish(t, p, events(1, 3))
		want(t, r.next(t, 3), span(1, 3))

		l.dial.Store(nil)
		closeBroker(t, broker)
		time.Sleep(time.Hour)
		if _, err := r.Health(); err == nil || !strings.Contains(err.Error(), "no broker has answered for 1h0m") {
			t.Errorf("health during the outage: %v", err)
		}
		broker = open(t, kafka.EmbeddedConfig{Dir: dir})
		defer closeBroker(t, broker)
		l.lead(config(broker))

		began := time.Now()
		publish(t, p, events(4, 6))
		want(t, r.next(t, 3), span(4, 6))
		if late := time.Since(began); late > 3*time.Second {
			t.Errorf("the first events after the outage took %s", late)
		}
		time.Sleep(2 * time.Second)
		if _, err := r.Health(); err != nil {
			t.Error(err)
		}
		want(t, strings.Count(log.String(), "Kafka does not answer"), 1)
		want(t, strings.Count(log.String(), "Kafka answers again"), 1)
		want(t, strings.Count(log.String(), "\n"), 3) // the first tells of the topic
	})
}

func TestConsumer_startsWhileTheBrokerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		l, log := new(line), new(logbook)
		cfg := l.lead(config(broker))
		cfg.Logger = log.logger()
		l.dial.Store(nil)

		c, err := kafka.NewConsumer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context()); err == nil {
			t.Fatal("Start found a broker")
		}
		ctx, stop := context.WithCancel(t.Context())
		got := make(chan int, 100)
		done := make(chan error)
		go func() {
			done <- c.Run(ctx, func(list []event.Event) { got <- len(list) })
		}()
		time.Sleep(time.Hour)
		if _, err := c.Health(); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("health before the first answer: %v", err)
		}
		if n := strings.Count(log.String(), "\n"); n > 1 {
			t.Errorf("%d lines were logged in one outage:\n%s", n, log)
		}
		l.lead(config(broker))
		p := producer(t, cfg)
		defer p.Close()
		time.Sleep(15 * time.Second)
		publish(t, p, events(1, 1))
		want(t, <-got, 1)
		stop()
		want(t, <-done, nil)
	})
}

func TestConsumer_outOfRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		cfg := config(broker)
		cfg.Partitions = 1
		p := producer(t, cfg)
		defer p.Close()
		c, err := kafka.NewConsumer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		publish(t, p, events(1, 9))
		other := client(t, cfg)
		defer other.Close()
		cut := kadm.Offsets{}
		cut.Add(kadm.Offset{Topic: topic, Partition: 0, At: 5})
		if _, err := kadm.NewClient(other).DeleteRecords(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
		r := run(t, c)
		defer r.close(t)
		want(t, r.next(t, 4), span(6, 9)) // goes on at the first that is left
	})
}

// A topic that is made anew while it is read begins at offset 0 again.
func TestConsumer_topicMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		log := new(logbook)
		cfg := config(broker)
		cfg.Logger = log.logger()
		p := producer(t, cfg)
		defer p.Close()
		r := read(t, cfg)
		defer r.close(t)
		publish(t, p, events(1, 300))
		want(t, r.next(t, 300), span(1, 300))

		other := client(t, cfg)
		defer other.Close()
		if _, err := kadm.NewClient(other).DeleteTopic(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := p.Publish(t.Context(), events(301, 301)); err == nil {
			t.Fatal("publishing to a deleted topic went well")
		}
		publish(t, p, events(301, 301)) // the failure made the producer look: the topic is there again
		time.Sleep(time.Minute)
		publish(t, p, events(302, 310))
		for { // 301 may be delivered or not: it came before the new topic was found
			if seqs := r.next(t, 1); seqs[0] != 301 {
				want(t, seqs[0] >= 302, true)
				break
			}
		}
		want(t, len(r.next(t, 8)), 8)
		if n := strings.Count(log.String(), "\n"); n > 10 {
			t.Errorf("%d lines were logged:\n%s", n, log)
		}
	})
}

func TestConsumer_readsAddedPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		p := producer(t, config(broker))
		defer p.Close()
		r := read(t, config(broker))
		defer r.close(t)
		other := client(t, config(broker))
		defer other.Close()
		if _, err := kadm.NewClient(other).CreatePartitions(t.Context(), 5, topic); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // by now the producer uses the new partitions
		list := events(1, 60)
		for i := range list {
			list[i].PostID = int64(i + 1)
		}
		publish(t, p, list)
		want(t, r.next(t, 60), span(1, 60))
		if detail, _ := r.Health(); detail != "8 partitions of blog-events" {
			t.Error(detail)
		}
	})
}

func TestConsumer_skipsForeignRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		log := new(logbook)
		cfg := config(broker)
		cfg.Logger = log.logger()
		p := producer(t, cfg)
		defer p.Close()
		r := read(t, cfg)
		defer r.close(t)
		other := client(t, cfg)
		defer other.Close()
		for _, value := range []string{"", "hello", "{}", `{"type":"blog-updated","subject":"posts/1","sequence":"-4"}`} {
			if err := other.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: []byte("2"), Value: []byte(value)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		publish(t, p, events(1, 5))
		want(t, r.next(t, 5), span(1, 5))
		want(t, strings.Count(log.String(), "is not an event of ours"), 4)
	})
}

// A machine that lost power may come back with a log that ends earlier.
func TestConsumer_logLostItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, old, log := t.TempDir(), t.TempDir(), new(logbook)
		broker := open(t, kafka.EmbeddedConfig{Dir: dir})
		l := new(line)
		cfg := l.lead(config(broker))
		cfg.Logger = log.logger()
		p := producer(t, cfg)
		publish(t, p, events(1, 30))
		p.Close()
		closeBroker(t, broker)
		if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		broker = open(t, kafka.EmbeddedConfig{Dir: dir})
		l.lead(config(broker))
		r := read(t, cfg)
		defer r.close(t)
		publish(t, p, events(31, 90))
		want(t, r.next(t, 60), span(31, 90))
		p.Close()
		closeBroker(t, broker)

		broker = open(t, kafka.EmbeddedConfig{Dir: old})
		defer closeBroker(t, broker)
		l.lead(config(broker))
		time.Sleep(time.Minute)
		defer p.Close()
		publish(t, p, events(91, 99))
		want(t, r.next(t, 9), span(91, 99))
		want(t, strings.Contains(log.String(), "no longer has the place"), true)
		if n := strings.Count(log.String(), "\n"); n > 7 {
			t.Errorf("%d lines were logged:\n%s", n, log)
		}
	})
}

// A batch that nobody can decode must not hold up the consumer, nor the relay's start.
func TestConsumer_getsPastUnreadableRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := open(t, kafka.EmbeddedConfig{Dir: t.TempDir()})
		defer closeBroker(t, broker)
		log := new(logbook)
		cfg := config(broker)
		cfg.Logger, cfg.Partitions = log.logger(), 1
		p := producer(t, cfg)
		defer p.Close()
		r := read(t, cfg)
		defer r.close(t)
		publish(t, p, events(1, 3))
		want(t, r.next(t, 3), span(1, 3))

		other := client(t, cfg)
		defer other.Close()
		produceRaw(t, other, rawBatch(1, 3, []byte("this is not compressed")))
		time.Sleep(time.Second)
		publish(t, p, events(4, 6))
		time.Sleep(10 * time.Second)
		publish(t, p, events(7, 9))
		for { // 4 to 6 came behind it and may be jumped over with it: the database has them
			if seqs := r.next(t, 1); seqs[0] == 9 {
				break
			}
		}
		want(t, strings.Count(log.String(), "cannot be read; reading goes on"), 1)

		from, ids, err := p.Tail(t.Context(), 100)
		if err != nil || len(ids) > 0 || from < 1<<60 {
			t.Errorf("tail: from %d, ids %v, error %v", from, ids, err)
		}

		// A batch that says it has more than it does is not even reported.
		produceRaw(t, other, rawBatch(0, 3, []byte("short")))
		if _, _, err := p.Tail(t.Context(), 1); err != nil {
			t.Error(err)
		}
	})
}

func produceRaw(t *testing.T, c *kgo.Client, batch []byte) {
	t.Helper()
	topics, err := kadm.NewClient(c).ListTopics(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	request := kmsg.NewPtrProduceRequest()
	request.Acks, request.TimeoutMillis = -1, 1000
	request.Topics = []kmsg.ProduceRequestTopic{{Topic: topic, TopicID: topics[topic].ID,
		Partitions: []kmsg.ProduceRequestTopicPartition{{Records: batch}}}}
	answer, err := c.Broker(0).Request(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	want(t, answer.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode, 0)
}
