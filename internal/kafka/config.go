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

// Config has the topic and the connection to its brokers. Producer, Consumer and ReadTopic use the
// same one; its zero values work where a comment names them.
type Config struct {
	Brokers           []string // host:port of some brokers of the cluster
	Topic             string
	Partitions        int32 // of a topic that is created
	ReplicationFactor int16 // of a topic that is created; -1: the default of the brokers
	TLS               *TLS  // nil: plain text
	SASL              *SASL // nil: no authentication

	Form                   event.Form
	Secret, PreviousSecret []byte // of the MACs; Secret signs records, both verify them, and PreviousSecret may be empty
	Compression            string // none, gzip, lz4 or zstd; empty: gzip

	// Dialer opens connections to brokers; nil: over TCP.
	Dialer func(ctx context.Context, network, address string) (net.Conn, error)

	Logger     *slog.Logger          // nil: silent
	Registerer prometheus.Registerer // nil: metrics are not published

	Local *LocalBroker // nil: the brokers are a cluster
}

// LocalBroker describes a single broker that runs in this process. Clients wait longer for its
// records, read more of its log at the start of a term (it does not sync its log, so it may have lost the
// end), and empty its topic by deleting it. See package embedded.
type LocalBroker struct {
	Health        func() error      // the last problem of the broker, or nil; does not block
	TopicSettings map[string]string // set on the topic at each start
}

// TLS has the names of PEM files. An empty CAFile means the authorities of the system. CertFile and
// KeyFile are set together, for clusters that require a client certificate.
type TLS struct{ CAFile, CertFile, KeyFile string }

// SASL has the credentials of the client. Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
type SASL struct{ Mechanism, Username, Password string }

// fetchMaxWait returns the time for which a broker may delay the answer to a fetch without records.
func (c Config) fetchMaxWait() time.Duration {
	if c.Local != nil {
		return localWait
	}
	return fetchWait
}

func (c Config) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// Timeouts after which the client tries another broker. A cluster takes 3 to 9 s to move the
// partitions of a failed broker, so these are never the longest wait.
const (
	dialTimeout    = 1500 * time.Millisecond // to connect, TLS included
	requestTimeout = 2 * time.Second         // beyond the time that the request lets the broker wait
	produceTimeout = time.Second             // for a broker to wait for its replicas; the client repeats the request
	retryTimeout   = 8 * time.Second         // of all attempts of one request; produce and fetch requests are repeated without a limit
)

// options returns the options of every client of the topic. dials records failed connections.
func (c Config) options(dials *dialErrors) ([]kgo.Opt, error) {
	dial, err := c.dialer()
	if err != nil {
		return nil, err
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID("wiredesk"), kgo.WithLogger(clientLog{c.log()}), kgo.DisableClientMetrics(),
		kgo.Dialer(dial), kgo.WithHooks(dials), kgo.RequestTimeoutOverhead(requestTimeout), kgo.RetryTimeout(retryTimeout),
		kgo.MetadataMinAge(250 * time.Millisecond), kgo.MetadataMaxAge(30 * time.Second),
		kgo.MaxDecompressBatchBytes(MaxUnpacked),
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

// dialer returns the dial function of clients. It uses TLS if configured, and its errors are of type
// dialError.
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
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
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

// encrypt starts TLS on conn. It closes conn on an error.
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
	switch { // converted to dial errors, after which the client tries another broker
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

// clientLog writes the messages of the client at level debug only: they repeat at each retry, and the
// Consumer and the relay log each change of state once.
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
