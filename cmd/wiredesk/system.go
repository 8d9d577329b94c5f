package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wiredesk/wiredesk/internal/rest"
)

// system tells the HTTP edge how the parts are doing.
type system server

// checkTime bounds each look at a dependency.
const checkTime = 2 * time.Second

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
	return []rest.Check{
		check("database", "", s.desk.store.Ping(ctx)),
		{Name: "kafka", Detail: kafkaDetail, Err: kafkaErr},
		{Name: "relay", Detail: lag, Err: relayErr},
		check("gateway", fmt.Sprintf("%d sockets", s.hub.Sockets()), hubErr),
	}
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
	return s.consumer.Health()
}

func (s *system) Status(ctx context.Context) rest.Status {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	relay := s.relay.Status()
	head, headErr := s.desk.store.Head(ctx)
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
		Database: rest.DatabaseStatus{Kind: "sqlite", Healthy: headErr == nil},
		Sockets:  s.hub.Sockets(),
		Node:     s.cfg.node,
		Version:  version(),
	}
}
