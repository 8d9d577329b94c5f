package gateway

import (
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
)

// Without spans an event costs no allocation, with a trace or without.
func TestDeliveries_allocations(t *testing.T) {
	d, r := newDeliveries(Config{}, 2), &ring{}
	d.open.Store(true)
	a := arrival{Event: event.Event{Seq: 1, Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}
	n := testing.AllocsPerRun(1000, func() {
		d.add(a, r)
		d.passed(0, view{next: 2}, func() int { return 1 })
	})
	if n != 0 || len(d.pending) > 0 {
		t.Errorf("%v allocations, %d spans", n, len(d.pending))
	}
}

// The spans that are open are bounded, and the end of the hub ends them.
func TestDeliveries_bounds(t *testing.T) {
	open := 0
	d, r := newDeliveries(Config{StartSpan: func(event.Event, string) func(int) { open++; return func(int) { open-- } }}, 2), &ring{}
	d.open.Store(true)
	for seq := range int64(maxDeliveries + 10) {
		d.add(arrival{Event: event.Event{Seq: seq, Trace: "00"}}, r)
	}
	d.passed(0, view{next: 5000}, func() int { return 1 })
	if open != maxDeliveries {
		t.Errorf("%d spans are open before the second shard has passed", open)
	}
	d.passed(1, view{next: 100}, func() int { return 1 })
	if open != maxDeliveries-100 {
		t.Errorf("%d spans are open after 100 events", open)
	}
	d.close()
	if d.add(arrival{Event: event.Event{Seq: 1, Trace: "00"}}, r); open != 0 {
		t.Errorf("%d spans are open at the end", open)
	}
}
