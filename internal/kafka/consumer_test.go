package kafka_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestConsumer_deliversFromItsStartOn(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(1, 10))
		r := kafkatest.Consume(t, s.Config())
		defer r.Close(t)
		kafkatest.Publish(t, p, kafkatest.Events(11, 700))
		kafkatest.Want(t, r.Next(t, 690), kafkatest.Span(11, 700))
		r.AwaitHealth(t, true)
		if detail, err := r.Health(); err != nil || detail != "3 partitions of "+s.Name {
			t.Error(detail, err)
		}
	})
}

func TestConsumer_goesOnAfterOutage(t *testing.T) {
	for name, cut := range map[string]func(*kafkatest.FaultyNetwork){"refused": (*kafkatest.FaultyNetwork).Refuse, "silent": (*kafkatest.FaultyNetwork).Silence} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
				log, cfg := new(kafkatest.LogBuffer), s.Config()
				cfg.Logger = log.Logger()
				p := kafkatest.NewProducer(t, cfg)
				defer p.Close()
				r := kafkatest.Consume(t, cfg)
				defer r.Close(t)
				kafkatest.Publish(t, p, kafkatest.Events(1, 3))
				kafkatest.Want(t, r.Next(t, 3), kafkatest.Span(1, 3))
				r.AwaitHealth(t, true)

				cut(s.Network)
				r.AwaitHealth(t, false)
				if !s.Cluster {
					time.Sleep(61 * time.Minute)
					if _, err := r.Health(); err == nil || !strings.Contains(err.Error(), "Kafka has not answered for 1h") {
						t.Errorf("health during the outage: %v", err)
					}
				}
				s.Network.Restore()
				began := time.Now()
				kafkatest.Publish(t, p, kafkatest.Events(4, 6))
				kafkatest.Want(t, r.Next(t, 3), kafkatest.Span(4, 6))
				if late := time.Since(began); late > 5*time.Second {
					t.Errorf("the first events after the outage took %s", late)
				}
				r.AwaitHealth(t, true)
				kafkatest.Want(t, strings.Count(log.String(), "reading from Kafka failed"), 1)
				kafkatest.Want(t, strings.Count(log.String(), "reading from Kafka again"), 1)
				kafkatest.Want(t, strings.Count(log.String(), "\n"), 3) // the first is about the topic
			})
		})
	}
}

// Connections that end without a reason are opened again, without a loss or a log line.
func TestConsumer_outlivesItsConnections(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		log, cfg := new(kafkatest.LogBuffer), s.Config()
		cfg.Logger = log.Logger()
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		r := kafkatest.Consume(t, cfg)
		defer r.Close(t)
		for n := int64(0); n < 50; n += 5 {
			kafkatest.Publish(t, p, kafkatest.Events(n+1, n+5))
			kafkatest.Want(t, r.Next(t, 5), kafkatest.Span(n+1, n+5))
			s.Network.Cut()
		}
		kafkatest.Want(t, strings.Count(log.String(), "\n"), 1) // about the topic
	})
}

func TestConsumer_startsWhileTheBrokerIsAway(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		log, cfg := new(kafkatest.LogBuffer), s.Config()
		cfg.Logger = log.Logger()
		s.Network.Refuse()
		c, err := kafka.NewConsumer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := c.Start(ctx); err == nil {
			t.Fatal("Start found a broker")
		}
		r := kafkatest.Run(t, c)
		defer r.Close(t)
		testkit.Eventually(t, "Health has the reason", func() bool {
			_, err := c.Health()
			return err != nil && strings.Contains(err.Error(), "no Kafka broker listens at ") && log.String() != ""
		})
		if !s.Cluster {
			time.Sleep(time.Hour)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("%d lines were logged in one outage:\n%s", n, log)
		}
		s.Network.Restore()
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		r.AwaitHealth(t, true)
		kafkatest.Publish(t, p, kafkatest.Events(1, 1))
		kafkatest.Want(t, r.Next(t, 1), kafkatest.Span(1, 1))
	})
}

func TestConsumer_outOfRange(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		cfg := s.Config()
		cfg.Partitions = 1
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		c, err := kafka.NewConsumer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		kafkatest.Publish(t, p, kafkatest.Events(1, 9))
		trim(t, s, 5)
		r := kafkatest.Run(t, c)
		defer r.Close(t)
		kafkatest.Want(t, r.Next(t, 4), kafkatest.Span(6, 9)) // continues at the first remaining record
	})
}

