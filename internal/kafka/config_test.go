package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/test/services"
)

// certificate creates a self-signed certificate for 127.0.0.1, for servers and clients, and its key.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", pkcs8)
}

func TestConfig_TLSAndSASL(t *testing.T) {
	ca, key := certificate(t)
	pair, err := tls.LoadX509KeyPair(ca, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	server := &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.TLS(server), kfake.EnableSASL(), kfake.Superuser(mechanism, "app", "secret"))
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			cfg := kafka.Config{Brokers: cluster.ListenAddrs(), Topic: kafkatest.TopicName, Partitions: 3, ReplicationFactor: 1,
				TLS:  &kafka.TLS{CAFile: ca, CertFile: ca, KeyFile: key},
				SASL: &kafka.SASL{Mechanism: mechanism, Username: "app", Password: "secret"}}
			p := kafkatest.NewProducer(t, cfg)
			defer p.Close()
			r := kafkatest.Consume(t, cfg)
			defer r.Close(t)
			kafkatest.Publish(t, p, kafkatest.Events(1, 9))
			kafkatest.Want(t, r.Next(t, 9), kafkatest.Span(1, 9))

			cfg.SASL = &kafka.SASL{Mechanism: mechanism, Username: "app", Password: "wrong"}
			intruder, err := kafka.NewProducer(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer intruder.Close()
			if err := intruder.EnsureTopic(t.Context()); err == nil || strings.Contains(err.Error(), "wrong") {
				t.Errorf("with a wrong password: %v", err)
			}
		})
	}
}

func TestConfig_refusals(t *testing.T) {
	cert, key := certificate(t)
	for problem, cfg := range map[string]kafka.Config{
		"no such file":       {TLS: &kafka.TLS{CAFile: "/nowhere/ca.pem"}},
		"no PEM certificate": {TLS: &kafka.TLS{CAFile: key}},
		"client certificate": {TLS: &kafka.TLS{CAFile: cert, CertFile: cert}},
		"GSSAPI is none of":  {SASL: &kafka.SASL{Mechanism: "GSSAPI"}},
	} {
		cfg.Topic = kafkatest.TopicName
		cfg.Brokers = []string{"127.0.0.1:9092"}
		_, producerErr := kafka.NewProducer(cfg)
		_, consumerErr := kafka.NewConsumer(cfg)
		for _, err := range []error{producerErr, consumerErr} {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%q: %v", problem, err)
			}
		}
	}
}

// Each SASL mechanism against the cluster.
func TestConfig_signsInAtACluster(t *testing.T) {
	if !services.Running() {
		return
	}
	cluster := services.Cluster()
	base := kafka.Config{Brokers: cluster.Brokers, Partitions: 1, ReplicationFactor: 3, TLS: &kafka.TLS{CAFile: cluster.CAFile}}
	ways := map[string]kafka.Config{"certificate": base}
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		cfg := base
		cfg.SASL = &kafka.SASL{Mechanism: mechanism, Username: cluster.Username, Password: cluster.Password}
		ways[mechanism] = cfg
	}
	for name, cfg := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if cfg.SASL == nil {
				cfg.Brokers, cfg.TLS = cluster.Mutual, &kafka.TLS{CAFile: cluster.CAFile, CertFile: cluster.CertFile, KeyFile: cluster.KeyFile}
			}
			cfg.Topic = services.Topic(t)
			p, err := kafka.NewProducer(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			kafkatest.Publish(t, p, kafkatest.Events(1, 3))
		})
	}
}
