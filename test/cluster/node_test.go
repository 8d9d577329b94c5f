package cluster_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// node is one wiredesk process, which reaches its dependencies through proxies.
type node struct {
	*serverproc.Server
	ctx      context.Context // its processes end with it
	name     string
	database *proxy
	kafka    []*proxy // one for each broker
}

// address returns the host and port of HTTP.
func (n *node) address() string { return strings.TrimPrefix(n.URL, "http://") }

func (n *node) start(t *testing.T) {
	t.Helper()
	testkit.Must(t, n.Start(n.ctx))
}

func (n *node) ready(t *testing.T) {
	t.Helper()
	if err := n.Ready(t.Context()); err != nil {
		t.Fatalf("%s: %v", n.name, err)
	}
}

func (n *node) kill(t *testing.T) {
	t.Helper()
	testkit.Must(t, n.Kill())
}

// pause stops the process until resume.
func (n *node) pause(t *testing.T) {
	t.Helper()
	testkit.Must(t, n.Signal(syscall.SIGSTOP))
}

func (n *node) resume(t *testing.T) {
	t.Helper()
	testkit.Must(t, n.Signal(syscall.SIGCONT))
}

var httpClient = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// isHealthy reports whether all checks of /readyz are ok, the optional ones included.
func (n *node) isHealthy() bool { return n.healthErrors() == "" }

// healthErrors requests /readyz once and returns the failed checks.
func (n *node) healthErrors() string {
	res, err := httpClient.Get(n.URL + "/readyz")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	if res.StatusCode == http.StatusOK && !strings.Contains(string(text), "degraded") {
		return ""
	}
	return string(text)
}

// metric returns the sum of the node's metrics whose name, with its labels, begins with
// name; an error when the node does not answer.
func (n *node) metric(name string) (float64, error) {
	res, err := httpClient.Get(n.URL + "/metrics")
	if err != nil {
		return 0, fmt.Errorf("reading the metrics of %s: %w", n.name, err)
	}
	defer res.Body.Close()
	var sum float64
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), name)
		if !ok || (!strings.HasPrefix(rest, "{") && !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, ",")) {
			continue
		}
		value, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("reading %s of %s: %w", name, n.name, err)
		}
		sum += value
	}
	return sum, lines.Err()
}

// leads reports whether the node's metrics show that it leads the relay.
func (n *node) leads() bool {
	leader, err := n.metric("wiredesk_relay_leader")
	return err == nil && leader == 1
}
