package post

import (
	"context"
	"encoding/json"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Store is what the rules need of a database.
type Store interface {
	// Update runs change in one transaction: all of it is durable when Update returns
	// nil, none of it when it returns an error. id is the post that the change is about,
	// 0 for a new one. change may be run again after a lost race, so it must touch nothing
	// outside tx; its error is returned as it is.
	Update(ctx context.Context, id int64, change func(tx Tx) error) error

	// Get returns a NotFound fault when there is no such post.
	Get(ctx context.Context, id int64) (Doc, error)
	// Live returns the live post with that slug. When there is none, moved is the slug of the
	// live post that had it last; when there is none either, a NotFound fault.
	Live(ctx context.Context, slug string) (doc Doc, moved string, err error)
	// LiveOf returns a post as readers see it; a NotFound fault when they see none.
	LiveOf(ctx context.Context, id int64) (Doc, error)
	List(ctx context.Context, q Query) (Page, error)
	Categories(ctx context.Context) ([]NameCount, error)
	Tags(ctx context.Context) ([]NameCount, error)
	Authors(ctx context.Context) ([]NameCount, error)

	// History returns the events of one post with a version below before, newest first.
	History(ctx context.Context, id, before int64, limit int) ([]event.Event, error)
	// After returns the events with a number above seq, oldest first; Before those
	// below it, newest first. Both may return fewer than limit to stay under 4 MiB.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	Before(ctx context.Context, seq int64, limit int) ([]event.Event, error)

	// Copies visits what is stored of posts outside of the event log: posts, live posts, deleted
	// posts, kept events, and the slugs that redirect or were imported, of which a Post has no other field.
	// id is that of the post, 0 for all. An error of visit ends it.
	Copies(ctx context.Context, id int64, visit func(Post) error) error
}

// Tx is a transaction of Store.Update. It sees its own changes.
type Tx interface {
	auth.SessionReader

	NextID() (int64, error) // never given before, not even to a post that is now deleted
	Get(id int64) (Post, error)
	BySlug(slug string) (Post, error)
	// SlugTaken reports whether a post other than except has the slug, or is live under it.
	SlugTaken(slug string, except int64) (bool, error)
	// SlugOwner is SlugTaken with the title of that post.
	SlugOwner(slug string, except int64) (title string, taken bool, err error)
	Insert(p Post, summary json.RawMessage) error
	Replace(p Post, summary json.RawMessage, changed []string) error // changed: the fields that differ
	// Show makes p the live post, as it is given. A slug that it leaves leads to it from then on.
	Show(p Post, summary json.RawMessage) error
	// Hide removes the live post. Its slug leads to the post when that is live again.
	Hide(id int64) error
	// Redirect makes the slug lead to the post, unless it leads to a post already.
	Redirect(slug string, id int64) error
	// Delete moves the post to the deleted ones. deletion is the event, which Emit adds.
	Delete(id int64, deletion event.Event) error
	// Emit adds the event that belongs to the change; the store numbers it.
	Emit(e event.Event) error

	// Last returns a post's newest event, At the one that made the version; NotFound when
	// there is none. One that is not committed yet has no number yet. The last version of a
	// deleted post is found as long as its deletion is in the log.
	Last(id int64) (event.Event, error)
	At(id, version int64) (event.Event, error)
	// ChangedSince returns the names of the fields that changed after version. complete
	// is false when the log no longer reaches back that far.
	ChangedSince(id, version int64) (fields []string, complete bool, err error)
	// RedactedSince reports whether a text was redacted after version.
	RedactedSince(id, version int64) (bool, error)

	// GetLive returns the live post.
	GetLive(id int64) (Post, error)
	// Rewrite replaces the data of the event of a version by f of it. No event is no error.
	Rewrite(id, version int64, f func(data json.RawMessage) (json.RawMessage, error)) error
	// RewriteKept is Rewrite for the last event that has left the log.
	RewriteKept(id int64, f func(data json.RawMessage) (json.RawMessage, error)) error
	// DropNames removes those redirects and import marks of a post whose slug matches.
	DropNames(id int64, match func(slug string) bool) error

	// Recall returns what the user's request with that key led to, nil when it is new.
	Recall(user int64, key string) (*Outcome, error)
	Remember(user int64, key string, o Outcome, at time.Time) error
	// Imported returns what was last imported under slug, nil when nothing was.
	Imported(slug string) (*Import, error)
	MarkImported(slug string, i Import) error
}

// Outcome is what a request with an idempotency key led to.
type Outcome struct {
	Request []byte // fingerprint: the same key with another one is refused
	PostID  int64
	Version int64
	Merged  []string // fields in which changes of others were merged
}

// Import is what a file became.
type Import struct {
	Hash    []byte // of the file's fields
	PostID  int64
	Version int64
}
