package gateway

import (
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
)

// Without spans an event costs no allocation, with a trace or without.
func TestDeliveries_allocations(t *testing.T) {
	d := newDeliveries(Config{}, 2)
	d.open.Store(true)
	if New(nil, nil, Config{}).streamConfig().OnAppend != nil {
		t.Error("without spans the stream reports each event")
	}
	n := testing.AllocsPerRun(1000, func() {
		d.passed(0, stream.View{Next: 2}, func() int { return 1 })
	})
	if n != 0 || len(d.pending) > 0 {
		t.Errorf("%v allocations, %d spans", n, len(d.pending))
	}
}

// The spans that are open are bounded, and the end of the hub ends them.
func TestDeliveries_bounds(t *testing.T) {
	open := 0
	d := newDeliveries(Config{StartSpan: func(event.Event, string) func(int) { open++; return func(int) { open-- } }}, 2)
	d.open.Store(true)
	for seq := range int64(maxDeliveries + 10) {
		d.add(event.Event{Seq: seq, Trace: "00"}, "kafka", 0)
	}
	d.passed(0, stream.View{Next: 5000}, func() int { return 1 })
	if open != maxDeliveries {
		t.Errorf("%d spans are open before the second shard has passed", open)
	}
	d.passed(1, stream.View{Next: 100}, func() int { return 1 })
	if open != maxDeliveries-100 {
		t.Errorf("%d spans are open after 100 events", open)
	}
	d.close()
	if d.add(event.Event{Seq: 1, Trace: "00"}, "kafka", 0); open != 0 {
		t.Errorf("%d spans are open at the end", open)
	}
}
