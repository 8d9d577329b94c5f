package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Fields are the values to set, by the JSON name of the field in Post. A field that is
// left out is not changed.
type Fields map[string]any

// Saved is the answer to a write.
type Saved struct {
	Post     Post     // after the write; zero after Delete
	Replayed bool     // an earlier request with the same key had made the change
	Merged   []string // the fields whose value also holds changes of others since the given version
}

// Create creates a post, which is unpublished unless fields has "published": true. key is the idempotency key: the server executes
// requests of one user with the same key once within 24 hours; "" is none. A bad field is
// a *Problem with Status 422.
func (c *Client) Create(ctx context.Context, fields Fields, key string) (Saved, error) {
	return c.save(ctx, http.MethodPost, "/api/posts", fields, 0, key)
}

// Patch sets fields of the post whose version the caller has read, and shows the result to
// readers if the post is published. Changes since then are merged: other fields, tags, and
// other lines of content and description. What cannot be merged is a *Problem with Status
// 412, and nothing is stored. key is as for Create.
func (c *Client) Patch(ctx context.Context, id, version int64, fields Fields, key string) (Saved, error) {
	return c.save(ctx, http.MethodPatch, path(id), fields, version, key)
}

// PatchKeepLive is Patch, but readers of a published post keep the version that they see
// until Publish.
func (c *Client) PatchKeepLive(ctx context.Context, id, version int64, fields Fields, key string) (Saved, error) {
	return c.save(ctx, http.MethodPatch, path(id)+"?publish=false", fields, version, key)
}

// Publish shows the current version to readers, or unpublishes the post. A version other
// than 0 is a condition: if it is not the current one, the error is a *Problem with Status
// 412. key is as for Create.
func (c *Client) Publish(ctx context.Context, id, version int64, published bool, key string) (Saved, error) {
	return c.save(ctx, http.MethodPut, path(id)+"/publish", Fields{"published": published}, version, key)
}

// Delete deletes the post; it can be restored from its history. version and key are as
// for Publish.
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

// Get returns one post. A post that does not exist is a *Problem with Status 404.
func (c *Client) Get(ctx context.Context, id int64) (Post, error) {
	var p Post
	_, err := c.call(ctx, request{method: http.MethodGet, path: path(id), into: &p})
	return p, err
}

// List returns a page of posts, deleted ones not among them unless asked for. query holds
// the parameters of GET /api/posts (status, category, tag, author, q, sort, limit, after)
// and may be nil: the first 50 posts, changed last first. The list ends where Next is
// empty; a page of a search may hold fewer items than its limit, even none, before.
func (c *Client) List(ctx context.Context, query url.Values) (Page, error) {
	var page Page
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/api/posts?" + query.Encode(), into: &page})
	return page, err
}

// Events returns up to limit (1 to 1000) of the events with numbers above after, in order,
// with whole posts; none is the end of the log. Where events have left the log, the first
// returned is above after + 1.
func (c *Client) Events(ctx context.Context, after int64, limit int) ([]Event, error) {
	var page struct {
		Items []Event `json:"items"`
	}
	query := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
	_, err := c.call(ctx, request{method: http.MethodGet, path: "/api/events?" + query.Encode(), into: &page})
	return page.Items, err
}

func path(id int64) string { return "/api/posts/" + strconv.FormatInt(id, 10) }
