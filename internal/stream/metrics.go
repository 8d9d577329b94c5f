package stream

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	events [sources]prometheus.Counter // that were appended, by source
	fills  prometheus.Counter
}

// newMetrics registers the metrics of the stream. Their subsystem is gateway, as in its first versions.
func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "wiredesk", Subsystem: "gateway", Name: name, Help: help}
	}
	m := &metrics{fills: f.NewCounter(counter("holes_filled_total", "Times that the log had to bring what Kafka did not."))}
	events := f.NewCounterVec(counter("events_total", "Events of the stream by what brought them first: commit on this node, kafka, or log when Kafka was late, and at the start."), []string{"source"})
	for i := range m.events {
		m.events[i] = events.WithLabelValues(source(i).String())
	}
	return m
}

func (m *metrics) add(appended counts) {
	for i, n := range appended {
		m.events[i].Add(float64(n))
	}
}
