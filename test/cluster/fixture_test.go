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
	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

// cluster is an installation: nodes, their database and topic, and a load balancer.
type cluster struct {
	nodes    []*node
	balancer *proxy
	password string   // of serverproc.Admin
	outside  []string // the environment of a tool that connects without a proxy
	database string   // its DATABASE_URL
	topic    string
	admin    *client.Client
}

// newCluster starts n nodes at once on an empty database. The end of the test starts
// the services that it has stopped.
func newCluster(t *testing.T, n int, env ...string) *cluster {
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
	s := &cluster{topic: topic, database: database, password: rand.Text(),
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
	s.admin = s.signIn(t, serverproc.Admin)
	return s
}

var brokers = []string{services.Kafka1, services.Kafka2, services.Kafka3}

// newNode returns node k, from 1, not started. The brokers' listener NODEk advertises the
// addresses 127.0.0.1:196k1 to 3: those of the node's proxies.
func newNode(t *testing.T, k int, database string) *node {
	t.Helper()
	server, err := serverproc.New(binary, t.TempDir())
	testkit.Must(t, err)
	n := &node{Server: server, ctx: t.Context(), name: fmt.Sprintf("node-%d", k)}
	real, err := url.Parse(database)
	testkit.Must(t, err)
	n.database = newProxy(t, "127.0.0.1:0", to(real.Host))
	real.Host = n.database.address
	var bootstrap []string
	for b := range brokers {
		p := newProxy(t, fmt.Sprintf("127.0.0.1:196%d%d", k, b+1), to(fmt.Sprintf("127.0.0.1:195%d%d", k, b+1)))
		n.kafka = append(n.kafka, p)
		bootstrap = append(bootstrap, p.address)
	}
	n.Env = []string{"WIREDESK_NODE=" + n.name, "DATABASE_URL=" + real.String(), "KAFKA_BROKER=" + strings.Join(bootstrap, ",")}
	servertest.KillAtEnd(t, server, n.name)
	return n
}

// url returns the address of the balancer.
func (s *cluster) url() string { return "http://" + s.balancer.address }

// signIn returns a client of the balancer.
func (s *cluster) signIn(t *testing.T, email string) *client.Client {
	t.Helper()
	return s.signInAt(t, s.url(), email)
}

func (s *cluster) signInAt(t *testing.T, url, email string) *client.Client {
	t.Helper()
	c := client.New(url)
	t.Cleanup(c.Close)
	testkit.Must(t, c.Login(t.Context(), email, s.password))
	return c
}

// addUser adds an editor with the cluster's password, and returns the id.
func (s *cluster) addUser(t *testing.T, email string) int64 {
	t.Helper()
	var made struct{ ID int64 }
	status := s.call(t, s.url(), http.MethodPost, "/api/users", map[string]string{"email": email, "name": email, "role": "editor", "password": s.password}, &made)
	if status != http.StatusCreated {
		t.Fatalf("making the user %s: %d", email, status)
	}
	return made.ID
}

// call sends one request as the administrator, decodes the answer and returns its status, 0 without an answer.
func (s *cluster) call(t *testing.T, base, method, path string, body, into any) int {
	t.Helper()
	b, err := json.Marshal(body)
	testkit.Must(t, err)
	token, err := s.admin.Token(t.Context(), "")
	testkit.Must(t, err)
	status, answer := send(t, base, method, path, token, b)
	if status == http.StatusUnauthorized {
		token, err = s.admin.Token(t.Context(), token)
		if servertest.Uncertain(err) { // a node was killed while it answered, or has no database
			return 0
		}
		testkit.Must(t, err)
		status, answer = send(t, base, method, path, token, b)
	}
	if into != nil && status < 300 && status > 0 {
		testkit.Must(t, json.Unmarshal(answer, into))
	}
	return status
}

func send(t *testing.T, base, method, path, token string, body []byte) (status int, answer []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, bytes.NewReader(body))
	testkit.Must(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := httpClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	if answer, err = io.ReadAll(res.Body); err != nil {
		return 0, nil
	}
	return res.StatusCode, answer
}

// leader waits until the metrics of one node show that it leads.
func (s *cluster) leader(t *testing.T) *node {
	t.Helper()
	var leader *node
	servertest.Await(t, 20*time.Second, func() bool {
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

// verify runs wiredesk verify, which compares the log, the posts and the topic.
func (s *cluster) verify(t *testing.T) {
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
