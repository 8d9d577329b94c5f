package services

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var brokers = []string{"127.0.0.1:19391", "127.0.0.1:19392", "127.0.0.1:19393"}

// Kafka returns the addresses of the cluster of three brokers.
type Kafka struct {
	Brokers            []string // TLS, and SCRAM-SHA-256, SCRAM-SHA-512 or PLAIN
	Plain              []string // neither, and may do everything: for a test's own use
	Mutual             []string // TLS, and for the password a certificate
	CAFile             string   // the authority that signed the brokers' certificates
	CertFile, KeyFile  string   // the same user, by certificate
	Username, Password string   // may do all with topics named blog-events… and wiredesk-…
}

// Cluster returns the way for a client that behaves as Wiredesk does. The user "nobody" with
// the password "nobody-secret" may do nothing.
func Cluster() Kafka {
	tls := filepath.Join(root, ".services", "tls")
	return Kafka{
		Brokers:  slices.Clone(brokers),
		Plain:    []string{"127.0.0.1:19491", "127.0.0.1:19492", "127.0.0.1:19493"},
		Mutual:   []string{"127.0.0.1:19591", "127.0.0.1:19592", "127.0.0.1:19593"},
		CAFile:   filepath.Join(tls, "ca.pem"),
		CertFile: filepath.Join(tls, "client.crt"),
		KeyFile:  filepath.Join(tls, "client.key"),
		Username: "wiredesk",
		Password: "wiredesk-secret",
	}
}

// Topic returns a name that no topic has yet. The end of the test deletes the topic.
func Topic(t testing.TB) string {
	t.Helper()
	name := "wiredesk-test-" + unique()
	t.Cleanup(func() {
		client, err := kgo.NewClient(kgo.SeedBrokers(Cluster().Plain...))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if _, err := kadm.NewClient(client).DeleteTopic(ctx, name); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Errorf("deleting topic %s: %v", name, err)
		}
	})
	return name
}
