package post

import (
	"context"
	"encoding/json"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Store is the database as this package needs it.
type Store interface {
	// Update runs change in one transaction: all of it is durable when Update returns
	// nil, none of it when it returns an error. id is the post to be changed, 0 for a new one.
	// The store retries change after a conflict, so change must have no effect outside tx. Its
	// error is returned unchanged.
	Update(ctx context.Context, id int64, change func(tx Tx) error) error

	// Get returns a NotFound fault when there is no such post.
	Get(ctx context.Context, id int64) (Doc, error)
	// Live returns the live post with that slug. If there is none, moved is the current slug of
	// the live post that had it last; if there is none either, the error is a NotFound fault.
	Live(ctx context.Context, slug string) (doc Doc, moved string, err error)
	// LiveOf returns the live version of a post; a NotFound fault if the post is not live.
	LiveOf(ctx context.Context, id int64) (Doc, error)
	List(ctx context.Context, q Query) (Page, error)
	Categories(ctx context.Context) ([]NameCount, error)
	Tags(ctx context.Context) ([]NameCount, error)
	Authors(ctx context.Context) ([]NameCount, error)

	// History returns the events of one post with a version below before, newest first.
	History(ctx context.Context, id, before int64, limit int) ([]event.Event, error)
	// After returns the events with a number above seq, oldest first. It may return fewer than
	// limit to stay under 4 MiB.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Before returns the events with a number below seq, newest first, bounded as After.
	Before(ctx context.Context, seq int64, limit int) ([]event.Event, error)

	// Copies visits every copy of a post outside of the event log: posts, live posts, deleted posts,
	// kept events, and the slugs of redirects and imports, each as a Post with the slug alone.
	// id selects one post, 0 all. An error of visit ends the visit and is returned.
	Copies(ctx context.Context, id int64, visit func(Post) error) error
}

// Tx is a transaction of Store.Update. It reads its own changes. A method that does not find the
// post or the version returns a NotFound fault.
type Tx interface {
	auth.SessionReader

	// NextID returns an id that no post has or had.
	NextID() (int64, error)
	// Get returns the post and locks it until the transaction ends.
	Get(id int64) (Post, error)
	BySlug(slug string) (Post, error)
	// SlugTaken reports whether a post other than except has the slug, or is live under it.
	SlugTaken(slug string, except int64) (bool, error)
	// SlugOwner is SlugTaken with the title of that post.
	SlugOwner(slug string, except int64) (title string, taken bool, err error)
	// Insert adds a post. summary is the JSON of p.Summary.
	Insert(p Post, summary json.RawMessage) error
	// Replace stores the next version of a post. changed names the fields that differ.
	Replace(p Post, summary json.RawMessage, changed []string) error
	// Show makes p the live version of its post. If the live slug changes, the old slug redirects.
	Show(p Post, summary json.RawMessage) error
	// Hide removes the live version. Its slug redirects to the post once that is live again.
	Hide(id int64) error
	// Redirect adds a redirect from the slug to the post, unless the slug redirects already.
	Redirect(slug string, id int64) error
	// Delete moves the post to the deleted posts. The caller also emits deletion.
	Delete(id int64, deletion event.Event) error
	// Emit adds an event to the transaction. The store numbers it at the commit.
	Emit(e event.Event) error

	// Last returns the newest event of a post. An event of this transaction has no number yet.
	Last(id int64) (event.Event, error)
	// At returns the event that made a version. The last version of a deleted post is available as
	// long as the event log has the deletion.
	At(id, version int64) (event.Event, error)
	// ChangedSince returns the names of the fields that changed after version. complete is false
	// if the event log no longer has all of these versions.
	ChangedSince(id, version int64) (fields []string, complete bool, err error)
	// RedactedSince reports whether a redaction was made after version.
	RedactedSince(id, version int64) (bool, error)

	// GetLive returns the live version of a post.
	GetLive(id int64) (Post, error)
	// Rewrite replaces the data of the event of a version with f(data). It does nothing if the
	// event log has no such event.
	Rewrite(id, version int64, f func(data json.RawMessage) (json.RawMessage, error)) error
	// RewriteKept is Rewrite for the kept event of a post: its last one that retention removed.
	RewriteKept(id int64, f func(data json.RawMessage) (json.RawMessage, error)) error
	// DropNames removes the redirects and import records of a post whose slug matches.
	DropNames(id int64, match func(slug string) bool) error

	// FindResult returns the result of the user's request with that key, expired or not; nil if
	// there is none.
	FindResult(user int64, key string) (*IdempotentResult, error)
	// SaveResult adds a result. It fails when the key exists: another node has saved it at the same
	// time, and the store retries the transaction, which then finds that result.
	SaveResult(user int64, key string, r IdempotentResult) error
	// DeleteResult deletes the result that was saved at that time.
	DeleteResult(user int64, key string, at time.Time) error
	// Imported returns the record of the last import under slug; nil if there is none.
	Imported(slug string) (*Import, error)
	MarkImported(slug string, i Import) error
}

// IdempotentResult is the stored result of a request with an idempotency key. A repeated request
// within ResultTTL returns it.
type IdempotentResult struct {
	Fingerprint []byte // of the request
	PostID      int64
	Version     int64    // of the post after the request
	Merged      []string // fields in which changes of others were merged
	At          time.Time
}

// Import records the import of a file.
type Import struct {
	Hash    []byte // of the file's fields
	PostID  int64
	Version int64 // of the post after the import
}
