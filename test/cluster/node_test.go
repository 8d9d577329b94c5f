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

	"github.com/wiredesk/wiredesk/internal/bench"
	"github.com/wiredesk/wiredesk/test/desk"
)

// node is one wiredesk process, with proxies before all that it depends on.
type node struct {
	*bench.Server
	ctx      context.Context // its processes end with it
	name     string
	database *proxy
	kafka    []*proxy // one for each broker
}

// address is where it listens.
func (n *node) address() string { return strings.TrimPrefix(n.URL, "http://") }

func (n *node) start(t *testing.T) {
	t.Helper()
	desk.Check(t, n.Start(n.ctx))
}

func (n *node) ready(t *testing.T) {
	t.Helper()
	if err := n.Ready(t.Context()); err != nil {
		t.Fatalf("%s: %v", n.name, err)
	}
}

func (n *node) kill(t *testing.T) {
	t.Helper()
	desk.Check(t, n.Kill())
}

// stall holds the process where it is, until goOn.
func (n *node) stall(t *testing.T) {
	t.Helper()
	desk.Check(t, n.Signal(syscall.SIGSTOP))
}

func (n *node) goOn(t *testing.T) {
	t.Helper()
	desk.Check(t, n.Signal(syscall.SIGCONT))
}

var quick = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// isWell reports whether the node misses nothing, not even what it can do without.
func (n *node) isWell() bool { return n.illness() == "" }

// illness asks once what the node misses.
func (n *node) illness() string {
	res, err := quick.Get(n.URL + "/readyz")
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

// metric returns the sum of what the node's /metrics shows under a name, which may go on with
// labels; an error when it does not answer.
func (n *node) metric(name string) (float64, error) {
	res, err := quick.Get(n.URL + "/metrics")
	if err != nil {
		return 0, fmt.Errorf("asking %s: %w", n.name, err)
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

// leads reports whether the node says that it publishes events.
func (n *node) leads() bool {
	leader, err := n.metric("wiredesk_relay_leader")
	return err == nil && leader == 1
}
