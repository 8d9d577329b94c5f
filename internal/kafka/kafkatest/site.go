// Package kafkatest runs a test on both kinds of broker, the embedded one and the
// cluster that `make services` starts, over a line that the test can cut. It does
// nothing to the brokers, which other tests share.
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
	"github.com/wiredesk/wiredesk/test/services"
)

var form = event.Form{Installation: "kafkatest", Schemas: "http://localhost:3000/api/schemas/"}

// Sink is a Stream of one epoch that has no event yet, and passes on all events.
type Sink struct {
	LogEpoch string
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

// Site is a topic that is not made yet, and the way to it.
type Site struct {
	Topic   string
	Line    *Line
	Cluster bool // three real brokers in real time; else the embedded one in a bubble of fake time

	cfg      kafka.Config
	outsider []kgo.Opt
}

// OnBoth runs test with the embedded broker and, when it is up, with the cluster:
// over TLS, with SCRAM-SHA-256 and three replicas. Two of three brokers have to
// have what is acknowledged there. It runs in parallel with other tests, as most
// of the time on a cluster goes by with waiting.
func OnBoth(t *testing.T, test func(*testing.T, *Site)) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			broker, err := kafka.OpenEmbedded(kafka.EmbeddedConfig{Dir: t.TempDir()})
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

// Embedded returns the site of an embedded broker.
func Embedded(broker *kafka.Embedded) *Site {
	cfg := broker.Apply(kafka.Config{Topic: "blog-events", Partitions: 3, Form: form})
	return newSite(cfg, kgo.SeedBrokers(cfg.Brokers...), kgo.Dialer(cfg.Dialer))
}

// OnCluster returns a topic of its own on the cluster.
func OnCluster(t testing.TB) *Site {
	t.Helper()
	cluster := services.Cluster()
	s := newSite(kafka.Config{Brokers: cluster.Brokers, Topic: services.Topic(t), Partitions: 3, ReplicationFactor: 3, Form: form,
		TLS:  &kafka.TLS{CAFile: cluster.CAFile},
		SASL: &kafka.SASL{Mechanism: "SCRAM-SHA-256", Username: cluster.Username, Password: cluster.Password}},
		kgo.SeedBrokers(cluster.Plain...))
	s.Cluster = true
	return s
}

func newSite(cfg kafka.Config, outsider ...kgo.Opt) *Site {
	line := newLine(cfg.Dialer)
	cfg.Dialer = line.dial
	return &Site{Topic: cfg.Topic, Line: line, cfg: cfg, outsider: outsider}
}

// OtherNode returns the same topic over a line of another node's.
func (s *Site) OtherNode() *Site {
	_, through := s.Line.state()
	other := *s
	other.Line = newLine(through)
	other.cfg.Dialer = other.Line.dial
	return &other
}

// Config returns what a producer or a consumer of the site needs.
func (s *Site) Config() kafka.Config {
	cfg := s.cfg
	cfg.Registerer = prometheus.NewRegistry()
	return cfg
}

// Outsider returns a client with all rights that has nothing to do with the line.
// It reads from the start of whatever opts tell it to consume.
func (s *Site) Outsider(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(append(opts, s.outsider...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.MetadataMinAge(50*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// DeleteTopic deletes the topic and returns when no broker knows it any more.
func (s *Site) DeleteTopic(t testing.TB) {
	t.Helper()
	c := s.Outsider(t)
	defer c.Close()
	admin := kadm.NewClient(c)
	Eventually(t, "the topic can be deleted", func() bool { // one that was just made is not known everywhere
		_, err := admin.DeleteTopic(t.Context(), s.Topic)
		return err == nil
	})
	Eventually(t, "the topic is gone", func() bool {
		topics, err := admin.ListTopics(t.Context(), s.Topic)
		return err == nil && errors.Is(topics.Error(), kerr.UnknownTopicOrPartition)
	})
}

// ReadAll visits all that is on the topic now.
func (s *Site) ReadAll(t testing.TB, visit func(kafka.Record) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := kafka.ReadTopic(ctx, s.cfg, visit); err != nil {
		t.Fatal(err)
	}
}

// Eventually fails the test when something has not come true within 30 s.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("it has not come true that %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
