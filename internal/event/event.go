// Package event is the vocabulary of what happened: one Event for each committed
// change of a post, and its two encodings (the CloudEvent on Kafka, the frame on
// sockets and in the REST API). It does no I/O and knows no other package.
package event

import (
	"encoding/json"
	"time"
)

// Type says what happened to the post.
type Type string

// The four types. Published covers both directions; the data's published field tells which.
const (
	Created   Type = "blog-created"
	Updated   Type = "blog-updated"
	Deleted   Type = "blog-deleted"
	Published Type = "blog-published"
)

// Valid reports whether t is one of the four types.
func (t Type) Valid() bool {
	switch t {
	case Created, Updated, Deleted, Published:
		return true
	}
	return false
}

// Actor is who made the change, as it is shown to others.
type Actor struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Event is one committed change. Events are values: once built they are shared
// between goroutines and never changed, Data and Changed included.
type Event struct {
	// Seq is the event's place in the installation's log: 1, 2, 3 … in commit order,
	// without gap or repeat. Zero until the transaction has assigned it.
	Seq int64
	// Epoch is that of the log when the event was read from it or published; empty: not known.
	Epoch   string
	ID      string // a UUID
	Type    Type
	PostID  int64
	Version int64 // the post's version after the change
	Time    time.Time
	Actor   Actor
	Changed []string // names of the changed fields, sorted
	// Autosave marks a version that no person asked for.
	Autosave bool
	Restored int64 // the version whose text was restored; 0: the event is no restore
	// Redacted marks the versions that a redaction made: a text was removed from the earlier
	// versions of the post, and copies of those must be dropped.
	Redacted bool
	// Trace is the W3C traceparent of the request that made the change, as ParseTrace returns it;
	// empty: there was none. It is no part of the CloudEvent.
	Trace string
	Data  json.RawMessage // the whole post after the change; {id, slug, version} when Deleted
}

// Position is a place in one history of the log. Numbers are given out again only in another
// epoch: one begins when the log has lost events that were published, as after the restore of
// a backup.
type Position struct {
	Epoch string // 10 characters of a-z and 2-7
	Seq   int64
}

// BeforeGap returns the events up to the first whose Seq is not that of the one before plus 1.
// The result shares the array of events.
func BeforeGap(events []Event) []Event {
	for i := 1; i < len(events); i++ {
		if events[i].Seq != events[i-1].Seq+1 {
			return events[:i]
		}
	}
	return events
}
