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
	"github.com/wiredesk/wiredesk/test/services"
)

// broken is something that is wrong between a node and its topic.
type broken struct {
	site     *kafkatest.Site
	t        *testing.T
	settings kafka.Config
}

// administer has the cluster's administrator do something.
func (b *broken) administer(do func(*kadm.Client) error) {
	b.t.Helper()
	client := b.site.Outsider(b.t)
	defer client.Close()
	if err := do(kadm.NewClient(client)); err != nil {
		b.t.Fatal(err)
	}
}

// be signs in as another user.
func (b *broken) be(user, password string) {
	b.settings.SASL = &kafka.SASL{Mechanism: "SCRAM-SHA-256", Username: user, Password: password}
}

// allow gives the user nobody rights on the topic.
func (b *broken) allow(rights ...kadm.ACLOperation) {
	b.t.Helper()
	acl := kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Topics(b.site.Topic).Operations(rights...).Allow("User:nobody")
	b.administer(func(admin *kadm.Client) error {
		_, err := admin.CreateACLs(b.t.Context(), acl)
		return err
	})
	b.everywhere(len(rights))
	b.t.Cleanup(func() {
		client := b.site.Outsider(b.t)
		defer client.Close()
		if _, err := kadm.NewClient(client).DeleteACLs(context.Background(), acl.AllowHosts("*")); err != nil {
			b.t.Error(err)
		}
	})
}

