package post

import (
	"context"
	"slices"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Service applies the rules. Every method checks that by may do what it asks.
type Service struct {
	store Store
	now   func() time.Time
}

// NewService returns a Service over store.
func NewService(store Store) *Service {
	return &Service{store: store, now: func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }}
}

// Stale says that a change was based on a version that others have since changed
// in the same fields. It carries the Stale fault.
type Stale struct {
	Current   Doc
	Conflicts []string // field names, sorted
}

func (e *Stale) Error() string { return e.Unwrap().Error() }

// Unwrap returns the fault that classifies it.
func (e *Stale) Unwrap() error {
	return fault.New(fault.Stale, "Somebody else changed this post since the version that you started from.")
}

// Create stores a new post. Its slug, when not given, is made from the title.
func (s *Service) Create(ctx context.Context, by auth.Actor, p Patch, req Request) (doc Doc, replayed bool, err error) {
	return s.change(ctx, by, 0, req, func(tx Tx) (Doc, error) {
		return s.create(tx, by, p, time.Time{})
	})
}

// create stores a new post, dated to at unless that is zero.
func (s *Service) create(tx Tx, by auth.Actor, p Patch, at time.Time) (Doc, error) {
	id, err := tx.NextID()
	if err != nil {
		return Doc{}, err
	}
	post := Post{Summary: Summary{ID: id, Tags: []string{}, CreatedAt: at, CreatedBy: event.Actor{ID: by.ID, Name: by.Name}}}
	changed := p.apply(&post)
	if post.Slug == "" {
		if post.Slug, err = freeSlug(tx, Slugify(post.Title), id); err != nil {
			return Doc{}, err
		}
		changed = append(changed, "slug")
		slices.Sort(changed)
	} else if err := claimSlug(tx, post.Slug, id); err != nil {
		return Doc{}, err
	}
	if post.Published && !at.IsZero() {
		post.PublishedAt = &at
	}
	return s.commit(tx, by, event.Created, post, changed)
}

// Get returns one post.
func (s *Service) Get(ctx context.Context, by auth.Actor, id int64) (Doc, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return Doc{}, err
	}
	return s.store.Get(ctx, id)
}

// List returns a page of posts.
func (s *Service) List(ctx context.Context, by auth.Actor, q Query) (Page, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return Page{}, err
	}
	return s.store.List(ctx, q)
}

// Categories returns the categories in use, by name.
func (s *Service) Categories(ctx context.Context, by auth.Actor) ([]Category, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Categories(ctx)
}

// Edit applies p to the post as by saw it at version base. Changes that others made
// to other fields since then are kept; a field that both changed is a *Stale error
// and nothing is stored.
func (s *Service) Edit(ctx context.Context, by auth.Actor, id, base int64, p Patch, req Request) (doc Doc, replayed bool, err error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Doc, error) {
		current, err := tx.Get(id)
		if err != nil {
			return Doc{}, err
		}
		if err := s.checkConflicts(tx, current, base, p); err != nil {
			return Doc{}, err
		}
		slug := current.Slug
		changed := p.apply(&current)
		if len(changed) == 0 {
			_, doc, err := current.Encode()
			return doc, err
		}
		if current.Slug != slug {
			if err := claimSlug(tx, current.Slug, id); err != nil {
				return Doc{}, err
			}
		}
		return s.commit(tx, by, event.Updated, current, changed)
	})
}

// checkConflicts returns a *Stale error when a field that p changes was changed after version base.
func (s *Service) checkConflicts(tx Tx, current Post, base int64, p Patch) error {
	if base == current.Version {
		return nil
	}
	conflicts := p.touches(current)
	if base < current.Version {
		theirs, complete, err := tx.ChangedSince(current.ID, base)
		if err != nil {
			return err
		}
		if complete {
			conflicts = slices.DeleteFunc(conflicts, func(f string) bool { return !slices.Contains(theirs, f) })
		}
	}
	if len(conflicts) == 0 {
		return nil
	}
	return stale(current, conflicts)
}

func stale(current Post, conflicts []string) error {
	_, doc, err := current.Encode()
	if err != nil {
		return err
	}
	return &Stale{Current: doc, Conflicts: conflicts}
}

// Publish publishes or unpublishes a post. base, when not zero, is the version that must be current.
func (s *Service) Publish(ctx context.Context, by auth.Actor, id, base int64, published bool, req Request) (doc Doc, replayed bool, err error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Doc, error) {
		current, err := tx.Get(id)
		if err != nil {
			return Doc{}, err
		}
		if current.Published == published {
			_, doc, err := current.Encode()
			return doc, err
		}
		if base != 0 && base != current.Version {
			return Doc{}, stale(current, []string{"published"})
		}
		current.Published = published
		return s.commit(tx, by, event.Published, current, []string{"published"})
	})
}

