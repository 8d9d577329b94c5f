// Package post holds the rules of blog posts: the fields and their limits, the role that each
// operation needs, versions, the merge of concurrent edits, publication, deletion and restore, import,
// redaction, and the event of each change. It knows no SQL, HTTP or Kafka and starts no goroutine.
//
// Service is the entry point. A write is one call of Store.Update: the transaction checks the role,
// reads the post, merges the patch, stores the next version with its live version, and emits one
// event. So the post and its event are committed together, or neither is. The store may run the
// function of a transaction several times; it therefore has no effect outside its Tx.
//
// A post has up to three stored texts: the working text, which editors see; the live text, which
// readers see while the post is published; and one text per version in the event log, from which
// conflicts are merged and old versions restored.
//
// sqlstore implements Store; the tests of this package run on its real databases.
package post

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// Limits of a post's fields. Lengths are in Unicode characters unless bytes are named.
const (
	MaxTitle        = 200
	MaxSlug         = 200
	MaxDescription  = 10_000
	MaxContentBytes = 250_000
	MaxCategory     = 100
	MaxTags         = 20
	MaxTag          = 50
	MaxAuthor       = 200
	MaxURL          = 2048
	MaxReadTime     = 1000 // minutes
)

// Summary is a post without its content, as lists show it.
type Summary struct {
	ID             int64       `json:"id"`
	Slug           string      `json:"slug"`
	Title          string      `json:"title"`
	Description    string      `json:"description"`
	Category       string      `json:"category"`
	Tags           []string    `json:"tags"`
	ReadTime       int         `json:"readTime"` // minutes
	AuthorName     string      `json:"authorName"`
	AuthorPosition string      `json:"authorPosition"`
	AuthorImage    string      `json:"authorImage"`
	BlogImage      string      `json:"blogImage"`
	Published      bool        `json:"published"`
	LiveVersion    *int64      `json:"liveVersion"` // the version that readers see; nil unless published
	PublishedAt    *time.Time  `json:"publishedAt"` // first publication; kept when unpublished
	Version        int64       `json:"version"`     // 1, then +1 for each change
	CreatedAt      time.Time   `json:"createdAt"`
	UpdatedAt      time.Time   `json:"updatedAt"`
	CreatedBy      event.Actor `json:"createdBy"`
	UpdatedBy      event.Actor `json:"updatedBy"`
}

// Post is a blog post. Editors change it through Service, which raises Version by one per change and
// stores an event with it in the same transaction. PublishedAt keeps the time of the first
// publication and survives unpublishing. LiveVersion is at most Version; it is lower while a published
// post has unpublished changes. A Post is a value: the store and the event hold encoded copies (see
// Doc).
type Post struct {
	Summary
	Content string `json:"content"` // Markdown
}

// normalize converts the slug, category and tags of a version of an earlier release to the stored
// form, NFC.
func (p *Post) normalize() {
	p.Slug, p.Category = norm.NFC.String(p.Slug), norm.NFC.String(p.Category)
	tags := make([]string, 0, len(p.Tags))
	for _, tag := range p.Tags {
		if tag = norm.NFC.String(tag); !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	p.Tags = tags
}

// Doc is an encoded post: its identity and its JSON. A change is encoded once; the event, Kafka, the
// API and the WebSocket carry the same bytes, which must not be modified.
type Doc struct {
	ID      int64
	Slug    string
	Version int64
	JSON    json.RawMessage
}

// Encode returns the JSON of the summary, which the store keeps for lists, and the document of the
// post: that JSON with the content added.
func (p Post) Encode() (summary json.RawMessage, doc Doc, err error) {
	if summary, err = json.Marshal(p.Summary); err != nil {
		return nil, Doc{}, fmt.Errorf("encoding post %d: %w", p.ID, err)
	}
	doc, err = Splice(p.ID, p.Slug, p.Version, summary, p.Content)
	return summary, doc, err
}

// Splice returns the document of a post from the summary of Encode and the content.
func Splice(id int64, slug string, version int64, summary json.RawMessage, content string) (Doc, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return Doc{}, fmt.Errorf("encoding post %d: %w", id, err)
	}
	return Doc{ID: id, Slug: slug, Version: version, JSON: jsonobj.Append(summary, "content", text)}, nil
}

// Decode parses the document.
func (d Doc) Decode() (Post, error) {
	var p Post
	if err := json.Unmarshal(d.JSON, &p); err != nil {
		return Post{}, fmt.Errorf("decoding post %d: %w", d.ID, err)
	}
	return p, nil
}

// ReadTime returns the minutes to read content at 200 words a minute, from 1 to MaxReadTime.
func ReadTime(content string) int {
	const wordsPerMinute = 200
	words := len(strings.Fields(content))
	return min(max(1, (words+wordsPerMinute/2)/wordsPerMinute), MaxReadTime)
}
