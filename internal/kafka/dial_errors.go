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

// recentFor is how long a failed dial is reported as the cause of later timeouts.
const recentFor = 10 * time.Second

// dialErrors is a client hook that keeps the error of the last failed dial. Clients repeat dials without
// a limit, and report only a timeout.
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

// recent returns the error of the last failed dial, or nil if none failed within recentFor.
func (d *dialErrors) recent() error {
	if last := d.last.Load(); last != nil && time.Since(last.at) < recentFor {
		return last.err
	}
	return nil
}

// dialError is the error of a dial, with the address of the broker.
type dialError struct {
	address string
	err     error
}

func (e *dialError) Error() string { return e.address + ": " + e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

var errNoTLS = errors.New("the TLS handshake was cut off")

// describedError is an error as a sentence for operators: the fault, and the setting or ACL to check.
type describedError struct {
	text  string
	cause error
}

func (t *describedError) Error() string { return t.text }
func (t *describedError) Unwrap() error { return t.cause }

// describeError returns err as a describedError if its cause is known, and otherwise wraps it with doing,
// an action such as "reading the topic". A timeout shortly after a failed dial gets the dial's error. right
// is the ACL operation on the topic that the action needs. It returns nil for nil.
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

// knownError returns the sentence for a known error, or "".
func (c Config) knownError(right string, err error) string {
	if text := c.brokerError(right, err); text != "" {
		return text
	}
	return c.connError(err)
}

// brokerError returns the sentence for an error code of a broker, or "".
func (c Config) brokerError(right string, err error) string {
	user, mechanism := "this client", ""
	if c.SASL != nil {
		user, mechanism = fmt.Sprintf("user %q", c.SASL.Username), c.SASL.Mechanism
	}
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return fmt.Sprintf("Kafka refuses %s: wrong KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD", user)
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return fmt.Sprintf("Kafka does not take KAFKA_SASL_MECHANISM=%s: use the one that its listener is set up for", mechanism)
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Sprintf("Kafka does not let %s %s the topic %s: add an ACL that allows %s on it", user, verbs[right], c.Topic, right)
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return fmt.Sprintf("the Kafka topic %s does not exist; the node that publishes creates it", c.Topic)
	case errors.Is(err, kerr.InvalidReplicationFactor):
		return fmt.Sprintf("Kafka has too few brokers for a topic with KAFKA_REPLICATION_FACTOR=%d: start more brokers, or lower it", c.ReplicationFactor)
	case errors.Is(err, kerr.MessageTooLarge):
		return fmt.Sprintf("an event is larger than the topic %s takes: raise its max.message.bytes to %d", c.Topic, MaxMessageBytes)
	}
	return ""
}

// verbs are the verbs of the ACL operations.
var verbs = map[string]string{"DESCRIBE": "see", "CREATE": "create", "WRITE": "write to", "READ": "read"}

// connError returns the sentence for an error of a connection, or "".
func (c Config) connError(err error) string {
	if ended := new(kgo.ErrFirstReadEOF); errors.As(err, &ended) || c.TLS == nil && strings.Contains(err.Error(), "tls alert") {
		if c.TLS == nil {
			return "Kafka ends the connection at once, as a port for TLS does: set KAFKA_TLS=on, and KAFKA_SASL_MECHANISM if it asks for a user"
		}
		return "Kafka ends the connection at once, as it does when it asks for a user: set KAFKA_SASL_MECHANISM"
	}
	if refusal := new(net.OpError); errors.As(err, &refusal) && refusal.Op == "remote error" { // TLS 1.3 reports it with the first read
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
