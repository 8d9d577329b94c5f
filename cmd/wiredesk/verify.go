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

	"github.com/spf13/cobra"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/verify"
)

// repairs bounds the rounds of one repair. A second round publishes events of posts that changed during the first.
const repairs = 3

// verifyFlags are the flags of verify.
type verifyFlags struct {
	repair, newEpoch, all, noTopic bool
}

func verifyCommand(e env) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use: "verify", GroupID: groupData, Short: "Check that no event is lost, and repair the topic",
		Long: `Read the event log, the topic and the posts, and check that they agree: the log has no gap, the topic
has each event, in order for each post, and no other record, and each post equals its last event. The
server may run meanwhile. The command only reads the database, which may be write-protected. It exits
with 1 when it finds a problem.`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.verify(c.Context(), f) },
	}
	flags := c.Flags()
	flags.BoolVar(&f.repair, "repair", false, "publish events again that the topic lacks; never changes the database")
	flags.BoolVar(&f.newEpoch, "new-epoch", false, "begin a new epoch of the event log, after the database and the topic were both restored from a backup; checks nothing")
	flags.BoolVar(&f.all, "all", false, "print every finding, not the first 20 of a kind")
	flags.BoolVar(&f.noTopic, "no-topic", false, "check only the database: for a backup copy, which has no topic")
	return c
}

func (e env) verify(ctx context.Context, f verifyFlags) error {
	if f.newEpoch && (f.repair || f.noTopic || f.all) {
		return errors.New("--new-epoch checks nothing: remove the other flags")
	}
	if f.repair && f.noTopic {
		return errors.New("--repair publishes to the topic, which --no-topic excludes: remove one of them")
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(cfg.databaseURL, "sqlite://"); ok {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("there is no database to verify: %w; set DATA_DIR or DATABASE_URL to the value that the server has", err)
		}
	}
	if f.newEpoch {
		return e.newEpoch(ctx)
	}
	d, cfg, err := e.openReader(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	var topic kafka.Config
	if !f.noTopic {
		var closeBroker func()
		if topic, closeBroker, err = d.topic(cfg, cfg.logger(e), !f.repair); err != nil {
			return err
		}
		defer closeBroker()
	}
	how := verify.Config{Retention: cfg.eventRetention > 0, All: f.all, NoTopic: f.noTopic}
	check := func() (*verify.Report, error) { return verify.Check(ctx, d.store, topic, how) }
	var report *verify.Report
	if f.repair {
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

// repair publishes the events that check reports as missing, until it reports none or after repairs rounds.
func (e env) repair(ctx context.Context, d *services, topic kafka.Config, check func() (*verify.Report, error)) (*verify.Report, error) {
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

// newEpoch begins a new epoch of the event log: all clients reload their lists, and the relay publishes the log again.
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
	_, err = fmt.Fprintf(e.stdout, "The new epoch is %s; it was %s. All clients reload their lists, and the event log is published again.\n", epoch, at.Epoch)
	return err
}

// topic returns the configuration of a client of the topic. A running server has the embedded broker open: then the
// client connects to its listener, otherwise topic opens the broker. With mayCopy it opens a copy of the broker's log if
// the directory is write-protected.
func (d *services) topic(c config, log *slog.Logger, mayCopy bool) (topic kafka.Config, closeBroker func(), err error) {
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
	return topic, nil, fmt.Errorf("%w, and KAFKA_EMBEDDED_LISTEN=%q is not the address of its embedded Kafka: start it with KAFKA_EMBEDDED_LISTEN, "+
		"for example KAFKA_EMBEDDED_LISTEN=127.0.0.1:9092, and set the same here; or stop it first", err, c.kafkaEmbeddedListen)
}
