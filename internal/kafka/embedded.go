package kafka

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
)

// EmbeddedConfig says where an embedded broker keeps its log and who may reach it.
type EmbeddedConfig struct {
	Dir    string       // made when missing, and locked while the broker is open
	Listen string       // loopback host:port for clients of other processes; empty: none
	Logger *slog.Logger // nil: silent
}

// Embedded is a Kafka broker in this process: one node, real protocol, a log on
// disk that is capped and may lose its tail with the machine's power. What is
// missing in it is published again from the events table.
type Embedded struct {
	lock     *os.File
	external *externalListener // nil: for this process only
	pipes    *pipes
	cluster  *kfake.Cluster
	log      *brokerLog
	copied   string // the directory with the copy of the log; empty: none
}

// OpenEmbedded starts the broker. It fails when another process has the
// directory or the port. A log that cannot be read is moved aside, with a
// warning, to embedded.broken-<time> in Dir, and the broker starts with a new one.
func OpenEmbedded(cfg EmbeddedConfig) (*Embedded, error) {
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
	e := &Embedded{lock: lock, log: &brokerLog{log: cfg.Logger}}
	if err := e.start(cfg); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e.log.forget()       // what was found and repaired while opening is no present trouble
	debug.FreeOSMemory() // opening reads the whole log into memory
	return e, nil
}

// Apply returns cfg for clients of this broker. Close them before the broker.
func (e *Embedded) Apply(cfg Config) Config {
	cfg.Brokers, cfg.TLS, cfg.SASL = []string{e.pipes.addr.String()}, nil, nil
	cfg.Dialer, cfg.broker = e.pipes.dial, e.Health
	cfg.ReplicationFactor = -1 // the broker's default; it has only itself
	// A partition must never be emptied, as its offsets would start from 0 again at
	// the next start: so the log is capped by bytes, which keeps the newest, and not by age.
	cfg.settings = map[string]*string{"retention.bytes": new("67108864"), "retention.ms": new("-1"), "segment.bytes": new("8388608")}
	return cfg
}

// Addr is where clients of other processes connect; nil when they cannot.
func (e *Embedded) Addr() net.Addr {
	if e.external == nil {
		return nil
	}
	return e.external.tcp.Addr()
}

// Health returns what troubled the broker within the last minute, such as a full disk.
func (e *Embedded) Health() error { return e.log.trouble() }

// Close stops the broker and gives the directory free.
func (e *Embedded) Close() error {
	var err error
	if e.external != nil {
		err = e.external.close()
	}
	e.cluster.Close()
	err = errors.Join(err, e.lock.Close())
	if e.copied != "" {
		err = errors.Join(err, os.RemoveAll(e.copied))
	}
	return err
}

// start takes the port first, so that what fails afterwards is the log.
func (e *Embedded) start(cfg EmbeddedConfig) (err error) {
	var addr net.Addr = inside{}
	if cfg.Listen != "" {
		if e.external, err = openExternal(cfg.Listen, cfg.Logger); err != nil {
			return err
		}
		addr = e.external.tcp.Addr()
	}
	if err := e.openLog(filepath.Join(cfg.Dir, "embedded"), addr); err != nil {
		if e.external != nil {
			err = errors.Join(err, e.external.close())
		}
		return err
	}
	if e.external != nil {
		e.external.serve(e.pipes)
	}
	return nil
}

// openLog starts the broker on the log in dir, or on a new one when that is broken.
func (e *Embedded) openLog(dir string, addr net.Addr) error {
	broken := checkLog(dir)
	if broken == nil {
		broken = e.open(dir, addr)
	}
	if broken == nil {
		return nil
	}
	aside := dir + ".broken-" + time.Now().UTC().Format("20060102T150405.000")
	if err := os.Rename(dir, aside); err != nil {
		return errors.Join(broken, fmt.Errorf("moving the broken log aside: %w", err))
	}
	e.log.log.Warn("embedded Kafka log is corrupt and was moved; starting a new one, filled from the database",
		"moved", aside, "error", broken)
	return e.open(dir, addr)
}

func (e *Embedded) open(dir string, addr net.Addr) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("opening the embedded Kafka: %w", err)
	}
	pipes := newPipes(addr)
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1), kfake.ClusterID("wiredesk-embedded"), kfake.DataDir(dir), kfake.WithLogger(e.log),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return pipes, nil }),
		kfake.BrokerConfigs(map[string]string{
			"log.cleaner.backoff.ms":    "60000", // how often the log is cut to its cap
			"offsets.retention.minutes": "525600",
			"group.max.size":            maxGroupMembers,
			"state.log.compact.bytes":   "67108864", // above maxGroups offsets with plain metadata: beyond it each commit rewrites groups.log
			"message.max.bytes":         strconv.Itoa(maxMessageBytes),
		}))
	if err != nil {
		return fmt.Errorf("opening the embedded Kafka: %w", err)
	}
	e.cluster, e.pipes = cluster, pipes
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
