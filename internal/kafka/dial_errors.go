package kafka

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// recent is how long a connection that was not made may be why nothing works.
const recentFor = 10 * time.Second

// link keeps why the last connection to a broker was not made. Clients ask again
// without end, and would only tell that time was up.
type dialErrors struct {
	last atomic.Pointer[dialFailure]
}

type dialFailure struct {
	err error
	at  time.Time
}

// OnBrokerConnect is called by the client for each attempt to connect.
func (d *dialErrors) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		d.last.Store(&dialFailure{err, time.Now()})
	}
}

// refused returns why a connection was not made lately, or nil.
func (d *dialErrors) recent() error {
	if last := d.last.Load(); last != nil && time.Since(last.at) < recentFor {
		return last.err
	}
	return nil
}

// dialError is why a connection to a broker was not made.
type dialError struct {
	address string
	err     error
}

func (e *dialError) Error() string { return e.address + ": " + e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

var errNoTLS = errors.New("the TLS handshake was cut off")

// trouble is an error in words for whoever runs the desk: what is wrong and what to do.
type describedError struct {
	text  string
	cause error
}

func (t *describedError) Error() string { return t.text }
func (t *describedError) Unwrap() error { return t.cause }

// explain says in plain words why something could not be done. right is the ACL
// operation on the topic that it takes. It returns nil for nil.
func (c Config) describeError(dials *dialErrors, doing, right string, err error) error {
	var known *describedError
	if err == nil || errors.As(err, &known) {
		return err
	}
	if text := c.knownError(right, err); text != "" {
		return &describedError{text, err}
	}
	if failed := dials.recent(); failed != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		if text := c.knownError(right, failed); text != "" {
			return &describedError{text, err}
		}
		return fmt.Errorf("%s: %w", doing, failed)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// words returns what is known about err, or nothing.
func (c Config) knownError(right string, err error) string {
	if text := c.brokerError(right, err); text != "" {
		return text
	}
	return c.connError(err)
}

// brokerError are about what brokers answer.
func (c Config) brokerError(right string, err error) string {
	who, mechanism := "this client", ""
	if c.SASL != nil {
		who, mechanism = fmt.Sprintf("user %q", c.SASL.Username), c.SASL.Mechanism
	}
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return fmt.Sprintf("Kafka refuses %s: wrong KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD", who)
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return fmt.Sprintf("Kafka does not take KAFKA_SASL_MECHANISM=%s: use the one that its listener is set up for", mechanism)
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Sprintf("Kafka does not let %s %s the topic %s: add an ACL that allows %s on it", who, verbs[right], c.Topic, right)
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return fmt.Sprintf("the Kafka topic %s does not exist; the node that publishes creates it", c.Topic)
	case errors.Is(err, kerr.InvalidReplicationFactor):
		return fmt.Sprintf("Kafka has too few brokers for a topic with KAFKA_REPLICATION_FACTOR=%d: start more brokers, or lower it", c.ReplicationFactor)
	case errors.Is(err, kerr.MessageTooLarge):
		return fmt.Sprintf("an event is larger than the topic %s takes: raise its max.message.bytes to %d", c.Topic, MaxMessageBytes)
	}
	return ""
}

// verbs are the operations of ACLs.
var verbs = map[string]string{"DESCRIBE": "see", "CREATE": "create", "WRITE": "write to", "READ": "read"}

// connError are about connections.
func (c Config) connError(err error) string {
	if ended := new(kgo.ErrFirstReadEOF); errors.As(err, &ended) || c.TLS == nil && strings.Contains(err.Error(), "tls alert") {
		if c.TLS == nil {
			return "Kafka ends the connection at once, as a port for TLS does: set KAFKA_TLS=on, and KAFKA_SASL_MECHANISM if it asks for a user"
		}
		return "Kafka ends the connection at once, as it does when it asks for a user: set KAFKA_SASL_MECHANISM"
	}
	if refusal := new(net.OpError); errors.As(err, &refusal) && refusal.Op == "remote error" { // with TLS 1.3 not before the first answer
		return fmt.Sprintf("Kafka refuses the TLS connection; it may ask for KAFKA_CERT_FILE and KAFKA_KEY_FILE: %v", refusal)
	}
	dial := new(dialError)
	if !errors.As(err, &dial) {
		return ""
	}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var host *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &unknown):
		return fmt.Sprintf("the certificate of the Kafka broker %s is not from an authority that KAFKA_CA_FILE holds", dial.address)
	case errors.As(err, &name), errors.As(err, &invalid):
		return fmt.Sprintf("the certificate of the Kafka broker %s is not valid: %v", dial.address, dial.err)
	case errors.Is(err, errNoTLS):
		return fmt.Sprintf("the Kafka broker %s does not speak TLS at this port: name its port for TLS in KAFKA_BROKER, or set KAFKA_TLS=off", dial.address)
	case errors.As(err, &host):
		return fmt.Sprintf("the host of the Kafka broker %s is not known: see KAFKA_BROKER, and the names that the cluster advertises", dial.address)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("no Kafka broker listens at %s: see KAFKA_BROKER, and whether it is running", dial.address)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("the Kafka broker %s does not answer: see KAFKA_BROKER, and the network", dial.address)
	}
	return ""
}
