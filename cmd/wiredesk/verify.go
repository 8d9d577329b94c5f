package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/verify"
)

const verifyUsage = `[flags]

Reads the whole log, the topic and the posts, and proves that they agree: no number is
missing, each event is on the topic, in order for each post and none besides, and each
post equals its last event. The server may run meanwhile. The database is only read: it may be
write-protected. Ends with 1 when anything is wrong.
`

// repairs is how often one call repairs. A second time is needed only for posts that
// were changed at the same moment.
const repairs = 3

func runVerify(ctx context.Context, e env, args []string) error {
	f := e.flags("verify", verifyUsage)
	repair := f.Bool("repair", false, "publish again what the topic lacks; the database is never changed")
	newEpoch := f.Bool("new-epoch", false, "begin a new epoch of the event log, after the database and the topic were both restored from a backup; check nothing")
	all := f.Bool("all", false, "print every finding, not the first 20 of a kind")
	noTopic := f.Bool("no-topic", false, "check the database alone: for a backup copy, which has no topic")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if *newEpoch && (*repair || *noTopic || *all) {
		return errors.New("--new-epoch checks nothing: use it alone")
	}
	if *repair && *noTopic {
		return errors.New("--repair publishes to the topic, which --no-topic leaves out; use one of them")
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(cfg.databaseURL, "sqlite://"); ok {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("there is no desk to verify: %w; set DATA_DIR or DATABASE_URL as the desk has them", err)
		}
	}
	if *newEpoch {
		return e.newEpoch(ctx)
	}
	d, cfg, err := e.openReader(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	var topic kafka.Config
	if !*noTopic {
		var closeBroker func()
		if topic, closeBroker, err = d.topic(cfg, cfg.logger(e), !*repair); err != nil {
			return err
		}
		defer closeBroker()
	}
	how := verify.Config{Retention: cfg.eventRetention > 0, All: *all, NoTopic: *noTopic}
	check := func() (*verify.Report, error) { return verify.Check(ctx, d.store, topic, how) }
	var report *verify.Report
	if *repair {
		report, err = e.repair(ctx, d, topic, check)
	} else {
		report, err = check()
	}
	if err != nil {
		return err
	}
	if err := report.Print(e.stdout); err != nil {
		return err
	}
	if report.Problems() > 0 {
		return errors.New("the log, the topic and the posts do not agree")
	}
	return nil
}

// repair publishes what check finds to be missing, until it finds nothing more to publish.
func (e env) repair(ctx context.Context, d *desk, topic kafka.Config, check func() (*verify.Report, error)) (*verify.Report, error) {
	producer, err := kafka.NewProducer(topic)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	if err := producer.EnsureTopic(ctx); err != nil {
		return nil, err
	}
	for range repairs {
		report, err := check()
		if err != nil {
			return nil, err
		}
		n, err := report.Repair(ctx, d.store, producer)
		if n == 0 || err != nil {
			return report, err
		}
		fmt.Fprintf(e.stdout, "%d events were published again\n", n)
	}
	return check()
}

// newEpoch has every client fetch its lists again, and the events of the log published again with the new epoch.
func (e env) newEpoch(ctx context.Context) error {
	d, _, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	at, err := d.store.Position(ctx)
	if err != nil {
		return err
	}
	epoch, err := d.store.NewEpoch(ctx, at.Epoch)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "The epoch is %s now, after %s. All clients fetch their lists again, and the events of the log are published again.\n", epoch, at.Epoch)
	return err
}

// topic returns how to reach the topic. The embedded broker belongs to the server's
// process: while that runs it is reached through its listener, otherwise it is opened here. With
// mayCopy, a copy of its log is opened when its directory is write-protected.
func (d *desk) topic(c config, log *slog.Logger, mayCopy bool) (topic kafka.Config, closeBroker func(), err error) {
	if d.secret == nil {
		return topic, nil, fmt.Errorf("%w; --no-topic checks the database alone", errNoSecret)
	}
	topic = d.kafka(c)
	topic.Logger = log
	if !c.kafkaEmbedded {
		return topic, func() {}, nil
	}
	local := embedded.Config{Dir: filepath.Join(c.dataDir, "kafka"), Logger: log}
	broker, err := embedded.Open(local)
	if mayCopy && embedded.IsWriteProtected(err) {
		broker, err = embedded.OpenCopy(local)
	}
	if err == nil {
		return broker.ClientConfig(topic), func() { broker.Close() }, nil
	}
	if !errors.Is(err, embedded.ErrInUse) {
		return topic, nil, fmt.Errorf("%w; --no-topic checks the database alone", err)
	}
	if conn, dialErr := net.DialTimeout("tcp", c.kafkaEmbeddedListen, time.Second); dialErr == nil {
		conn.Close()
		topic.Brokers = []string{c.kafkaEmbeddedListen}
		return topic, func() {}, nil
	}
	return topic, nil, fmt.Errorf("%w, and KAFKA_EMBEDDED_LISTEN=%q does not lead to its embedded Kafka: start it with KAFKA_EMBEDDED_LISTEN, "+
		"for example KAFKA_EMBEDDED_LISTEN=127.0.0.1:9092, and set the same here; or stop it first", err, c.kafkaEmbeddedListen)
}
