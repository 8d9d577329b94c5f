// Package event defines Event, the record of one committed change of a post, and its encodings:
// the CloudEvent on Kafka (Form.EncodeCloud, DecodeCloud) and the frame on WebSockets and in the
// REST API (EncodeFrame, EncodeSummaryFrame). The files in testdata fix both wire formats.
//
// The transaction that changes a post stores its event in the event log (the events table) and
// assigns the number Seq. From there an event takes two ways: the outbox publishes it to Kafka,
// which every node consumes, and the committing node hands it to its own readers in memory. Readers
// order and deduplicate events by Position, so it does not matter which way is faster.
//
// The package does no I/O, starts no goroutine, and imports no package of the server but jsonobj.
package event

import (
	"encoding/json"
	"time"
)

// Type is the kind of change.
type Type string

// The four types. Published covers publishing and unpublishing; the field published of the data
// has the new state.
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

// Actor is the author of a change, as shown to other users. The ID of the command line is 0.
type Actor struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Event is one committed change of one post. Its Data holds the whole post after the change, so
// consumers need no second read, and the newest event of a post is enough to rebuild it.
//
// The number Seq identifies an event within an epoch of the log; ID identifies it always. Versions
// of one post increase by one per event. An event is stored in the transaction of its change and is
// never altered, with two exceptions: thinning removes the content of old events (Thin), and a
// redaction removes a secret from them.
//
// Events are values: once built they are shared between goroutines and never changed, including the
// memory of Data and Changed.
type Event struct {
	// Seq is the number of the event in the installation's log: 1, 2, 3 and so on in commit order,
	// without gap or repeat. It is 0 until the transaction has assigned it.
	Seq int64
	// Epoch is the epoch of the log when the event was read from it or published; empty: not known.
	Epoch   string
	ID      string // a UUID
	Type    Type
	PostID  int64
	Version int64 // the post's version after the change
	Time    time.Time
	Actor   Actor
	Changed []string // names of the changed fields, sorted
	// Autosave marks a version that the editor saved without a request of its user.
	Autosave bool
	Restored int64 // the version whose text was restored; 0: the change is not a restore
	// Redacted marks a version made by a redaction, which removed a text from the earlier versions
	// of the post. Consumers must drop their copies of those.
	Redacted bool
	// Trace is the W3C traceparent of the request that made the change, as ParseTrace returns it;
	// empty: there was none. It is not part of the CloudEvent.
	Trace string
	Data  json.RawMessage // the whole post after the change; {id, slug, version} when Deleted
}

// Position is a place in one history of the log. A number is assigned twice only in different
// epochs: a new epoch begins when the log has lost published events, as after the restore of a backup.
type Position struct {
	Epoch string // 10 characters of a-z and 2-7
	Seq   int64
}

// BeforeGap returns the events before the first gap: the longest prefix whose numbers increase by
// one. The result shares the array of events.
func BeforeGap(events []Event) []Event {
	for i := 1; i < len(events); i++ {
		if events[i].Seq != events[i-1].Seq+1 {
			return events[:i]
		}
	}
	return events
}
