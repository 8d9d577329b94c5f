package services_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

func TestMySQL(t *testing.T) {
	if !services.Running() {
		return
	}
	var database string
	t.Run("is there for the test", func(t *testing.T) {
		database = dataSource(services.MySQL(t))
		exec(t, database, "CREATE TABLE t (a INT)")
	})
	db, err := sql.Open("mysql", database)
	testkit.Must(t, err)
	defer db.Close()
	if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "Unknown database") {
		t.Errorf("after the test: %v, want an unknown database", err)
	}
}

func TestCluster(t *testing.T) {
	if !services.Running() {
		return
	}
	k := services.Cluster()
	user := scram.Auth{User: k.Username, Pass: k.Password}
	for name, options := range map[string][]kgo.Opt{
		"SCRAM-SHA-256": {kgo.SeedBrokers(k.Brokers...), dialTLS(t), kgo.SASL(user.AsSha256Mechanism())},
		"SCRAM-SHA-512": {kgo.SeedBrokers(k.Brokers...), dialTLS(t), kgo.SASL(user.AsSha512Mechanism())},
		"PLAIN":         {kgo.SeedBrokers(k.Brokers...), dialTLS(t), kgo.SASL(plain.Auth{User: k.Username, Pass: k.Password}.AsMechanism())},
		"certificate":   {kgo.SeedBrokers(k.Mutual...), dialTLS(t, certificate(t))},
		"plain":         {kgo.SeedBrokers(k.Plain...)},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Must(t, produce(t, services.Topic(t), options))
		})
	}
	t.Run("nobody", func(t *testing.T) {
		nobody := scram.Auth{User: "nobody", Pass: "nobody-secret"}
		err := produce(t, services.Topic(t), []kgo.Opt{kgo.SeedBrokers(k.Brokers...), dialTLS(t), kgo.SASL(nobody.AsSha256Mechanism())})
		if !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Errorf("the user without rights: %v, want an error that says so", err)
		}
	})
	t.Run("no certificate", func(t *testing.T) {
		if err := produce(t, services.Topic(t), []kgo.Opt{kgo.SeedBrokers(k.Mutual...), dialTLS(t)}); err == nil {
			t.Error("a client without a certificate was let in")
		}
	})
}

func TestTopic_isDeleted(t *testing.T) {
	if !services.Running() {
		return
	}
	var topic string
	plain := []kgo.Opt{kgo.SeedBrokers(services.Cluster().Plain...)}
	t.Run("is there for the test", func(t *testing.T) {
		topic = services.Topic(t)
		testkit.Must(t, produce(t, topic, plain))
	})
	client, err := kgo.NewClient(plain...)
	testkit.Must(t, err)
	defer client.Close()
	for end := time.Now().Add(10 * time.Second); ; <-time.After(50 * time.Millisecond) {
		topics, err := kadm.NewClient(client).ListTopics(t.Context(), topic)
		testkit.Must(t, err)
		if !topics.Has(topic) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is there long after the test", topic)
		}
	}
}

// A copy of the repository whose .services is a link stops and starts the servers of the original:
// a server that it took for stopped would be started a second time, and no test there would ever kill one.
func TestState_isFoundThroughALink(t *testing.T) {
	scripts, err := filepath.Abs(".")
	testkit.Must(t, err)
	original, copied := filepath.Join(t.TempDir(), ".services"), t.TempDir()
	testkit.Must(t, os.Mkdir(original, 0o700))
	testkit.Must(t, os.Mkdir(filepath.Join(copied, "test"), 0o700))
	testkit.Must(t, os.Symlink(scripts, filepath.Join(copied, "test", "services")))
	testkit.Must(t, os.Symlink(original, filepath.Join(copied, ".services")))
	server := osexec.Command("sh", "-c", "read line", filepath.Join(original, "kafka-1.properties"))
	input, err := server.StdinPipe() // the process ends when this end is closed
	testkit.Must(t, err)
	testkit.Must(t, server.Start())
	defer server.Wait()
	defer input.Close()
	testkit.Must(t, os.WriteFile(filepath.Join(original, "kafka-1.pid"), fmt.Append(nil, server.Process.Pid), 0o600))
	status, _ := osexec.Command(filepath.Join(copied, "test", "services", "services"), "status").Output() // the other servers are not running
	if !strings.Contains(string(status), fmt.Sprintf("kafka-1 is running: process %d,", server.Process.Pid)) {
		t.Errorf("the status in the copy is:\n%s", status)
	}
}

func produce(t *testing.T, topic string, options []kgo.Opt) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(options...)
	testkit.Must(t, err)
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, 3, nil, topic); err != nil {
		return err
	}
	return client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("hello")}).FirstErr()
}

func dialTLS(t *testing.T, certificates ...tls.Certificate) kgo.Opt {
	t.Helper()
	pem, err := os.ReadFile(services.Cluster().CAFile)
	testkit.Must(t, err)
	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(pem)
	return kgo.DialTLSConfig(&tls.Config{RootCAs: authority, Certificates: certificates})
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	c, err := tls.LoadX509KeyPair(services.Cluster().CertFile, services.Cluster().KeyFile)
	testkit.Must(t, err)
	return c
}

// dataSource converts a DATABASE_URL to a data source name of the driver.
func dataSource(url string) string {
	url, _ = strings.CutPrefix(url, "mysql://")
	account, place, _ := strings.Cut(url, "@")
	host, name, _ := strings.Cut(place, "/")
	return account + "@tcp(" + host + ")/" + name
}

func exec(t *testing.T, source, statement string) {
	t.Helper()
	db, err := sql.Open("mysql", source)
	testkit.Must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	testkit.Must(t, err)
}
