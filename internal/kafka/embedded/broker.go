package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/wiredesk/wiredesk/internal/kafka"
)

// Config says where an embedded broker keeps its log and who may reach it.
type Config struct {
	Dir    string       // made when missing, and locked while the broker is open
	Listen string       // loopback host:port for clients of other processes; empty: none
	Logger *slog.Logger // nil: silent
}

// Embedded is a Kafka broker in this process: one node, real protocol, a log on
// disk that is capped and may lose its tail with the machine's power. What is
// missing in it is published again from the events table.
type Broker struct {
	lock     *os.File
	external *externalListener // nil: for this process only
	mem      *memListener
	cluster  *kfake.Cluster
	log      *brokerLog
	copied   string // the directory with the copy of the log; empty: none
}

// Open starts the broker. It fails when another process has the
// directory or the port. A log that cannot be read is moved aside, with a
// warning, to embedded.broken-<time> in Dir, and the broker starts with a new one.
func Open(cfg Config) (*Broker, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the embedded Kafka's directory: %w", err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	b := &Broker{lock: lock, log: &brokerLog{log: cfg.Logger}}
	if err := b.start(cfg); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	b.log.reset()        // what was found and repaired while opening is no present trouble
	debug.FreeOSMemory() // opening reads the whole log into memory
	return b, nil
}

// Apply returns cfg for clients of this broker. Close them before the broker.
func (b *Broker) ClientConfig(cfg kafka.Config) kafka.Config {
	cfg.Brokers, cfg.TLS, cfg.SASL = []string{b.mem.addr.String()}, nil, nil
	cfg.Dialer = b.mem.dial
	cfg.ReplicationFactor = -1
	// An empty partition would begin at offset 0 again at the next start. Retention by bytes keeps the
	// newest records, retention by age could remove all.
	cfg.Local = &kafka.LocalBroker{Health: b.Health,
		TopicSettings: map[string]string{"retention.bytes": "67108864", "retention.ms": "-1", "segment.bytes": "8388608"}}
	return cfg
}

// Addr is where clients of other processes connect; nil when they cannot.
func (b *Broker) Addr() net.Addr {
	if b.external == nil {
		return nil
	}
	return b.external.tcp.Addr()
}

// Health returns what troubled the broker within the last minute, such as a full disk.
func (b *Broker) Health() error { return b.log.lastWarning() }

// Close stops the broker and gives the directory free.
func (b *Broker) Close() error {
	var err error
	if b.external != nil {
		err = b.external.close()
	}
	b.cluster.Close()
	err = errors.Join(err, b.lock.Close())
	if b.copied != "" {
		err = errors.Join(err, os.RemoveAll(b.copied))
	}
	return err
}

// start takes the port first, so that what fails afterwards is the log.
func (b *Broker) start(cfg Config) (err error) {
	var addr net.Addr = memAddr{}
	if cfg.Listen != "" {
		if b.external, err = openExternal(cfg.Listen, cfg.Logger); err != nil {
			return err
		}
		addr = b.external.tcp.Addr()
	}
	if err := b.openLog(filepath.Join(cfg.Dir, "embedded"), addr); err != nil {
		if b.external != nil {
			err = errors.Join(err, b.external.close())
		}
		return err
	}
	if b.external != nil {
		b.external.serve(b.mem)
	}
	return nil
}

// openLog starts the broker on the log in dir, or on a new one when that is broken.
func (b *Broker) openLog(dir string, addr net.Addr) error {
	broken := checkLog(dir)
	if broken == nil {
		broken = b.open(dir, addr)
	}
	if broken == nil {
		return nil
	}
	aside := dir + ".broken-" + time.Now().UTC().Format("20060102T150405.000")
	if err := os.Rename(dir, aside); err != nil {
		return errors.Join(broken, fmt.Errorf("moving the broken log aside: %w", err))
	}
	b.log.log.Warn("embedded Kafka log is corrupt and was moved; starting a new one, filled from the database",
		"moved", aside, "error", broken)
	return b.open(dir, addr)
}

func (b *Broker) open(dir string, addr net.Addr) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("opening the embedded Kafka: %w", err)
	}
	mem := newMemListener(addr)
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1), kfake.ClusterID("wiredesk-embedded"), kfake.DataDir(dir), kfake.WithLogger(b.log),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return mem, nil }),
		kfake.BrokerConfigs(map[string]string{
			"log.cleaner.backoff.ms":    "60000", // how often the log is cut to its cap
			"offsets.retention.minutes": "525600",
			"group.max.size":            maxGroupMembers,
			"state.log.compact.bytes":   "67108864", // above maxGroups offsets with plain metadata: beyond it each commit rewrites groups.log
			"message.max.bytes":         strconv.Itoa(kafka.MaxMessageBytes),
		}))
	if err != nil {
		return fmt.Errorf("opening the embedded Kafka: %w", err)
	}
	b.cluster, b.mem = cluster, mem
	return nil
}

// checkLog finds what the broker would not: without these files it starts empty
// and writes into the segments that it did not read.
func checkLog(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "partitions")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, name := range []string{"meta.json", "topics.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("opening the embedded Kafka: it has partitions, but %w", err)
		}
	}
	return nil
}