// trim removes the records before an offset of partition 0.
func trim(t *testing.T, s *kafkatest.Topic, to int64) {
	t.Helper()
	other := s.AdminClient(t)
	defer other.Close()
	cut := kadm.Offsets{}
	cut.Add(kadm.Offset{Topic: s.Name, Partition: 0, At: to})
	if _, err := kadm.NewClient(other).DeleteRecords(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
}

// A topic that is created again while it is read begins at offset 0 again.
func TestConsumer_topicMadeAnew(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		log, cfg := new(kafkatest.LogBuffer), s.Config()
		cfg.Logger = log.Logger()
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		r := kafkatest.Consume(t, cfg)
		defer r.Close(t)
		kafkatest.Publish(t, p, kafkatest.Events(1, 300))
		kafkatest.Want(t, r.Next(t, 300), kafkatest.Span(1, 300))

		s.Delete(t)
		r.AwaitHealth(t, false)
		if err := p.Publish(t.Context(), kafkatest.Events(301, 301)); err == nil {
			t.Fatal("publishing to a deleted topic went well")
		}
		kafkatest.Publish(t, p, kafkatest.Events(301, 301)) // after the failure the producer creates the topic again
		r.AwaitHealth(t, true)
		kafkatest.Publish(t, p, kafkatest.Events(302, 310))
		for { // 301 may be delivered or not: it was published before the consumer found the new topic
			if seqs := r.Next(t, 1); seqs[0] != 301 {
				kafkatest.Want(t, seqs[0] >= 302, true)
				break
			}
		}
		kafkatest.Want(t, len(r.Next(t, 8)), 8)
		if n := strings.Count(log.String(), "\n"); n > 7 {
			t.Errorf("%d lines were logged:\n%s", n, log)
		}
	})
}

func TestConsumer_readsAddedPartitions(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		log, cfg := new(kafkatest.LogBuffer), s.Config()
		cfg.Logger = log.Logger()
		r := kafkatest.Consume(t, cfg)
		defer r.Close(t)
		other := s.AdminClient(t)
		defer other.Close()
		added, err := kadm.NewClient(other).CreatePartitions(t.Context(), 5, s.Name)
		if err == nil {
			err = added.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the consumer reads them", func() bool {
			detail, _ := r.Health()
			return detail == "8 partitions of "+s.Name
		})
		p.Close() // a new client uses the partitions at once, an old one within half a minute
		list := kafkatest.Events(1, 60)
		for i := range list {
			list[i].PostID = int64(i + 1)
		}
		kafkatest.Publish(t, p, list)
		kafkatest.Want(t, r.Next(t, 60), kafkatest.Span(1, 60))
		kafkatest.Want(t, strings.Count(log.String(), "level=WARN"), 0)
	})
}

// Records with a valid MAC that cannot be decoded, as of a later release.
func TestConsumer_skipsUndecodableRecords(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		log, cfg := new(kafkatest.LogBuffer), s.Config()
		cfg.Logger = log.Logger()
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		r := kafkatest.Consume(t, cfg)
		defer r.Close(t)
		other := s.AdminClient(t)
		defer other.Close()
		for _, value := range []string{"", "hello", "{}", `{"type":"blog-updated","subject":"posts/1","sequence":"-4"}`} {
			if err := other.ProduceSync(t.Context(), &kgo.Record{Topic: s.Name, Key: []byte("2"), Value: []byte(value),
				Headers: []kgo.RecordHeader{{Key: "wiredesk-mac", Value: kafkatest.MAC(t, nil, []byte(value))}}}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		kafkatest.Publish(t, p, kafkatest.Events(1, 5))
		kafkatest.Want(t, r.Next(t, 5), kafkatest.Span(1, 5))
		kafkatest.Want(t, strings.Count(log.String(), "Kafka record skipped: it cannot be decoded"), 4)
	})
}

