package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

// Fields are the values of a post to set, by name.
type Fields map[string]any

// Saved is what a write led to.
type Saved struct {
	Post     post.Post // zero after Delete
	Replayed bool      // the server had done it before, for the same key
	Merged   []string  // the fields in which changes of others were merged
}

// Page is one page of posts.
type Page struct {
	Items  []post.Summary `json:"items"`
	Next   string         `json:"next"`   // to pass as after; empty at the end
	Total  *int64         `json:"total"`  // how many posts match, up to 10 000, on the first page; nil when unknown
	Cursor int64          `json:"cursor"` // the stream position, read before the items
	Epoch  string         `json:"epoch"`  // the history of the event log that Cursor belongs to
}

// Event is one change, with the whole post from the API and a summary from the stream.
type Event struct {
	Type    event.Type  `json:"type"`
	Seq     int64       `json:"seq"`
	ID      string      `json:"id"`
	Time    time.Time   `json:"time"`
	Actor   event.Actor `json:"actor"`
	Changed []string    `json:"changed"`

	Autosave bool            `json:"autosave,omitempty"`
	Restored int64           `json:"restored,omitempty"` // the version whose text was restored
	Data     json.RawMessage `json:"data"`
}

// Create makes a post. With a key, sending it again is safe; "" is none.
func (c *Client) Create(ctx context.Context, fields Fields, key string) (Saved, error) {
	return c.save(ctx, http.MethodPost, "/api/posts", fields, 0, key)
}

// Patch sets fields of the post as it was at version; others' changes to other fields are kept.
func (c *Client) Patch(ctx context.Context, id, version int64, fields Fields, key string) (Saved, error) {
	return c.save(ctx, http.MethodPatch, path(id), fields, version, key)
}

// PatchKeepLive is Patch for editors alone: readers of a published post do not get the change.
func (c *Client) PatchKeepLive(ctx context.Context, id, version int64, fields Fields, key string) (Saved, error) {
	return c.save(ctx, http.MethodPatch, path(id)+"?publish=false", fields, version, key)
}

// Publish shows the current version to readers, or unpublishes the post. version 0 means
// whatever is current.
func (c *Client) Publish(ctx context.Context, id, version int64, published bool, key string) (Saved, error) {
	return c.save(ctx, http.MethodPut, path(id)+"/publish", Fields{"published": published}, version, key)
}

// Delete removes the post. version 0 means whatever is current.
func (c *Client) Delete(ctx context.Context, id, version int64, key string) (Saved, error) {
	return c.save(ctx, http.MethodDelete, path(id), nil, version, key)
}

func (c *Client) save(ctx context.Context, method, path string, fields Fields, version int64, key string) (Saved, error) {
	var saved Saved
	r := request{method: method, path: path, header: http.Header{}}
	if fields != nil {
		r.body, r.into = fields, &saved.Post
	}
	if version > 0 {
		r.header.Set("If-Match", strconv.Quote(strconv.FormatInt(version, 10)))
	}
	if key != "" {
		r.header.Set("Idempotency-Key", key)
	}
	header, err := c.call(ctx, r)
	saved.Replayed = header.Get("Idempotency-Replayed") == "true"
	if merged := header.Get("Wiredesk-Merged"); merged != "" {
		saved.Merged = strings.Split(merged, ",")
	}
	return saved, err
}

// Get returns one post.
func (c *Client) Get(ctx context.Context, id int64) (post.Post, error) {
	var p post.Post
	_, err := c.call(ctx, request{method: http.MethodGet, path: path(id), into: &p})
	return p, err
}

// List returns a page of posts; query holds the parameters of GET /api/posts and may be nil.
func (c *Client) List(ctx context.Context, query url.Values) (Page, error) {
	var page Page
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/api/posts?" + query.Encode(), into: &page})
	return page, err
}

// Events returns up to limit (1 to 1000) of the events that follow the position after, in
// order; none means that it is the end of the log.
func (c *Client) Events(ctx context.Context, after int64, limit int) ([]Event, error) {
	var page struct {
		Items []Event `json:"items"`
	}
	query := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/api/events?" + query.Encode(), into: &page})
	return page.Items, err
}

func path(id int64) string { return "/api/posts/" + strconv.FormatInt(id, 10) }
