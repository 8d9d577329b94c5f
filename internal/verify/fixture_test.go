package verify_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/verify"
	"github.com/wiredesk/wiredesk/test/services"
)

const partitions = 3

var ana = auth.Actor{ID: 3, Name: "Ana", Role: auth.Editor}

// fixture has a database and a topic.
type fixture struct {
	testing.TB
	store    *sqlstore.Store
	posts    *post.Service
	db       *sql.DB // writes to the same database without its rules
	topic    kafka.Config
	client   *kgo.Client // writes to the same topic without a Producer
	producer *kafka.Producer
}

// onEach runs a test on SQLite with the embedded broker and, if they are running, on MariaDB
// with the cluster.
func onEach(t *testing.T, test func(d *fixture)) {
	t.Run("embedded", func(t *testing.T) { test(onSQLite(t)) })
	if services.Running() {
		t.Run("servers", func(t *testing.T) {
			t.Parallel()
			test(onServers(t))
		})
	}
}

func onSQLite(t testing.TB) *fixture {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	broker, err := embedded.Open(embedded.Config{Dir: t.TempDir()})
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, broker.Close()) })
	topic := broker.ClientConfig(kafka.Config{Topic: "blog-events", Partitions: partitions, Form: event.Form{Installation: "test"}})
	return newFixture(t, "sqlite://"+path, "sqlite", path+"?_pragma=busy_timeout(5000)", topic,
		kgo.SeedBrokers(topic.Brokers...), kgo.Dialer(topic.Dialer))
}

func onServers(t testing.TB) *fixture {
	url, cluster := services.MySQL(t), services.Cluster()
	account, rest, _ := strings.Cut(strings.TrimPrefix(url, "mysql://"), "@")
	address, name, _ := strings.Cut(rest, "/")
	return newFixture(t, url, "mysql", account+"@tcp("+address+")/"+name,
		kafka.Config{Brokers: cluster.Brokers, Topic: services.Topic(t), Partitions: partitions, ReplicationFactor: 3, Form: event.Form{Installation: "test"}, TLS: &kafka.TLS{CAFile: cluster.CAFile},
			SASL: &kafka.SASL{Mechanism: "SCRAM-SHA-256", Username: cluster.Username, Password: cluster.Password}},
		kgo.SeedBrokers(cluster.Plain...))
}

func newFixture(t testing.TB, url, driver, dsn string, topic kafka.Config, opts ...kgo.Opt) *fixture {
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
	testkit.Must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		testkit.Must(t, errors.Join(<-ended, store.Close()))
	})
	d := &fixture{TB: t, store: store, posts: post.NewService(store), topic: topic}
	d.db, err = sql.Open(driver, dsn)
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, d.db.Close()) })
	d.client, err = kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	testkit.Must(t, err)
	t.Cleanup(d.client.Close)
	d.producer, err = kafka.NewProducer(topic)
	testkit.Must(t, err)
	t.Cleanup(d.producer.Close)
	testkit.Must(t, d.producer.EnsureTopic(t.Context()))
	d.awaitTopic()
	return d
}

// awaitTopic returns when all brokers have the new topic.
func (d *fixture) awaitTopic() {
	d.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for known := 0; known < 3; { // each client asks one of three brokers
		_, err := kafka.ReadTopic(d.Context(), d.topic, func(kafka.Record) error { return nil })
		if known++; err != nil {
			known = 0
		}
		if time.Now().After(deadline) {
			d.Fatalf("the topic is still unknown: %v", err)
		}
	}
}

// write stores eight events: 1, 4, 6 and 8 of post 1, 2 and 5 of post 2, 3 and 7 of post 3, which is deleted.
func (d *fixture) write() {
	d.Helper()
	for n := range 3 {
		d.create(fmt.Sprintf(`{"title":"Post %d","content":"Some *text*."}`, n+1))
	}
	d.edit(1, 1, `{"title":"Tides"}`)
	d.edit(2, 1, `{"content":"हिन्दी 🌊"}`)
	_, err := d.posts.Publish(d.Context(), ana, 1, 0, true, post.Request{})
	testkit.Must(d, err)
	_, err = d.posts.Delete(d.Context(), ana, 3, 0, post.Request{})
	testkit.Must(d, err)
	for before := time.Now().UnixMilli(); time.Now().UnixMilli() == before; { // so that events 6 and 8 differ in updatedAt
	}
	d.edit(1, 3, `{"category":"Quay"}`)
	testkit.Must(d, d.store.AwaitIndex(d.Context(), false))
}

