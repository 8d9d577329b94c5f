package client

import (
	"encoding/json"
	"fmt"
	"time"
)

// Actor is the user that made a change.
type Actor struct {
	ID   int64  `json:"id"` // 0: the command line
	Name string `json:"name"`
}

// Summary is a post without its content. Lengths are in Unicode code points.
type Summary struct {
	ID             int64      `json:"id"`
	Slug           string     `json:"slug"`        // unique
	Title          string     `json:"title"`       // 1 to 200
	Description    string     `json:"description"` // up to 10 000
	Category       string     `json:"category"`    // up to 100
	Tags           []string   `json:"tags"`        // up to 20
	ReadTime       int        `json:"readTime"`    // minutes
	AuthorName     string     `json:"authorName"`
	AuthorPosition string     `json:"authorPosition"`
	AuthorImage    string     `json:"authorImage"` // a URL, or empty
	BlogImage      string     `json:"blogImage"`   // a URL, or empty
	Published      bool       `json:"published"`
	LiveVersion    *int64     `json:"liveVersion"` // the version that readers see; nil unless published
	PublishedAt    *time.Time `json:"publishedAt"` // first publication; kept when unpublished; nil before
	Version        int64      `json:"version"`     // 1, then 1 more for each change
	CreatedAt      time.Time  `json:"createdAt"`   // UTC, in milliseconds, as all times
	UpdatedAt      time.Time  `json:"updatedAt"`
	CreatedBy      Actor      `json:"createdBy"`
	UpdatedBy      Actor      `json:"updatedBy"`
}

// Post is a whole post.
type Post struct {
	Summary
	Content string `json:"content"` // Markdown, up to 250 000 bytes of UTF-8
}

// Page is one page of a list of posts.
type Page struct {
	Items  []Summary `json:"items"`
	Next   string    `json:"next"`   // the query parameter "after" of the next page; empty: this is the last
	Total  *int64    `json:"total"`  // the number of posts that match, up to 10 000, on the first page; nil: unknown
	Cursor int64     `json:"cursor"` // the newest event's number, read before the items
	Epoch  string    `json:"epoch"`  // of Cursor
}

// Position returns where a stream has to start to miss no change of the page's items.
func (p Page) Position() Position { return Position{Epoch: p.Epoch, Seq: p.Cursor} }

// EventType is the kind of a change.
type EventType string

// The types of events.
const (
	Created   EventType = "blog-created" // also of a deleted post that was restored
	Updated   EventType = "blog-updated"
	Deleted   EventType = "blog-deleted"
	Published EventType = "blog-published" // published or unpublished: see Summary.Published
)

func (t EventType) valid() bool {
	switch t {
	case Created, Updated, Deleted, Published:
		return true
	}
	return false
}

// Event is one committed change of one post.
type Event struct {
	Type    EventType `json:"type"`
	Seq     int64     `json:"seq"` // 1, 2, 3 … in commit order, without a gap
	ID      string    `json:"id"`  // a UUID
	Time    time.Time `json:"time"`
	Actor   Actor     `json:"actor"`
	Changed []string  `json:"changed"` // names of the changed fields, sorted

	Autosave bool  `json:"autosave,omitempty"` // saved by the editor, not by a person
	Restored int64 `json:"restored,omitempty"` // the version whose text was restored; 0: no restore
	// Redacted: text was removed from earlier versions of the post. Drop copies of them.
	Redacted bool `json:"redacted,omitempty"`
	// Trace is the W3C traceparent of the request that made the change; empty: it had none.
	Trace string `json:"trace,omitempty"`
	// Data is the post after the change: a Post from Events, a Summary from Stream, and
	// {id, slug, version} when it was deleted.
	Data json.RawMessage `json:"data"`

	Epoch string `json:"-"` // of Seq; empty from Events
}

// Position returns the event's own position: a stream that starts there begins with the next event.
func (e Event) Position() Position { return Position{Epoch: e.Epoch, Seq: e.Seq} }

// Post decodes Data. Content is empty in an event of Stream; all but ID, Slug and Version
// is zero after Deleted.
func (e Event) Post() (Post, error) {
	var p Post
	if err := json.Unmarshal(e.Data, &p); err != nil {
		return Post{}, fmt.Errorf("decoding the post of event %d: %w", e.Seq, err)
	}
	return p, nil
}

// Position is a place in the event log: after the event Seq of the history Epoch. The
// zero Position is before the first event. It may be stored as JSON.
type Position struct {
	Epoch string `json:"epoch"` // empty: unknown, a restored backup is then not noticed
	Seq   int64  `json:"seq"`   // 0: before the first event
}

// Now is the end of the log at the moment of the first connection of a stream.
var Now = Position{Seq: -1}
