// Package post holds the rules of the blog: what a post is, how it may change,
// who may change it, how two people's changes meet, and which event each change
// makes. It knows no SQL, no HTTP and no Kafka, and starts no goroutine.
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

// Summary is a post without its content: what lists and live rows show.
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
	LiveVersion    *int64      `json:"liveVersion"` // what readers see; nil unless published
	PublishedAt    *time.Time  `json:"publishedAt"` // first publication; kept when unpublished
	Version        int64       `json:"version"`     // 1, then +1 for each change
	CreatedAt      time.Time   `json:"createdAt"`
	UpdatedAt      time.Time   `json:"updatedAt"`
	CreatedBy      event.Actor `json:"createdBy"`
	UpdatedBy      event.Actor `json:"updatedBy"`
}

// Post is a whole post.
type Post struct {
	Summary
	Content string `json:"content"` // Markdown
}

// normalize brings a version of an earlier release to the form in which names are stored.
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

// Doc is a post as it travels: its identity and its JSON, encoded once.
type Doc struct {
	ID      int64
	Slug    string
	Version int64
	JSON    json.RawMessage
}

// Encode returns the summary's JSON, which the store keeps for lists, and the
// whole post's document, which is the summary's JSON with the content spliced in.
func (p Post) Encode() (summary json.RawMessage, doc Doc, err error) {
	if summary, err = json.Marshal(p.Summary); err != nil {
		return nil, Doc{}, fmt.Errorf("encoding post %d: %w", p.ID, err)
	}
	doc, err = Splice(p.ID, p.Slug, p.Version, summary, p.Content)
	return summary, doc, err
}

// Splice joins a summary's JSON, as Encode made it, and the content to the whole post's document.
func Splice(id int64, slug string, version int64, summary json.RawMessage, content string) (Doc, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return Doc{}, fmt.Errorf("encoding post %d: %w", id, err)
	}
	return Doc{ID: id, Slug: slug, Version: version, JSON: jsonobj.Append(summary, "content", text)}, nil
}

// Decode reads the whole post back.
func (d Doc) Decode() (Post, error) {
	var p Post
	if err := json.Unmarshal(d.JSON, &p); err != nil {
		return Post{}, fmt.Errorf("decoding post %d: %w", d.ID, err)
	}
	return p, nil
}

// ReadTime returns the minutes that content takes at 200 words a minute, at least one.
func ReadTime(content string) int {
	const wordsPerMinute = 200
	words := len(strings.Fields(content))
	return min(max(1, (words+wordsPerMinute/2)/wordsPerMinute), MaxReadTime)
}
