package main

import (
	"context"
	"net/http"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/tracing"
)

// spans are the functions that begin the spans of a change. All are nil when no traces are exported.
type spans struct {
	request  func(r *http.Request, parent string) (context.Context, func(route string, status int))
	commit   func(context.Context) (context.Context, func(error))
	publish  func([]event.Event) func(error)
	delivery func(e event.Event, from string) func(sockets int)
}

// startTracing begins the export of traces, if it is configured. It starts first and so stops last: then it exports the
// spans of all other components.
func (s *server) startTracing() (err error) {
	if s.cfg.tracing == nil {
		return nil
	}
	cfg := *s.cfg.tracing
	cfg.Version, cfg.Node, cfg.Topic, cfg.Database, cfg.Logger = version(), s.cfg.node, s.cfg.kafka.Topic, "sqlite", s.log
	if s.cfg.sharedDatabase() {
		cfg.Database = "mysql"
	}
	tracer, err := tracing.New(cfg)
	if err != nil {
		return err
	}
	s.onStop(tracer.Close)
	s.spans = spans{request: tracer.StartRequest, commit: tracer.StartCommit, publish: tracer.StartPublish, delivery: tracer.StartDelivery}
	return nil
}
