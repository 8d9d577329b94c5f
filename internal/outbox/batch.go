package outbox

import "github.com/wiredesk/wiredesk/internal/event"

// Bounds of the events that are published at once.
const (
	BatchEvents = 500
	BatchBytes  = 512 << 10 // of data before its encoding, so that a batch stays below 1 MiB, the default limit of a topic
)

// FirstBatch returns the longest prefix of events within both bounds, at least one event. It shares the
// array of events.
func FirstBatch(events []event.Event) []event.Event {
	size := 0
	for i, e := range events {
		if size += len(e.Data); i > 0 && (size > BatchBytes || i == BatchEvents) {
			return events[:i]
		}
	}
	return events
}
