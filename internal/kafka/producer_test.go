package kafka_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/test/services"
)

func TestProducer_record(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		e := kafkatest.Events(42, 42)[0]
		kafkatest.Publish(t, p, []event.Event{e})
		other := s.AdminClient(t, kgo.ConsumeTopics(s.Name))
		defer other.Close()
		r := other.PollRecords(t.Context(), 1).Records()[0]
		value, err := s.Config().Form.EncodeCloud(e)
		if err != nil {
			t.Fatal(err)
		}
		kafkatest.Want(t, string(r.Key), "1")
		kafkatest.Want(t, string(r.Value), string(value))
		headers := map[string]string{}
		for _, h := range r.Headers {
			headers[h.Key] = string(h.Value)
		}
		kafkatest.Want(t, headers, map[string]string{"content-type": "application/cloudevents+json; charset=UTF-8", "ce_type": "blog-updated", "ce_id": "id-42",
			"ce_source": "/wiredesk/kafkatest", "ce_subject": "posts/1", "ce_time": "2026-11-23T10:00:00.000Z",
			"ce_sequence": "0000000000000000042", "ce_epoch": kafkatest.Epoch, "wiredesk-mac": string(kafkatest.MAC(t, nil, r.Value))})
	})
}

// The largest possible post, with every byte of its content escaped.
func TestProducer_largestEvent(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		r := kafkatest.Consume(t, s.Config())
		defer r.Close(t)
		list := kafkatest.Events(1, 3)
		content, err := json.Marshal(strings.Repeat("<\x01&\x02", 250_000/4))
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			list[i].Data = json.RawMessage(`{"version":1,"content":` + string(content) + `}`)
		}
		kafkatest.Publish(t, p, list)
		kafkatest.Want(t, r.Next(t, 3), kafkatest.Span(1, 3))
	})
}

func TestProducer_givenUpLeavesNothingBehind(t *testing.T) {
	for name, cut := range map[string]func(*kafkatest.FaultyNetwork){"refused": (*kafkatest.FaultyNetwork).Refuse, "silent": (*kafkatest.FaultyNetwork).Silence} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
				p := kafkatest.NewProducer(t, s.Config())
				defer p.Close()
				kafkatest.Publish(t, p, kafkatest.Events(1, 1))
				cut(s.Network)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				if err := p.Publish(ctx, kafkatest.Events(2, 5)); !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("publishing without a broker: %v", err)
				}
				s.Network.Restore()
				kafkatest.Publish(t, p, kafkatest.Events(6, 7))
				if !s.Cluster {
					time.Sleep(time.Hour)
				}
				_, seqs := kafkatest.Tail(t, p, 100)
				kafkatest.Want(t, seqs, []int64{1, 6, 7})
			})
		})
	}
}

// If connections end while events are in flight, each event is stored once, in order.
func TestProducer_repeatsNothingThatWasCutOff(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		r := kafkatest.Consume(t, s.Config())
		defer r.Close(t)
		stop, cut := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(cut)
			for {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					s.Network.Cut()
				}
			}
		}()
		for n := int64(0); n < 400; n += 20 {
			kafkatest.Publish(t, p, kafkatest.Events(n+1, n+20))
			kafkatest.Want(t, r.Next(t, 20), kafkatest.Span(n+1, n+20))
		}
		close(stop)
		<-cut
	})
}

func TestProducer_Tail(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		cfg := s.Config()
		cfg.Partitions = 1
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()

		from, seqs := kafkatest.Tail(t, p, 10)
		kafkatest.Want(t, from, 1) // a topic that never had a record is complete from 1
		kafkatest.Want(t, len(seqs), 0)

		kafkatest.Publish(t, p, kafkatest.Events(1, 4))
		kafkatest.Publish(t, p, kafkatest.Events(6, 10))
		from, seqs = kafkatest.Tail(t, p, 100)
		kafkatest.Want(t, from, 1)
		kafkatest.Want(t, seqs, append(kafkatest.Span(1, 4), kafkatest.Span(6, 10)...))

		from, seqs = kafkatest.Tail(t, p, 3)
		kafkatest.Want(t, from, 8) // the records before are not read
		kafkatest.Want(t, seqs, kafkatest.Span(8, 10))

		// Records removed by the owner of a cluster are not published again.
		trim(t, s, 6)
		from, seqs = kafkatest.Tail(t, p, 100)
		kafkatest.Want(t, from, 8)
		kafkatest.Want(t, seqs, kafkatest.Span(8, 10))
		trim(t, s, 9)
		from, seqs = kafkatest.Tail(t, p, 100)
		kafkatest.Want(t, from > 1_000_000, true)
		kafkatest.Want(t, len(seqs), 0)
	})
}

