package cluster_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/bench"
	"github.com/wiredesk/wiredesk/test/desk"
	"github.com/wiredesk/wiredesk/test/services"
)

// site is an installation: nodes, their database and topic, and a balancer before them.
type site struct {
	nodes    []*node
	balancer *proxy
	password string   // of bench.Admin
	outside  []string // the environment of a tool that no proxy stands before
	database string   // its DATABASE_URL
	topic    string
	admin    *client.Client
}

// newSite starts n nodes at once on an empty database. Whatever a test does to the
// services is undone when it ends.
func newSite(t *testing.T, n int, env ...string) *site {
	t.Helper()
	database, topic, kafka := services.MySQL(t), services.Topic(t), services.Cluster()
	t.Cleanup(func() { // before the database and the topic are dropped
		for _, name := range append([]string{services.MariaDB}, brokers...) {
			services.Start(t, name)
		}
	})
	common := append([]string{"JWT_SECRET=" + rand.Text() + rand.Text(), "KAFKA_TOPIC=" + topic, "KAFKA_REPLICATION_FACTOR=3",
		"KAFKA_TLS=on", "KAFKA_CA_FILE=" + kafka.CAFile, "KAFKA_SASL_MECHANISM=SCRAM-SHA-256",
		"KAFKA_SASL_USERNAME=" + kafka.Username, "KAFKA_SASL_PASSWORD=" + kafka.Password, "LOG_LEVEL=info", "LOG_FORMAT=text"}, env...)
	s := &site{topic: topic, database: database, password: rand.Text(),
		outside: append([]string{"DATABASE_URL=" + database, "KAFKA_BROKER=" + strings.Join(kafka.Brokers, ",")}, common...)}
	var addresses []string
	for i := range n {
		n := newNode(t, i+1, database)
		n.Password = s.password
		n.Env = append(n.Env, common...)
		s.nodes = append(s.nodes, n)
		addresses = append(addresses, n.address())
		n.start(t)
	}
	for _, n := range s.nodes {
		n.ready(t)
	}
	s.balancer = newProxy(t, "127.0.0.1:0", balance(addresses))
	s.admin = s.signIn(t, bench.Admin)
	return s
}

var brokers = []string{services.Kafka1, services.Kafka2, services.Kafka3}

// newNode prepares the node with that number, from 1. The brokers tell the clients that
// come in by the listener NODEk the addresses 127.0.0.1:196k1 to 3: those of its proxies.
func newNode(t *testing.T, k int, database string) *node {
	t.Helper()
	server, err := bench.NewServer(binary, t.TempDir())
	desk.Check(t, err)
	n := &node{Server: server, ctx: t.Context(), name: fmt.Sprintf("node-%d", k)}
	real, err := url.Parse(database)
	desk.Check(t, err)
	n.database = newProxy(t, "127.0.0.1:0", to(real.Host))
	real.Host = n.database.address
	var bootstrap []string
	for b := range brokers {
		p := newProxy(t, fmt.Sprintf("127.0.0.1:196%d%d", k, b+1), to(fmt.Sprintf("127.0.0.1:195%d%d", k, b+1)))
		n.kafka = append(n.kafka, p)
		bootstrap = append(bootstrap, p.address)
	}
	n.Env = []string{"WIREDESK_NODE=" + n.name, "DATABASE_URL=" + real.String(), "KAFKA_BROKER=" + strings.Join(bootstrap, ",")}
	desk.KillAtEnd(t, server, n.name)
	return n
}

// url is the balancer's.
func (s *site) url() string { return "http://" + s.balancer.address }

// signIn returns a client that comes in by the balancer.
func (s *site) signIn(t *testing.T, email string) *client.Client {
	t.Helper()
	return s.signInAt(t, s.url(), email)
}

func (s *site) signInAt(t *testing.T, url, email string) *client.Client {
	t.Helper()
	c := client.New(url)
	t.Cleanup(c.Close)
	desk.Check(t, c.Login(t.Context(), email, s.password))
	return c
}

// addUser makes an editor, with the site's one password, and returns the id.
func (s *site) addUser(t *testing.T, email string) int64 {
	t.Helper()
	var made struct{ ID int64 }
	status := s.call(t, s.url(), http.MethodPost, "/api/users", map[string]string{"email": email, "name": email, "role": "editor", "password": s.password}, &made)
	if status != http.StatusCreated {
		t.Fatalf("making the user %s: %d", email, status)
	}
	return made.ID
}

// call sends one request as the administrator, decodes the answer and returns its status: 0 for no answer.
func (s *site) call(t *testing.T, base, method, path string, body, into any) int {
	t.Helper()
	b, err := json.Marshal(body)
	desk.Check(t, err)
	token, err := s.admin.Token(t.Context(), "")
	desk.Check(t, err)
	status, answer := send(t, base, method, path, token, b)
	if status == http.StatusUnauthorized {
		token, err = s.admin.Token(t.Context(), token)
		if desk.Uncertain(err) { // a node was killed while it answered, or has no database
			return 0
		}
		desk.Check(t, err)
		status, answer = send(t, base, method, path, token, b)
	}
	if into != nil && status < 300 && status > 0 {
		desk.Check(t, json.Unmarshal(answer, into))
	}
	return status
}

func send(t *testing.T, base, method, path, token string, body []byte) (status int, answer []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, bytes.NewReader(body))
	desk.Check(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := quick.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	if answer, err = io.ReadAll(res.Body); err != nil {
		return 0, nil
	}
	return res.StatusCode, answer
}

// leader waits until one node says that it publishes events.
func (s *site) leader(t *testing.T) *node {
	t.Helper()
	var leader *node
	desk.Await(t, 20*time.Second, func() bool {
		for _, n := range s.nodes {
			if n.leads() {
				leader = n
				return true
			}
		}
		return false
	}, func() string { return "no node publishes events" })
	return leader
}

// verify has the program itself prove that the log, the posts and the topic agree.
func (s *site) verify(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "verify")
	cmd.Dir = t.TempDir()
	cmd.Env = append(s.outside, "DATA_DIR="+t.TempDir(), "LOG_LEVEL=warn", "PATH="+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
		return
	}
	t.Logf("verify:\n%s", out)
}