// Delete removes a post; its history stays. base, when not zero, is the version that must be current.
func (s *Service) Delete(ctx context.Context, by auth.Actor, id, base int64, req Request) (replayed bool, err error) {
	_, replayed, err = s.change(ctx, by, id, req, func(tx Tx) (Doc, error) {
		current, err := tx.Get(id)
		if err != nil {
			return Doc{}, err
		}
		if base != 0 && base != current.Version {
			return Doc{}, stale(current, []string{})
		}
		if err := tx.Delete(id); err != nil {
			return Doc{}, err
		}
		doc, err := tombstone(current, current.Version+1)
		if err != nil {
			return Doc{}, err
		}
		return doc, tx.Emit(newEvent(by, event.Deleted, doc, nil, s.now()))
	})
	return replayed, err
}

// Restore brings back the post as it was at version, as a new version: a blog-updated
// event, or a blog-created one when the post was deleted. Restoring what is already
// there changes nothing.
func (s *Service) Restore(ctx context.Context, by auth.Actor, id, version int64, req Request) (doc Doc, replayed bool, err error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Doc, error) {
		last, err := tx.Last(id)
		if err != nil {
			return Doc{}, err
		}
		then, err := tx.At(id, version)
		if err != nil {
			return Doc{}, err
		}
		if then.Type == event.Deleted {
			return Doc{}, fault.InvalidFields(fault.Field{Name: "version", Message: "is the deletion itself; name a version before it"})
		}
		old, err := Doc{ID: id, JSON: then.Data}.Decode()
		if err != nil {
			return Doc{}, err
		}
		if last.Type == event.Deleted {
			return s.revive(tx, by, old, last.Version)
		}
		return s.rollBack(tx, by, old)
	})
}

// revive brings back a post that was deleted as the version deleted.
func (s *Service) revive(tx Tx, by auth.Actor, old Post, deleted int64) (Doc, error) {
	e, err := tx.At(old.ID, deleted-1)
	if err != nil {
		return Doc{}, err
	}
	last, err := Doc{ID: old.ID, JSON: e.Data}.Decode()
	if err != nil {
		return Doc{}, err
	}
	old.Version, old.PublishedAt = deleted, last.PublishedAt
	if old.Slug, err = freeSlug(tx, old.Slug, old.ID); err != nil {
		return Doc{}, err
	}
	// What differs from before the deletion counts as changed even when it is empty now:
	// an edit based on that version must meet it.
	changed := append(Post{}.differences(old), last.differences(old)...)
	slices.Sort(changed)
	return s.commit(tx, by, event.Created, old, slices.Compact(changed))
}

func (s *Service) rollBack(tx Tx, by auth.Actor, old Post) (Doc, error) {
	current, err := tx.Get(old.ID)
	if err != nil {
		return Doc{}, err
	}
	if old.Slug != current.Slug {
		if old.Slug, err = freeSlug(tx, old.Slug, old.ID); err != nil {
			return Doc{}, err
		}
	}
	changed := current.differences(old)
	if len(changed) == 0 {
		_, doc, err := current.Encode()
		return doc, err
	}
	old.Version, old.PublishedAt = current.Version, current.PublishedAt
	return s.commit(tx, by, event.Updated, old, changed)
}

// Newest is the value of History's before that begins at the newest version.
const Newest = int64(1) << 62

// History returns the events of one post, deleted or not, with a version below before, newest first.
func (s *Service) History(ctx context.Context, by auth.Actor, id, before int64, limit int) ([]event.Event, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	events, err := s.store.History(ctx, id, before, limit)
	if err == nil && len(events) == 0 && before == Newest {
		_, err = s.store.Get(ctx, id) // no such post, or its log is past the retention
	}
	return events, err
}

// After returns the events that follow seq, in order; Before those that precede it, newest first.
func (s *Service) After(ctx context.Context, by auth.Actor, seq int64, limit int) ([]event.Event, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.After(ctx, seq, limit)
}

// Before returns the events that precede seq, newest first.
func (s *Service) Before(ctx context.Context, by auth.Actor, seq int64, limit int) ([]event.Event, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Before(ctx, seq, limit)
}

// PublicList returns a page of published posts. Anybody may read it.
func (s *Service) PublicList(ctx context.Context, q Query) (Page, error) {
	published := true
	q.Published = &published
	return s.store.List(ctx, q)
}

// PublicGet returns a published post. Anybody may read it; a draft is not found.
func (s *Service) PublicGet(ctx context.Context, slug string) (Doc, error) {
	doc, published, err := s.store.BySlug(ctx, slug)
	if err == nil && !published {
		return Doc{}, fault.New(fault.NotFound, "There is no such post.")
	}
	return doc, err
}
