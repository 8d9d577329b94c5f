package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/rest"
)

// nodeStatus reports the state of the components to package rest: for /readyz, the metrics and the dashboard.
type nodeStatus server

// checkTime bounds the checks of a readiness request. Probes wait at least a second.
const checkTime = 900 * time.Millisecond

// firstFetchTime bounds the wait for the first records, after a broker answered at the start.
const firstFetchTime = 3 * time.Second

func (s *nodeStatus) Ready(ctx context.Context) []rest.Check {
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
		{Name: "kafka", Detail: kafkaDetail, Err: kafkaErr, Optional: true}, // without it the gateway reads the events from the database
		{Name: "relay", Detail: lag, Err: relayErr, Optional: true},
		s.checkSearch(),
		check("gateway", fmt.Sprintf("%d sockets", s.hub.Sockets()), hubErr),
	}
	if s.nodes != nil {
		checks = append(checks, s.checkNodes())
	}
	return checks
}

// checkDatabase reports whether the database accepts reads and writes. With a full disk the node stays ready: it serves
// reads, and no other node could save.
func (s *nodeStatus) checkDatabase(ctx context.Context) rest.Check {
	err := s.services.store.Health(ctx)
	if err == nil {
		return check("database", "", nil)
	}
	c := check("database", "", err)
	c.Optional = err.Readable
	return c
}

// checkSearch reports whether a search finds the latest changes.
func (s *nodeStatus) checkSearch() rest.Check {
	index := s.services.store.IndexStatus()
	c := rest.Check{Name: "search", Detail: fmt.Sprintf("%d events are not indexed yet", index.Waiting), Optional: true}
	if index.Rebuilding {
		c.Detail += "; rebuilding the index"
	}
	if index.Stuck {
		c.Err = errors.New("the index is behind")
		if index.Err != nil {
			c.Detail += ": " + index.Err.Error()
		}
	}
	return c
}

// checkNodes reports conflicts between the settings of the nodes.
func (s *nodeStatus) checkNodes() rest.Check {
	c := rest.Check{Name: "nodes", Detail: fmt.Sprintf("%d others", len(s.nodes.Payloads())), Optional: true}
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

// kafkaHealth returns the state of the consumer, which always has an open request, and of the embedded broker.
func (s *nodeStatus) kafkaHealth() (detail string, err error) {
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

func (s *nodeStatus) Status(ctx context.Context) rest.Status {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	relay := s.relay.Status()
	kind, _, _ := strings.Cut(s.cfg.databaseURL, "://")
	database := rest.DatabaseStatus{Kind: kind, Healthy: true}
	head, headErr := s.services.store.Head(ctx)
	if err := s.services.store.Health(ctx); err != nil {
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
