package outbox_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// kafkaFault is the configuration of a node with a fault that a test case adds.
type kafkaFault struct {
	topic    *kafkatest.Topic
	t        *testing.T
	settings kafka.Config
}

// administer calls do with a client that has all rights on the cluster.
func (b *kafkaFault) administer(do func(*kadm.Client) error) {
	b.t.Helper()
	client := b.topic.AdminClient(b.t)
	defer client.Close()
	if err := do(kadm.NewClient(client)); err != nil {
		b.t.Fatal(err)
	}
}

// signInAs signs in as another user.
func (b *kafkaFault) signInAs(user, password string) {
	b.settings.SASL = &kafka.SASL{Mechanism: "SCRAM-SHA-256", Username: user, Password: password}
}

// allow grants rights on the topic to the Kafka user nobody.
func (b *kafkaFault) allow(rights ...kadm.ACLOperation) {
	b.t.Helper()
	acl := kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Topics(b.topic.Name).Operations(rights...).Allow("User:nobody")
	b.administer(func(admin *kadm.Client) error {
		_, err := admin.CreateACLs(b.t.Context(), acl)
		return err
	})
	b.awaitACLs(len(rights))
	b.t.Cleanup(func() {
		client := b.topic.AdminClient(b.t)
		defer client.Close()
		if _, err := kadm.NewClient(client).DeleteACLs(context.Background(), acl.AllowHosts("*")); err != nil {
			b.t.Error(err)
		}
	})
}

// awaitACLs waits until each broker has at least that number of ACLs on the topic.
func (b *kafkaFault) awaitACLs(rights int) {
	b.t.Helper()
	client := b.topic.AdminClient(b.t)
	defer client.Close()
	request := kmsg.NewPtrDescribeACLsRequest()
	request.ResourceType, request.ResourceName, request.ResourcePatternType = kmsg.ACLResourceTypeTopic, &b.topic.Name, kmsg.ACLResourcePatternTypeLiteral
	request.Operation, request.PermissionType = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAny
	for id := range services.Cluster().Plain {
		testkit.Eventually(b.t, "a broker knows the rights", func() bool {
			answer, err := client.Broker(id+1).Request(b.t.Context(), request)
			if err != nil {
				b.t.Fatal(err)
			}
			known := 0
			for _, r := range answer.(*kmsg.DescribeACLsResponse).Resources {
				known += len(r.ACLs)
			}
			return known >= rights
		})
	}
}

// create creates the topic with settings that differ from ours.
func (b *kafkaFault) create(replicas int16, settings map[string]string) {
	b.t.Helper()
	b.administer(func(admin *kadm.Client) error {
		pointers := map[string]*string{}
		for name, value := range settings {
			pointers[name] = &value
		}
		_, err := admin.CreateTopic(b.t.Context(), 3, replicas, pointers, b.topic.Name)
		return err
	})
}

func (b *kafkaFault) password(user, password string) {
	b.t.Helper()
	b.administer(func(admin *kadm.Client) error {
		_, err := admin.AlterUserSCRAMs(b.t.Context(), nil, []kadm.UpsertSCRAM{{User: user, Mechanism: kadm.ScramSha256, Iterations: 4096, Password: password}})
		return err
	})
}

