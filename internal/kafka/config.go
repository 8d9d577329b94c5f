// Package kafka is the way to and from the topic of events: a Producer, a
// Consumer, and an Embedded broker for installations without a cluster. It is
// the only place that knows the Kafka client. It never reads the database, and
// nothing that it stores is the truth: the events table is.
package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Config says where the topic is. The Producer and the Consumer share it.
type Config struct {
	Brokers           []string // host:port of some of the cluster's brokers
	Topic             string
	Partitions        int32 // of a topic that has to be created
	ReplicationFactor int16 // of a topic that has to be created
	TLS               *TLS  // nil: plain text
	SASL              *SASL // nil: no authentication

	Form                   event.Form
	Secret, PreviousSecret []byte // of the MACs; records are signed with Secret, and PreviousSecret may be empty
	Compression            string // none, gzip, lz4 or zstd; empty: gzip

	// Dialer opens connections to brokers; nil means the network.
	Dialer func(ctx context.Context, network, address string) (net.Conn, error)

	Logger     *slog.Logger          // nil: silent
	Registerer prometheus.Registerer // nil: metrics are not published

	settings map[string]*string // of the topic, given anew at each start; the embedded broker's only
	broker   func() error       // the embedded broker's own health
}

// TLS names PEM files. CAFile is empty for the system's authorities; CertFile
// and KeyFile are set together, for clusters that ask for a client certificate.
type TLS struct{ CAFile, CertFile, KeyFile string }

// SASL is how the client signs in. Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
type SASL struct{ Mechanism, Username, Password string }

// wait returns how long a broker may keep a fetch that finds nothing.
func (c Config) wait() time.Duration {
	if c.broker != nil {
		return embeddedWait
	}
	return fetchWait
}

func (c Config) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// A broker that stopped answering is left for another after these. A cluster takes
// its own time, from 3 to 9 s, until it has given the broker's partitions to others.
const (
	dialTime    = 1500 * time.Millisecond // to connect, TLS included
	requestTime = 2 * time.Second         // on top of what a request lets the broker wait
	produceTime = time.Second             // that a broker may wait for replicas before it says so; the client asks again
	retryTime   = 8 * time.Second         // of all attempts at one question; producing and fetching have no end
)

// options returns what every client of the topic has in common. Whatever keeps it
// from a broker is noted in link.
func (c Config) options(link *link) ([]kgo.Opt, error) {
	dial, err := c.dialer()
	if err != nil {
		return nil, err
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID("wiredesk"), kgo.WithLogger(clientLog{c.log()}), kgo.DisableClientMetrics(),
		kgo.Dialer(dial), kgo.WithHooks(link), kgo.RequestTimeoutOverhead(requestTime), kgo.RetryTimeout(retryTime),
		kgo.MetadataMinAge(250 * time.Millisecond), kgo.MetadataMaxAge(30 * time.Second),
		kgo.MaxDecompressBatchBytes(maxUnpacked),
		kgo.RetryBackoffFn(func(fails int) time.Duration { return min(100*time.Millisecond<<min(fails, 4), time.Second) }),
	}
	if c.SASL != nil {
		mechanism, err := c.SASL.mechanism()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

// dialer returns how connections are made: with TLS when that is configured, and
// with the broker's address in every error.
func (c Config) dialer() (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	dial := c.Dialer
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	var secure *tls.Config
	if c.TLS != nil {
		var err error
		if secure, err = c.TLS.load(); err != nil {
			return nil, fmt.Errorf("setting up TLS to Kafka: %w", err)
		}
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTime)
		defer cancel()
		conn, err := dial(ctx, network, address)
		if err == nil && secure != nil {
			conn, err = encrypt(ctx, conn, secure, address)
		}
		if err != nil {
			return nil, &dialError{address, err}
		}
		return conn, nil
	}, nil
}

// encrypt begins TLS on conn, which it closes when that fails.
func encrypt(ctx context.Context, conn net.Conn, config *tls.Config, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err == nil {
		config = config.Clone()
		config.ServerName = host
		secured := tls.Client(conn, config)
		if err = secured.HandshakeContext(ctx); err == nil {
			return secured, nil
		}
	}
	_ = conn.Close()
	var plain tls.RecordHeaderError
	switch { // in terms of a dial, as the client tries another broker after one
	case errors.Is(err, context.DeadlineExceeded):
		err = &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	case errors.Is(err, io.EOF), errors.As(err, &plain):
		err = &net.OpError{Op: "dial", Net: "tcp", Err: errNoTLS}
	}
	return nil, err
}

func (t TLS) load() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading the certificate authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the certificate authority: %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" || t.KeyFile != "" {
		cert, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading the client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{cert}
	}
	return config, nil
}

func (s SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha512Mechanism(), nil
	}
	return nil, errors.New("SASL mechanism " + s.Mechanism + " is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
}

// clientLog shows what the client says only when debugging: it repeats itself at
// each retry, while the owners of clients tell each change of state once.
type clientLog struct{ log *slog.Logger }

func (l clientLog) Level() kgo.LogLevel {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		return kgo.LogLevelInfo
	}
	return kgo.LogLevelNone
}

func (l clientLog) Log(_ kgo.LogLevel, msg string, keyvals ...any) {
	l.log.Debug("kafka client: "+msg, keyvals...)
}
