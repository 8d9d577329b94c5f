package main

import (
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/wiredesk/wiredesk/internal/kafka"
)

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,248}$`)

func (c *config) readKafka(s *settings) {
	brokers := s.text("KAFKA_BROKER", "")
	c.kafkaEmbedded = brokers == ""
	c.kafkaEmbeddedListen = s.text("KAFKA_EMBEDDED_LISTEN", "")
	c.kafka = kafka.Config{
		Topic:             s.text("KAFKA_TOPIC", "blog-events"),
		Partitions:        int32(s.integer("KAFKA_PARTITIONS", 3, 1, 1000)),
		Compression:       s.oneOf("KAFKA_COMPRESSION", "gzip", "none", "gzip", "lz4", "zstd"),
		ReplicationFactor: int16(s.integer("KAFKA_REPLICATION_FACTOR", 1, 1, 10)),
	}
	if !topicName.MatchString(c.kafka.Topic) {
		s.bad("KAFKA_TOPIC", c.kafka.Topic, "must be 1 to 249 letters, digits, '.', '_' and '-', and not begin with '.'", "blog-events")
	}
	if listen := c.kafkaEmbeddedListen; listen != "" && !isLoopback(listen) {
		s.bad("KAFKA_EMBEDDED_LISTEN", listen, "must be a loopback address and a port, as the embedded broker does not authenticate its clients", "127.0.0.1:9092")
	}
	for broker := range strings.SplitSeq(brokers, ",") {
		if broker = strings.TrimSpace(broker); broker != "" {
			c.kafka.Brokers = append(c.kafka.Brokers, broker)
		}
	}
	for _, broker := range c.kafka.Brokers {
		host, port, err := net.SplitHostPort(broker)
		if n, badPort := strconv.ParseUint(port, 10, 16); err != nil || host == "" || badPort != nil || n == 0 {
			s.bad("KAFKA_BROKER", broker, "must be host:port", "kafka-1:9092,kafka-2:9092")
		}
	}
	if !c.kafkaEmbedded && len(c.kafka.Brokers) == 0 {
		s.bad("KAFKA_BROKER", brokers, "names no broker", "kafka-1:9092,kafka-2:9092")
	}
	c.readKafkaTLS(s)
	c.readKafkaSASL(s)
}

func (c *config) readKafkaTLS(s *settings) {
	var files kafka.TLS
	for _, f := range []struct {
		name, example string
		path          *string
	}{{"KAFKA_CA_FILE", "ca.pem", &files.CAFile}, {"KAFKA_CERT_FILE", "client.pem", &files.CertFile}, {"KAFKA_KEY_FILE", "client.key", &files.KeyFile}} {
		if *f.path = s.text(f.name, ""); *f.path == "" {
			continue
		}
		if _, err := os.ReadFile(*f.path); err != nil {
			s.bad(f.name, *f.path, "cannot be read: "+err.Error(), "/etc/wiredesk/"+f.example)
		}
	}
	if files.CertFile != "" && files.KeyFile == "" {
		s.bad("KAFKA_KEY_FILE", "", "must be set together with KAFKA_CERT_FILE", "/etc/wiredesk/client.key")
	}
	if files.KeyFile != "" && files.CertFile == "" {
		s.bad("KAFKA_CERT_FILE", "", "must be set together with KAFKA_KEY_FILE", "/etc/wiredesk/client.pem")
	}
	switch on := s.onOff("KAFKA_TLS", "off"); {
	case on:
		c.kafka.TLS = &files
	case files != (kafka.TLS{}):
		s.bad("KAFKA_TLS", "off", "is off although certificate files are set", "on")
	}
}

func (c *config) readKafkaSASL(s *settings) {
	sasl := kafka.SASL{Mechanism: s.text("KAFKA_SASL_MECHANISM", ""), Username: s.text("KAFKA_SASL_USERNAME", ""), Password: s.secret("KAFKA_SASL_PASSWORD", "")}
	if sasl.Mechanism == "" {
		if sasl != (kafka.SASL{}) {
			s.bad("KAFKA_SASL_MECHANISM", "", "must be set when KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD is", "SCRAM-SHA-512")
		}
		return
	}
	switch {
	case s.oneOf("KAFKA_SASL_MECHANISM", "", "SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN") == "":
	case sasl.Username == "":
		s.bad("KAFKA_SASL_USERNAME", "", "must be set when KAFKA_SASL_MECHANISM is", "wiredesk")
	case sasl.Password == "":
		s.bad("KAFKA_SASL_PASSWORD", "", "must be set when KAFKA_SASL_MECHANISM is", "$(cat /run/secrets/kafka)")
	}
	c.kafka.SASL = &sasl
}

// isLoopback reports whether address is localhost, or a loopback IP address, and a port.
func isLoopback(address string) bool {
	if port, ok := strings.CutPrefix(address, "localhost:"); ok {
		address = "127.0.0.1:" + port
	}
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().IsLoopback()
}
