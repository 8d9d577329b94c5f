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

// Config has the directory of a broker and its listener for other processes.
type Config struct {
	Dir    string       // created if missing, and locked while the broker is open
	Listen string       // loopback host:port for clients of other processes; empty: none
	Logger *slog.Logger // nil: silent
}

// Broker is a Kafka broker in this process. Clients of package kafka reach it through memory with the
// configuration of ClientConfig. Its methods may be called from any goroutine, but for Close.
type Broker struct {
	lock     *os.File
	external *externalListener // nil: for this process only
	mem      *memListener
	cluster  *kfake.Cluster
	log      *brokerLog
	copied   string // the directory with the copy of the log; empty: none
}

// Open starts a broker. It fails with ErrInUse if another process has the directory, and if the port is
// in use. A log that cannot be read is moved to embedded.broken-<time> in Dir with a warning, and the
// broker starts with an empty one. The caller closes the broker.
func Open(cfg Config) (*Broker, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating the directory of the embedded Kafka: %w", err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	b := &Broker{lock: lock, log: &brokerLog{log: cfg.Logger}}
	if err := b.start(cfg); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	b.log.reset()        // warnings about repairs while opening
	debug.FreeOSMemory() // opening reads the whole log into memory
	return b, nil
}

// ClientConfig returns cfg with the connection to this broker. Close its clients before the broker.
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

// Addr returns the address for clients of other processes; nil: there is none.
func (b *Broker) Addr() net.Addr {
	if b.external == nil {
		return nil
	}
	return b.external.tcp.Addr()
}

// Health returns the last warning of the broker within a minute, such as a full disk, or nil.
func (b *Broker) Health() error { return b.log.lastWarning() }

// Close stops the broker and unlocks the directory.
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

// start opens the port first, so that a later failure is one of the log.
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

// openLog starts kfake on the log in dir, or on an empty one if it cannot be read.
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

// open starts kfake on the log in dir.
func (b *Broker) open(dir string, addr net.Addr) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("opening the embedded Kafka: %w", err)
	}
	mem := newMemListener(addr)
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1), kfake.ClusterID("wiredesk-embedded"), kfake.DataDir(dir), kfake.WithLogger(b.log),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return mem, nil }),
		kfake.BrokerConfigs(map[string]string{
			"log.cleaner.backoff.ms":    "60000", // interval of retention
			"offsets.retention.minutes": "525600",
			"group.max.size":            maxGroupMembers,
			"state.log.compact.bytes":   "67108864", // more than maxGroups offsets take: above it each commit rewrites groups.log
			"message.max.bytes":         strconv.Itoa(kafka.MaxMessageBytes),
		}))
	if err != nil {
		return fmt.Errorf("opening the embedded Kafka: %w", err)
	}
	b.cluster, b.mem = cluster, mem
	return nil
}

// checkLog fails if files are missing without which kfake starts empty, and then writes into segments that
// it did not read.
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