func (d *fixture) create(body string) {
	d.Helper()
	p, err := post.ParseNew([]byte(body))
	testkit.Must(d, err)
	_, err = d.posts.Create(d.Context(), ana, p, post.Request{})
	testkit.Must(d, err)
}

func (d *fixture) edit(id, base int64, body string) {
	d.Helper()
	p, err := post.ParsePatch([]byte(body))
	testkit.Must(d, err)
	_, err = d.posts.Edit(d.Context(), ana, id, base, p, post.EditOptions{}, post.Request{})
	testkit.Must(d, err)
}

// publish sends the events with these numbers in this order.
func (d *fixture) publish(seqs ...int64) {
	d.Helper()
	for _, e := range d.events(seqs...) {
		testkit.Must(d, d.producer.Publish(d.Context(), []event.Event{e}))
	}
}

func (d *fixture) events(seqs ...int64) (list []event.Event) {
	d.Helper()
	for _, seq := range seqs {
		events, err := d.store.After(d.Context(), seq-1, 1)
		testkit.Must(d, err)
		if len(events) == 0 || events[0].Seq != seq {
			d.Fatalf("event %d is not in the log", seq)
		}
		list = append(list, events[0])
	}
	return list
}

// advance moves the relay's watermark.
func (d *fixture) advance(watermark int64) {
	d.Helper()
	term, err := d.store.Acquire(d.Context(), "test", time.Minute)
	testkit.Must(d, err)
	testkit.Must(d, d.store.Advance(d.Context(), term, watermark))
}

// put writes a record with a valid MAC.
func (d *fixture) put(partition int32, key, value string) {
	d.Helper()
	d.produce(partition, key, value, kgo.RecordHeader{Key: "wiredesk-mac", Value: kafkatest.MAC(d, nil, []byte(value))})
}

// forge writes a record without a valid MAC.
func (d *fixture) forge(partition int32, key, value string) {
	d.Helper()
	d.produce(partition, key, value)
}

func (d *fixture) produce(partition int32, key, value string, headers ...kgo.RecordHeader) {
	d.Helper()
	r := &kgo.Record{Topic: d.topic.Topic, Partition: partition, Key: []byte(key), Value: []byte(value), Headers: headers}
	testkit.Must(d, d.client.ProduceSync(d.Context(), r).FirstErr())
}

func (d *fixture) cloud(e event.Event) string {
	d.Helper()
	b, err := d.topic.Form.EncodeCloud(e)
	testkit.Must(d, err)
	return string(b)
}

// trim removes the records of a partition below offset.
func (d *fixture) trim(partition int32, offset int64) {
	d.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(d.topic.Topic, partition, offset, -1)
	answers, err := kadm.NewClient(d.client).DeleteRecords(d.Context(), offsets)
	testkit.Must(d, err)
	testkit.Must(d, answers.Error())
}

func (d *fixture) exec(query string) {
	d.Helper()
	_, err := d.db.Exec(query)
	testkit.Must(d, err)
}

func (d *fixture) check(cfg verify.Config) (*verify.Report, string) {
	d.Helper()
	report, err := verify.Check(d.Context(), d.store, d.topic, cfg)
	testkit.Must(d, err)
	var text strings.Builder
	testkit.Must(d, report.Print(&text))
	return report, text.String()
}

// wants fails unless the report has all parts and that number of problems.
func (d *fixture) wants(cfg verify.Config, problems int64, parts ...string) *verify.Report {
	d.Helper()
	report, text := d.check(cfg)
	last := text[strings.LastIndexByte(strings.TrimSpace(text), '\n')+1:]
	want := map[bool]string{true: "verified: ", false: "NOT verified: "}[problems == 0]
	missing := slices.DeleteFunc(parts, func(p string) bool { return strings.Contains(text, p) })
	if report.Problems() != problems || !strings.HasPrefix(last, want) || len(missing) > 0 {
		d.Errorf("%d problems, not %d; the report lacks %q:\n%s", report.Problems(), problems, missing, text)
	}
	return report
}

// repair runs Repair of the report.
func (d *fixture) repair(r *verify.Report, events int64) {
	d.Helper()
	n, err := r.Repair(d.Context(), d.store, d.producer)
	if err != nil || n != events {
		d.Errorf("repair published %d events, not %d: %v", n, events, err)
	}
}