// ReadTopic reads all records, and returns the start of a trimmed partition.
func TestReadTopic(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(1, 3000))
		trim(t, s, 3)
		list := kafkatest.Events(1, 3000)
		inOrder, seen := map[int32]int64{}, 0
		bounds, err := kafka.ReadTopic(t.Context(), s.Config(), func(r kafka.Record) error {
			if r.Err != nil {
				return r.Err
			}
			e := r.Event
			if string(r.Key) != fmt.Sprint(e.PostID) || e.ID != list[e.Seq-1].ID || r.Offset < inOrder[r.Partition] {
				t.Errorf("got %+v", r)
			}
			inOrder[r.Partition] = r.Offset + 1
			seen++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		trimmed := min(3, int(bounds.End[0])) // 0 if no post is in partition 0
		kafkatest.Want(t, seen, 3000-trimmed)
		kafkatest.Want(t, bounds.Start, map[int32]int64{0: int64(trimmed), 1: 0, 2: 0})
	})
}

// After a loss of power the log may end earlier.
func TestConsumer_logLostItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, old, log := t.TempDir(), t.TempDir(), new(kafkatest.LogBuffer)
		broker := kafkatest.Open(t, embedded.Config{Dir: dir})
		s := kafkatest.Embedded(broker)
		cfg := s.Config()
		cfg.Logger = log.Logger()
		p := kafkatest.NewProducer(t, cfg)
		kafkatest.Publish(t, p, kafkatest.Events(1, 30))
		p.Close()
		kafkatest.Close(t, broker)
		if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		broker = kafkatest.Open(t, embedded.Config{Dir: dir})
		s.Network.Redirect(kafkatest.Config(broker).Dialer)
		r := kafkatest.Consume(t, cfg)
		defer r.Close(t)
		kafkatest.Publish(t, p, kafkatest.Events(31, 90))
		kafkatest.Want(t, r.Next(t, 60), kafkatest.Span(31, 90))
		p.Close()
		kafkatest.Close(t, broker)

		broker = kafkatest.Open(t, embedded.Config{Dir: old})
		defer kafkatest.Close(t, broker)
		s.Network.Redirect(kafkatest.Config(broker).Dialer)
		time.Sleep(time.Minute)
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(91, 99))
		kafkatest.Want(t, r.Next(t, 9), kafkatest.Span(91, 99))
		kafkatest.Want(t, strings.Contains(log.String(), "no longer has the next offset"), true)
		if n := strings.Count(log.String(), "\n"); n > 7 {
			t.Errorf("%d lines were logged:\n%s", n, log)
		}
	})
}

// A batch that cannot be decoded must block neither the consumer nor the start of a relay. A cluster would
// not store it.
func TestConsumer_getsPastUnreadableRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := kafkatest.Open(t, embedded.Config{Dir: t.TempDir()})
		defer kafkatest.Close(t, broker)
		log := new(kafkatest.LogBuffer)
		cfg := kafkatest.Config(broker)
		cfg.Logger, cfg.Partitions = log.Logger(), 1
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		r := kafkatest.Consume(t, cfg)
		defer r.Close(t)
		kafkatest.Publish(t, p, kafkatest.Events(1, 3))
		kafkatest.Want(t, r.Next(t, 3), kafkatest.Span(1, 3))

		other := kafkatest.NewClient(t, cfg)
		defer other.Close()
		kafkatest.WriteBatch(t, other, 0, kafkatest.RawBatch(1, 3, []byte("this is not compressed")))
		time.Sleep(time.Second)
		kafkatest.Publish(t, p, kafkatest.Events(4, 6))
		time.Sleep(10 * time.Second)
		kafkatest.Publish(t, p, kafkatest.Events(7, 9))
		for { // 4 to 6 follow the batch and may be skipped with it: the database has them
			if seqs := r.Next(t, 1); seqs[0] == 9 {
				break
			}
		}
		kafkatest.Want(t, strings.Count(log.String(), "reading a Kafka record failed"), 1)

		tail, err := p.Tail(t.Context(), kafkatest.Epoch, 100)
		from, ids := tail.From, tail.IDs
		if err != nil || len(ids) > 0 || from < 1<<60 {
			t.Errorf("tail: from %d, ids %v, error %v", from, ids, err)
		}

		// A batch that claims more records than it has is ignored.
		kafkatest.WriteBatch(t, other, 0, kafkatest.RawBatch(0, 3, []byte("short")))
		if _, err := p.Tail(t.Context(), kafkatest.Epoch, 1); err != nil {
			t.Error(err)
		}
	})
}