// Small events are read back as far as is requestKeys for, large ones and those that a
// cluster keeps not for so long.
func TestProducer_TailIsBounded(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(1, 3000))
		from, seqs := kafkatest.Tail(t, p, 10_000)
		if s.Cluster {
			kafkatest.Want(t, from > 1, true)
			kafkatest.Want(t, len(seqs) > 500 && len(seqs) <= 1002, true)
		} else {
			kafkatest.Want(t, from, 1)
			kafkatest.Want(t, len(seqs), 3000)
		}

		list := kafkatest.Events(3001, 3400)
		for i := range list {
			list[i].Data = json.RawMessage(`{"version":1,"content":"` + strings.Repeat("x", 50_000) + `"}`)
		}
		for ; len(list) > 0; list = list[20:] {
			kafkatest.Publish(t, p, list[:20])
		}
		from, seqs = kafkatest.Tail(t, p, 10_000)
		kafkatest.Want(t, from > 3000, true)
		kafkatest.Want(t, len(seqs) > 0 && len(seqs) <= 30, true)
	})
}

// Transaction markers have offsets, but readers do not see them.
func TestProducer_TailPastForeignRecords(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(1, 4))
		other := s.AdminClient(t, kgo.TransactionalID(s.Name))
		defer other.Close()
		err := errors.Join(other.BeginTransaction(),
			other.ProduceSync(t.Context(), &kgo.Record{Topic: s.Name, Value: []byte("?")}).FirstErr(),
			other.EndTransaction(t.Context(), kgo.TryCommit))
		if err != nil {
			t.Fatal(err)
		}
		from, seqs := kafkatest.Tail(t, p, 100)
		kafkatest.Want(t, from, 1)
		kafkatest.Want(t, seqs, kafkatest.Span(1, 4))
	})
}

func TestProducer_topicThatExists(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		log, cfg := new(kafkatest.LogBuffer), s.Config()
		cfg.Logger = log.Logger()
		other := s.AdminClient(t)
		defer other.Close()
		if _, err := kadm.NewClient(other).CreateTopic(t.Context(), 1, -1, nil, s.Name); err != nil {
			t.Fatal(err)
		}
		p := kafkatest.NewProducer(t, cfg)
		defer p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(1, 9))
		p.Close()
		kafkatest.Publish(t, p, kafkatest.Events(10, 19))
		if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "partitions.expected=3 partitions.actual=1") {
			t.Errorf("logged:\n%s", log)
		}
		_, end := kafkatest.Offsets(t, other, s.Name)
		kafkatest.Want(t, end, map[int32]int64{0: 19})
	})
}

// Settings that will lose or refuse events are logged in one line, once.
func TestProducer_settingsOfATopicThatExists(t *testing.T) {
	if !services.Running() {
		return
	}
	for name, tt := range map[string]struct {
		partitions int32
		replicas   int16
		settings   map[string]string
		logged     string
	}{
		"as ours": {3, 3, map[string]string{"max.message.bytes": "4194304"}, ""},
		"everything": {1, 1, map[string]string{"cleanup.policy": "compact,delete", "retention.ms": "3600000"},
			"partitions.expected=3 partitions.actual=1 replicationFactor.expected=3 replicationFactor.actual=1 " +
				"max.message.bytes.expected=4194304 max.message.bytes.actual=1048588 min.insync.replicas.expected=\"at most 1\" min.insync.replicas.actual=2 " +
				"cleanup.policy.expected=delete cleanup.policy.actual=compact,delete retention.ms.expected=\"at least 86400000\" retention.ms.actual=3600000"},
		"too few in sync": {3, 3, map[string]string{"max.message.bytes": "9000000", "min.insync.replicas": "1", "retention.ms": "-1"},
			"min.insync.replicas.expected=2 min.insync.replicas.actual=1"},
	} {
		t.Run(name, func(t *testing.T) {
			s, log := kafkatest.OnCluster(t), new(kafkatest.LogBuffer)
			cfg := s.Config()
			cfg.Logger = log.Logger()
			other := s.AdminClient(t)
			defer other.Close()
			settings := map[string]*string{}
			for name, value := range tt.settings {
				settings[name] = &value
			}
			if _, err := kadm.NewClient(other).CreateTopic(t.Context(), tt.partitions, tt.replicas, settings, s.Name); err != nil {
				t.Fatal(err)
			}
			p := kafkatest.NewProducer(t, cfg)
			kafkatest.Publish(t, p, kafkatest.Events(1, 3))
			p.Close() // as after a failure
			kafkatest.Publish(t, p, kafkatest.Events(4, 6))
			p.Close()
			if tt.logged == "" {
				kafkatest.Want(t, log.String(), "")
			} else if !strings.Contains(log.String(), tt.logged) || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("logged:\n%s", log)
			}
		})
	}
}