// Each fault is logged once and reported by Health and Status with its fix; clients retry with pauses;
// and the repair is noticed without a restart.
func TestKafkaErrors_reportedAndRepaired(t *testing.T) {
	if !services.Running() {
		return
	}
	all := []kadm.ACLOperation{kadm.OpDescribe, kadm.OpCreate, kadm.OpWrite, kadm.OpRead}
	tests := map[string]struct {
		breakIt      func(*kafkaFault)
		kafka, relay string            // part of the reported reason; empty: healthy
		repair       func(*kafkaFault) // nil: needs a restart
	}{
		"wrong password": {
			func(b *kafkaFault) { b.password(b.topic.Name, "old"); b.signInAs(b.topic.Name, "new") },
			"wrong KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD", "wrong KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD",
			func(b *kafkaFault) {
				b.password(b.topic.Name, "new")
				b.administer(func(admin *kadm.Client) error {
					_, err := admin.CreateACLs(b.t.Context(), kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Topics(b.topic.Name).Operations(all...).Allow("User:"+b.topic.Name))
					return err
				})
			},
		},
		"no user": {func(b *kafkaFault) { b.settings.SASL = nil }, "set KAFKA_SASL_MECHANISM", "set KAFKA_SASL_MECHANISM", nil},
		"no TLS":  {func(b *kafkaFault) { b.settings.TLS, b.settings.SASL = nil, nil }, "set KAFKA_TLS=on", "set KAFKA_TLS=on", nil},
		"TLS at a plain port": {
			func(b *kafkaFault) { b.settings.Brokers = services.Cluster().Plain }, "does not speak TLS at this port", "does not speak TLS at this port", nil,
		},
		"no certificate": {
			func(b *kafkaFault) { b.settings.Brokers, b.settings.SASL = services.Cluster().Mutual, nil },
			"it may ask for KAFKA_CERT_FILE and KAFKA_KEY_FILE", "it may ask for KAFKA_CERT_FILE and KAFKA_KEY_FILE", nil,
		},
		"other authority": {
			func(b *kafkaFault) { b.settings.TLS = &kafka.TLS{} }, "is not from an authority that KAFKA_CA_FILE holds", "is not from an authority that KAFKA_CA_FILE holds", nil,
		},
		"unknown host": {
			func(b *kafkaFault) { b.settings.Brokers = []string{"kafka.invalid:9092"} },
			"the host of the Kafka broker kafka.invalid:9092 is not known", "the host of the Kafka broker kafka.invalid:9092 is not known", nil,
		},
		"nobody listens": {
			func(b *kafkaFault) { b.topic.Network.Refuse() }, "no Kafka broker listens at 127.0.0.1:1939", "no Kafka broker listens at 127.0.0.1:1939",
			func(b *kafkaFault) { b.topic.Network.Restore() },
		},
		"nobody answers": {
			func(b *kafkaFault) { b.topic.Network.Silence() }, "does not answer: see KAFKA_BROKER", "does not answer: see KAFKA_BROKER",
			func(b *kafkaFault) { b.topic.Network.Restore() },
		},
		"no DESCRIBE": {
			func(b *kafkaFault) { b.signInAs("nobody", "nobody-secret") },
			`Kafka does not let user "nobody" see the topic`, "add an ACL that allows DESCRIBE on it",
			func(b *kafkaFault) { b.allow(all...) },
		},
		"no CREATE": {
			func(b *kafkaFault) {
				b.signInAs("nobody", "nobody-secret")
				b.allow(kadm.OpDescribe, kadm.OpWrite, kadm.OpRead)
			},
			"does not exist", "add an ACL that allows CREATE on it",
			func(b *kafkaFault) { b.allow(kadm.OpCreate) },
		},
		"no WRITE": {
			func(b *kafkaFault) {
				b.create(3, nil)
				b.signInAs("nobody", "nobody-secret")
				b.allow(kadm.OpDescribe, kadm.OpRead)
			},
			"", "add an ACL that allows WRITE on it",
			func(b *kafkaFault) { b.allow(kadm.OpWrite) },
		},
		"no READ": {
			func(b *kafkaFault) {
				b.create(3, nil)
				b.signInAs("nobody", "nobody-secret")
				b.allow(kadm.OpDescribe, kadm.OpWrite)
			},
			"add an ACL that allows READ on it", "",
			func(b *kafkaFault) { b.allow(kadm.OpRead) },
		},
		"too few brokers": {
			func(b *kafkaFault) { b.settings.ReplicationFactor = 5 }, "does not exist", "too few brokers for a topic with KAFKA_REPLICATION_FACTOR=5",
			func(b *kafkaFault) { b.create(3, nil) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic := kafkatest.OnCluster(t)
			b := &kafkaFault{topic, t, topic.Config()}
			tt.breakIt(b)
			n := newKafkaNode(t, b.settings)
			defer n.close(t)
			n.commit(3)
			testkit.Eventually(t, "both report the fault", func() bool {
				kafkaLine, relayLine := n.lines()
				return matches(kafkaLine, tt.kafka) && matches(relayLine, tt.relay) &&
					n.logged("reading from Kafka failed", tt.kafka) > 0 && n.logged("publishing to Kafka failed", tt.relay) > 0
			})
			dials := topic.Network.Dials()
			watched := time.After(3 * time.Second)
			for over := false; !over; {
				select {
				case <-watched:
					over = true
				case <-time.After(100 * time.Millisecond):
					if kafkaLine, relayLine := n.lines(); !matches(kafkaLine, tt.kafka) || !matches(relayLine, tt.relay) {
						t.Fatalf("the reports changed to %q and %q", kafkaLine, relayLine)
					}
				}
			}
			if n := topic.Network.Dials() - dials; n > 60 {
				t.Errorf("%d connections within 3 s", n)
			}
			if n.logged("reading from Kafka failed", tt.kafka) != 1 || n.logged("publishing to Kafka failed", tt.relay) != 1 {
				t.Errorf("the faults are not logged once each:\n%s", n.log)
			}
			if strings.Contains(n.log.String(), "secret") {
				t.Error("a secret was logged")
			}
			if tt.repair == nil {
				return
			}
			tt.repair(b)
			testkit.Eventually(t, "both are healthy", func() bool {
				kafkaLine, relayLine := n.lines()
				return kafkaLine == "" && relayLine == "" && n.watermark() == 3
			})
			n.commit(1)
			n.wantNewest(t)
		})
	}
}

