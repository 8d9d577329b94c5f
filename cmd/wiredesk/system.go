package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/rest"
)

// system tells the HTTP edge how the parts are doing.
type system server

// checkTime bounds each look at a dependency: less than what those who ask for it wait.
const checkTime = 900 * time.Millisecond

// firstFetchTime is how long the consumer may take to get its first records, after a broker answered at the start.
const firstFetchTime = 3 * time.Second

func (s *system) Ready(ctx context.Context) []rest.Check {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	relay := s.relay.Status()
	lag := fmt.Sprintf("%d events wait for Kafka", relay.Waiting)
	var relayErr error
	if !relay.Healthy {
		relayErr, lag = fmt.Errorf("relay"), lag+": "+relay.Detail
	}
	kafkaDetail, kafkaErr := s.kafkaHealth()
	hubErr := s.hub.Ready()
	switch {
	case s.stopping.Load():
		hubErr = errors.New("this node is stopping")
	case !s.ready.Load() && hubErr == nil:
		hubErr = errors.New("this node is starting")
	}
	checks := []rest.Check{
		s.checkDatabase(ctx),
		{Name: "kafka", Detail: kafkaDetail, Err: kafkaErr, Optional: true}, // without it screens follow by the database
		{Name: "relay", Detail: lag, Err: relayErr, Optional: true},
		s.checkSearch(),
		check("gateway", fmt.Sprintf("%d sockets", s.hub.Sockets()), hubErr),
	}
	if s.nodes != nil {
		checks = append(checks, s.checkNodes())
	}
	return checks
}

// checkDatabase reports whether the database answers and takes changes. With a full disk the node
// stays ready: it serves reads, and no other node could save.
func (s *system) checkDatabase(ctx context.Context) rest.Check {
	err := s.desk.store.Health(ctx)
	if err == nil {
		return check("database", "", nil)
	}
	c := check("database", "", err)
	c.Optional = err.Readable
	return c
}

// checkSearch reports whether a search finds the latest changes.
func (s *system) checkSearch() rest.Check {
	index := s.desk.store.IndexStatus()
	c := rest.Check{Name: "search", Detail: fmt.Sprintf("%d events are not indexed yet", index.Waiting), Optional: true}
	if index.Rebuilding {
		c.Detail += "; the index is rebuilt"
	}
	if index.Stuck {
		c.Err = errors.New("the index is behind")
		if index.Err != nil {
			c.Detail += ": " + index.Err.Error()
		}
	}
	return c
}

// checkNodes tells whether the nodes' settings fit together.
func (s *system) checkNodes() rest.Check {
	c := rest.Check{Name: "nodes", Detail: fmt.Sprintf("%d others", len(s.nodes.Notes())), Optional: true}
	if problems := s.nodes.Problems(); len(problems) > 0 {
		c.Detail = strings.Join(problems, "; ")
		c.Err = errors.New(c.Detail)
	}
	return c
}

func check(name, detail string, err error) rest.Check {
	if err != nil {
		detail = err.Error()
	}
	return rest.Check{Name: name, Detail: detail, Err: err}
}

// kafkaHealth asks the consumer, which always has a request under way, and the broker in this process.
func (s *system) kafkaHealth() (detail string, err error) {
	if s.broker != nil {
		if err := s.broker.Health(); err != nil {
			return err.Error(), err
		}
	}
	detail, err = s.consumer.Health()
	if err != nil && time.Since(s.kafkaAnswered) < firstFetchTime {
		return "connected", nil
	}
	if err != nil {
		detail = err.Error()
	}
	return detail, err
}

func (s *system) Status(ctx context.Context) rest.Status {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	relay := s.relay.Status()
	kind, _, _ := strings.Cut(s.cfg.databaseURL, "://")
	database := rest.DatabaseStatus{Kind: kind, Healthy: true}
	head, headErr := s.desk.store.Head(ctx)
	if err := s.desk.store.Health(ctx); err != nil {
		database.Healthy, database.Detail = false, err.Reason
	} else if headErr != nil {
		database.Healthy, database.Detail = false, "does not answer"
	}
	detail, kafkaErr := s.kafkaHealth()
	if kafkaErr == nil {
		detail = ""
	}
	mode := "cluster"
	if s.broker != nil {
		mode = "embedded"
	}
	return rest.Status{
		Head:     head,
		Relay:    rest.RelayStatus{Waiting: relay.Waiting, OldestSeconds: relay.OldestSeconds, Healthy: relay.Healthy},
		Kafka:    rest.KafkaStatus{Mode: mode, Healthy: kafkaErr == nil, Detail: detail},
		Database: database,
		Sockets:  s.hub.Sockets(),
		Node:     s.cfg.node,
		Version:  version(),
	}
}
