// Package kafkatest runs a test with both kinds of broker, the embedded broker and the cluster that
// `make services` starts, over a FaultyNetwork that the test can cut. It never stops or configures the
// brokers of the cluster, which other tests share.
package kafkatest

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

var form = event.Form{Installation: "kafkatest", Schemas: "http://localhost:3000/api/schemas/"}

// Sink is a kafka.Stream without events that passes every delivered event to Take.
type Sink struct {
	LogEpoch string // of Epoch
	Take     func([]event.Event)
}

// Epoch returns LogEpoch.
func (s Sink) Epoch() string { return s.LogEpoch }

// Has returns false.
func (s Sink) Has(event.Position, string) bool { return false }

// Deliver calls Take.
func (s Sink) Deliver(events []event.Event) { s.Take(events) }

// MAC returns the MAC of a record's value under a secret.
func MAC(t testing.TB, secret, value []byte) []byte {
	t.Helper()
	key, err := hkdf.Key(sha256.New, secret, nil, "wiredesk-mac", sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(sha256.New, key)
	h.Write(value)
	return hex.AppendEncode(nil, h.Sum(nil))
}

// Topic is a topic that does not exist yet, with the network to its brokers.
type Topic struct {
	Name    string
	Network *FaultyNetwork
	Cluster bool // three real brokers in real time; false: the embedded broker in a synctest bubble

	cfg   kafka.Config
	admin []kgo.Opt // of AdminClient
}

// OnBoth runs test with the embedded broker and, if it is running, with the cluster: over TLS, with
// SCRAM-SHA-256, three replicas, and acknowledgements by two of three brokers. The test runs in parallel
// with others, as most of its time on a cluster is waiting.
func OnBoth(t *testing.T, test func(*testing.T, *Topic)) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			broker, err := embedded.Open(embedded.Config{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := broker.Close(); err != nil {
					t.Error(err)
				}
			}()
			test(t, Embedded(broker))
		})
	})
	if services.Running() {
		t.Run("cluster", func(t *testing.T) { test(t, OnCluster(t)) })
	}
}

// Embedded returns a topic of an embedded broker.
func Embedded(broker *embedded.Broker) *Topic {
	cfg := broker.ClientConfig(kafka.Config{Topic: "blog-events", Partitions: 3, Form: form})
	return newTopic(cfg, kgo.SeedBrokers(cfg.Brokers...), kgo.Dialer(cfg.Dialer))
}

// OnCluster returns a topic of the cluster with a name that no other test has.
func OnCluster(t testing.TB) *Topic {
	t.Helper()
	cluster := services.Cluster()
	topic := newTopic(kafka.Config{Brokers: cluster.Brokers, Topic: services.Topic(t), Partitions: 3, ReplicationFactor: 3, Form: form,
		TLS:  &kafka.TLS{CAFile: cluster.CAFile},
		SASL: &kafka.SASL{Mechanism: "SCRAM-SHA-256", Username: cluster.Username, Password: cluster.Password}},
		kgo.SeedBrokers(cluster.Plain...))
	topic.Cluster = true
	return topic
}

func newTopic(cfg kafka.Config, admin ...kgo.Opt) *Topic {
	network := newNetwork(cfg.Dialer)
	cfg.Dialer = network.dial
	return &Topic{Name: cfg.Topic, Network: network, cfg: cfg, admin: admin}
}

// OtherNode returns the same topic over the network of another node.
func (t *Topic) OtherNode() *Topic {
	_, next := t.Network.state()
	other := *t
	other.Network = newNetwork(next)
	other.cfg.Dialer = other.Network.dial
	return &other
}

// Config returns the configuration of a producer or a consumer of the topic, with its own registry.
func (t *Topic) Config() kafka.Config {
	cfg := t.cfg
	cfg.Registerer = prometheus.NewRegistry()
	return cfg
}

// AdminClient returns a client with all rights that does not use Network. It reads the topics of opts
// from their start. The caller closes it.
func (t *Topic) AdminClient(tb testing.TB, opts ...kgo.Opt) *kgo.Client {
	tb.Helper()
	c, err := kgo.NewClient(append(append(opts, t.admin...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.MetadataMinAge(50*time.Millisecond))...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// Delete deletes the topic and returns when no broker has it any more.
func (t *Topic) Delete(tb testing.TB) {
	tb.Helper()
	c := t.AdminClient(tb)
	defer c.Close()
	admin := kadm.NewClient(c)
	testkit.Eventually(tb, "the topic can be deleted", func() bool { // a new topic is not known to all brokers at once
		_, err := admin.DeleteTopic(tb.Context(), t.Name)
		return err == nil
	})
	testkit.Eventually(tb, "no broker has the topic", func() bool {
		topics, err := admin.ListTopics(tb.Context(), t.Name)
		return err == nil && errors.Is(topics.Error(), kerr.UnknownTopicOrPartition)
	})
}

// ReadAll visits all records that the topic has now.
func (t *Topic) ReadAll(tb testing.TB, visit func(kafka.Record) error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	if _, err := kafka.ReadTopic(ctx, t.cfg, visit); err != nil {
		tb.Fatal(err)
	}
}

// Eventually fails the test if holds does not return true within 30 s. what completes the sentence
// "not within 30 s:".
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