// matches reports whether line contains words, or is empty if words is.
func matches(line, words string) bool {
	if words == "" {
		return line == ""
	}
	return strings.Contains(line, words)
}

// kafkaNode is the Kafka side of one node: a relay with its producer, and a consumer.
type kafkaNode struct {
	*memLog
	log      *testkit.LogBuffer
	producer *kafka.Producer
	consumer *kafka.Consumer
	relay    *runningRelay
	read     chan event.Event
	stop     context.CancelFunc
	done     chan error
}

func newKafkaNode(t *testing.T, cfg kafka.Config) *kafkaNode {
	t.Helper()
	n := &kafkaNode{memLog: new(memLog), log: new(testkit.LogBuffer), read: make(chan event.Event, 1000), done: make(chan error, 1)}
	cfg.Logger = infoLogger(n.log)
	var err error
	if n.producer, err = kafka.NewProducer(cfg); err != nil {
		t.Fatal(err)
	}
	if n.consumer, err = kafka.NewConsumer(cfg); err != nil {
		t.Fatal(err)
	}
	n.relay = start(t, n.memLog, n.producer, n.memLog, outbox.Config{Logger: cfg.Logger, FlushTimeout: 100 * time.Millisecond})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	n.stop = stop
	go func() {
		n.done <- n.consumer.Run(ctx, kafkatest.Sink{LogEpoch: new(memLog).epoch(), Take: func(events []event.Event) {
			for _, e := range events {
				n.read <- e
			}
		}})
	}()
	return n
}

// lines returns the problems of the consumer and the relay as /readyz shows them; empty: healthy.
func (n *kafkaNode) lines() (kafka, relay string) {
	if _, err := n.consumer.Health(); err != nil {
		kafka = err.Error()
	}
	if status := n.relay.Status(); !status.Healthy {
		relay = status.Detail
	}
	return kafka, relay
}

// logged returns the number of log lines that contain begin and words, 1 without words.
func (n *kafkaNode) logged(begin, words string) int {
	if words == "" {
		return 1
	}
	times := 0
	for line := range strings.Lines(strings.ReplaceAll(n.log.String(), `\"`, `"`)) {
		if strings.Contains(line, begin) && strings.Contains(line, words) {
			times++
		}
	}
	return times
}

// wantNewest waits until the consumer has read the newest event of the log.
func (n *kafkaNode) wantNewest(t *testing.T) {
	t.Helper()
	last, _ := n.Position(t.Context())
	for {
		select {
		case e := <-n.read:
			if e.Seq == last.Seq {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("event %d was not read:\n%s", last.Seq, n.log)
		}
	}
}

func (n *kafkaNode) close(t *testing.T) {
	t.Helper()
	n.relay.stop(t)
	n.producer.Close()
	n.stop()
	if err := <-n.done; err != nil {
		t.Error(err)
	}
}
