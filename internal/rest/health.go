package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/wiredesk/wiredesk/internal/auth"
)

// Check is the state of one dependency.
type Check struct {
	Name     string
	Err      error  // nil: it works
	Detail   string // one line
	Optional bool   // Wiredesk works without it, with delays
}

// Status is the state of the node and its dependencies, as the dashboard shows it.
type Status struct {
	Head     int64          `json:"head"`
	Relay    RelayStatus    `json:"relay"`
	Kafka    KafkaStatus    `json:"kafka"`
	Database DatabaseStatus `json:"database"`
	Sockets  int            `json:"sockets"`
	Node     string         `json:"node"`
	Version  string         `json:"version"`
}

// RelayStatus is the lag of Kafka behind the event log.
type RelayStatus struct {
	Waiting       int64   `json:"waiting"` // events
	OldestSeconds float64 `json:"oldestSeconds"`
	Healthy       bool    `json:"healthy"`
}

// KafkaStatus is the health of Kafka.
type KafkaStatus struct {
	Mode    string `json:"mode"` // embedded or cluster
	Healthy bool   `json:"healthy"`
	Detail  string `json:"detail"`
}

// DatabaseStatus is the health of the database, for reads and writes.
type DatabaseStatus struct {
	Kind    string `json:"kind"`
	Healthy bool   `json:"healthy"`
	Detail  string `json:"detail,omitempty"`
}

func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	withDetails := s.fromOperator(r) // they may name brokers and users
	var lines strings.Builder
	for _, c := range s.system.Ready(r.Context()) {
		state := "ok"
		switch {
		case c.Err == nil:
		case c.Optional: // a load balancer must not remove all nodes because a shared dependency is away
			state = "degraded"
		default:
			state, status = "failing", http.StatusServiceUnavailable
		}
		line := c.Name + " " + state
		if withDetails {
			line = strings.TrimSpace(line + " " + c.Detail)
		}
		fmt.Fprintln(&lines, line)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprint(w, lines.String())
}

func (s *server) status(w http.ResponseWriter, r *http.Request, _ auth.Actor) error {
	return writeJSON(w, http.StatusOK, s.system.Status(r.Context()))
}