// everywhere waits until each broker knows at least so many rights on the topic.
func (b *broken) everywhere(rights int) {
	b.t.Helper()
	client := b.site.Outsider(b.t)
	defer client.Close()
	request := kmsg.NewPtrDescribeACLsRequest()
	request.ResourceType, request.ResourceName, request.ResourcePatternType = kmsg.ACLResourceTypeTopic, &b.site.Topic, kmsg.ACLResourcePatternTypeLiteral
	request.Operation, request.PermissionType = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAny
	for id := range services.Cluster().Plain {
		kafkatest.Eventually(b.t, "a broker knows the rights", func() bool {
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

// create makes the topic with other settings than ours.
func (b *broken) create(replicas int16, settings map[string]string) {
	b.t.Helper()
	b.administer(func(admin *kadm.Client) error {
		pointers := map[string]*string{}
		for name, value := range settings {
			pointers[name] = &value
		}
		_, err := admin.CreateTopic(b.t.Context(), 3, replicas, pointers, b.site.Topic)
		return err
	})
}

func (b *broken) password(user, password string) {
	b.t.Helper()
	b.administer(func(admin *kadm.Client) error {
		_, err := admin.AlterUserSCRAMs(b.t.Context(), nil, []kadm.UpsertSCRAM{{User: user, Mechanism: kadm.ScramSha256, Iterations: 4096, Password: password}})
		return err
	})
}

// Whatever is wrong is told once, in words, by the log and by /readyz; nothing
// crashes or asks without pause; and what is put right is noticed.
func TestTopicCare(t *testing.T) {
	if !services.Running() {
		return
	}
	all := []kadm.ACLOperation{kadm.OpDescribe, kadm.OpCreate, kadm.OpWrite, kadm.OpRead}
	tests := map[string]struct {
		breakIt      func(*broken)
		kafka, relay string        // what each tells; empty: it is well
		repair       func(*broken) // nil: takes a restart
	}{
		"wrong password": {
			func(b *broken) { b.password(b.site.Topic, "old"); b.be(b.site.Topic, "new") },
			"wrong KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD", "wrong KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD",
			func(b *broken) {
				b.password(b.site.Topic, "new")
				b.administer(func(admin *kadm.Client) error {
					_, err := admin.CreateACLs(b.t.Context(), kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Topics(b.site.Topic).Operations(all...).Allow("User:"+b.site.Topic))
					return err
				})
			},
		},
		"no user": {func(b *broken) { b.settings.SASL = nil }, "set KAFKA_SASL_MECHANISM", "set KAFKA_SASL_MECHANISM", nil},
		"no TLS":  {func(b *broken) { b.settings.TLS, b.settings.SASL = nil, nil }, "set KAFKA_TLS=on", "set KAFKA_TLS=on", nil},
		"TLS at a plain port": {
			func(b *broken) { b.settings.Brokers = services.Cluster().Plain }, "does not speak TLS at this port", "does not speak TLS at this port", nil,
		},
		"no certificate": {
			func(b *broken) { b.settings.Brokers, b.settings.SASL = services.Cluster().Mutual, nil },
			"it may ask for KAFKA_CERT_FILE and KAFKA_KEY_FILE", "it may ask for KAFKA_CERT_FILE and KAFKA_KEY_FILE", nil,
		},
		"other authority": {
			func(b *broken) { b.settings.TLS = &kafka.TLS{} }, "is not from an authority that KAFKA_CA_FILE holds", "is not from an authority that KAFKA_CA_FILE holds", nil,
		},
		"unknown host": {
			func(b *broken) { b.settings.Brokers = []string{"kafka.invalid:9092"} },
			"the host of the Kafka broker kafka.invalid:9092 is not known", "the host of the Kafka broker kafka.invalid:9092 is not known", nil,
		},
		"nobody listens": {
			func(b *broken) { b.site.Line.Refuse() }, "no Kafka broker listens at 127.0.0.1:1939", "no Kafka broker listens at 127.0.0.1:1939",
			func(b *broken) { b.site.Line.Restore() },
		},
		"nobody answers": {
			func(b *broken) { b.site.Line.Silence() }, "does not answer: see KAFKA_BROKER", "does not answer: see KAFKA_BROKER",
			func(b *broken) { b.site.Line.Restore() },
		},
		"no DESCRIBE": {
			func(b *broken) { b.be("nobody", "nobody-secret") },
			`Kafka does not let user "nobody" see the topic`, "add an ACL that allows DESCRIBE on it",
			func(b *broken) { b.allow(all...) },
		},
		"no CREATE": {
			func(b *broken) { b.be("nobody", "nobody-secret"); b.allow(kadm.OpDescribe, kadm.OpWrite, kadm.OpRead) },
			"does not exist", "add an ACL that allows CREATE on it",
			func(b *broken) { b.allow(kadm.OpCreate) },
		},
		"no WRITE": {
			func(b *broken) {
				b.create(3, nil)
				b.be("nobody", "nobody-secret")
				b.allow(kadm.OpDescribe, kadm.OpRead)
			},
			"", "add an ACL that allows WRITE on it",
			func(b *broken) { b.allow(kadm.OpWrite) },
		},
		"no READ": {
			func(b *broken) {
				b.create(3, nil)
				b.be("nobody", "nobody-secret")
				b.allow(kadm.OpDescribe, kadm.OpWrite)
			},
			"add an ACL that allows READ on it", "",
			func(b *broken) { b.allow(kadm.OpRead) },
		},
		"too few brokers": {
			func(b *broken) { b.settings.ReplicationFactor = 5 }, "does not exist", "too few brokers for a topic with KAFKA_REPLICATION_FACTOR=5",
			func(b *broken) { b.create(3, nil) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := kafkatest.OnCluster(t)
			b := &broken{site, t, site.Config()}
			tt.breakIt(b)
			n := newNodeOn(t, b.settings)
			defer n.close(t)
			n.commit(3)
			kafkatest.Eventually(t, "both tell what is wrong", func() bool {
				kafkaLine, relayLine := n.lines()
				return said(kafkaLine, tt.kafka) && said(relayLine, tt.relay) &&
					n.logged("reading from Kafka failed", tt.kafka) > 0 && n.logged("publishing to Kafka failed", tt.relay) > 0
			})
			dials := site.Line.Dials()
			watched := time.After(3 * time.Second)
			for over := false; !over; {
				select {
				case <-watched:
					over = true
				case <-time.After(100 * time.Millisecond):
					if kafkaLine, relayLine := n.lines(); !said(kafkaLine, tt.kafka) || !said(relayLine, tt.relay) {
						t.Fatalf("they changed their minds: %q and %q", kafkaLine, relayLine)
					}
				}
			}
			if n := site.Line.Dials() - dials; n > 60 {
				t.Errorf("%d connections within 3 s", n)
			}
			if n.logged("reading from Kafka failed", tt.kafka) != 1 || n.logged("publishing to Kafka failed", tt.relay) != 1 {
				t.Errorf("not each was logged once:\n%s", n.log)
			}
			if strings.Contains(n.log.String(), "secret") {
				t.Error("a secret was logged")
			}
			if tt.repair == nil {
				return
			}
			tt.repair(b)
			kafkatest.Eventually(t, "both are well", func() bool {
				kafkaLine, relayLine := n.lines()
				return kafkaLine == "" && relayLine == "" && n.watermark() == 3
			})
			n.commit(1)
			n.wantNewest(t)
		})
	}
}

// said tells whether a line has the words that it should, or nothing when it should be well.
func said(line, words string) bool {
	if words == "" {
		return line == ""
	}
	return strings.Contains(line, words)
}

// nodeOn is what one node has to do with Kafka.
type nodeOn struct {
	*store
	log      *logbook
	producer *kafka.Producer
	consumer *kafka.Consumer
	relay    *running
	read     chan event.Event
	stop     context.CancelFunc
	done     chan error
}

func newNodeOn(t *testing.T, cfg kafka.Config) *nodeOn {
	t.Helper()
	n := &nodeOn{store: new(store), log: new(logbook), read: make(chan event.Event, 1000), done: make(chan error, 1)}
	cfg.Logger = n.log.logger()
	var err error
	if n.producer, err = kafka.NewProducer(cfg); err != nil {
		t.Fatal(err)
	}
	if n.consumer, err = kafka.NewConsumer(cfg); err != nil {
		t.Fatal(err)
	}
	n.relay = start(t, n.store, n.producer, n.store, outbox.Config{Logger: cfg.Logger, FlushTimeout: 100 * time.Millisecond})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	n.stop = stop
	go func() {
		n.done <- n.consumer.Run(ctx, kafkatest.Sink{LogEpoch: new(store).epoch(), Take: func(events []event.Event) {
			for _, e := range events {
				n.read <- e
			}
		}})
	}()
	return n
}

// lines are what /readyz says of the consumer and the relay; empty when they are well.
func (n *nodeOn) lines() (kafka, relay string) {
	if _, err := n.consumer.Health(); err != nil {
		kafka = err.Error()
	}
	if status := n.relay.Status(); !status.Healthy {
		relay = status.Detail
	}
	return kafka, relay
}

// logged counts the lines that begin so and have the words; without words there is nothing to wait for.
func (n *nodeOn) logged(begin, words string) int {
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

// wantNewest waits for the newest event that was committed.
func (n *nodeOn) wantNewest(t *testing.T) {
	t.Helper()
	last, _ := n.Position(t.Context())
	for {
		select {
		case e := <-n.read:
			if e.Seq == last.Seq {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("event %d did not come:\n%s", last.Seq, n.log)
		}
	}
}

func (n *nodeOn) close(t *testing.T) {
	t.Helper()
	n.relay.stop(t)
	n.producer.Close()
	n.stop()
	if err := <-n.done; err != nil {
		t.Error(err)
	}
}
