package post

import (
	"context"
	"slices"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Service implements the operations on posts. Every method checks the role of by; a write checks it
// in its transaction. Its methods may be called from any goroutine.
type Service struct {
	store Store
	now   func() time.Time
}

// NewService returns a Service over store.
func NewService(store Store) *Service {
	return &Service{store: store, now: func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }}
}

// Create stores a new post. A missing slug is derived from the title.
func (s *Service) Create(ctx context.Context, by auth.Actor, p Patch, req Request) (Result, error) {
	return s.change(ctx, by, 0, req, func(tx Tx) (Result, error) {
		doc, err := s.create(tx, by, p, time.Time{}, time.Time{})
		return Result{Doc: doc}, err
	})
}

// create stores a new post. A zero created is the current time. A zero published is created if the
// post is published, else none.
func (s *Service) create(tx Tx, by auth.Actor, p Patch, created, published time.Time) (Doc, error) {
	id, err := tx.NextID()
	if err != nil {
		return Doc{}, err
	}
	post := Post{Summary: Summary{ID: id, Tags: []string{}, CreatedAt: created, CreatedBy: event.Actor{ID: by.ID, Name: by.Name}}}
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
	if published.IsZero() && post.Published {
		published = created
	}
	if !published.IsZero() {
		post.PublishedAt = &published
	}
	return s.commit(tx, by, post, write{typ: event.Created, changed: changed, live: true})
}

// Get returns one post.
func (s *Service) Get(ctx context.Context, by auth.Actor, id int64) (Doc, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return Doc{}, err
	}
	return s.store.Get(ctx, id)
}

// GetLive returns the live version of a post.
func (s *Service) GetLive(ctx context.Context, by auth.Actor, id int64) (Doc, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return Doc{}, err
	}
	return s.store.LiveOf(ctx, id)
}

// List returns a page of posts.
func (s *Service) List(ctx context.Context, by auth.Actor, q Query) (Page, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return Page{}, err
	}
	return s.store.List(ctx, q.normalized())
}

// Categories returns the categories in use, by name.
func (s *Service) Categories(ctx context.Context, by auth.Actor) ([]NameCount, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Categories(ctx)
}

// Delete deletes a post; its history stays. A positive base is the version that must be current.
func (s *Service) Delete(ctx context.Context, by auth.Actor, id, base int64, req Request) (Result, error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Result, error) {
		doc, err := s.delete(tx, by, id, base)
		return Result{Doc: doc}, err
	})
}

func (s *Service) delete(tx Tx, by auth.Actor, id, base int64) (Doc, error) {
	current, err := tx.Get(id)
	if err != nil {
		return Doc{}, err
	}
	if base > 0 && base != current.Version {
		return Doc{}, stale(current, nil, []string{})
	}
	if current.LiveVersion != nil {
		if err := tx.Hide(id); err != nil {
			return Doc{}, err
		}
	}
	doc, err := tombstone(current, current.Version+1)
	if err != nil {
		return Doc{}, err
	}
	deletion := newEvent(by, doc, write{typ: event.Deleted}, s.now())
	if err := tx.Delete(id, deletion); err != nil {
		return Doc{}, err
	}
	return doc, tx.Emit(deletion)
}

// Newest as the before of History starts at the newest version.
const Newest = int64(1) << 62

// History returns the events of one post, deleted or not, with a version below before, newest first.
func (s *Service) History(ctx context.Context, by auth.Actor, id, before int64, limit int) ([]event.Event, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	events, err := s.store.History(ctx, id, before, limit)
	if err == nil && len(events) == 0 && before == Newest {
		_, err = s.store.Get(ctx, id) // NotFound, unless retention removed all events of the post
	}
	return events, err
}

// After returns the events with a number above seq, oldest first.
func (s *Service) After(ctx context.Context, by auth.Actor, seq int64, limit int) ([]event.Event, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.After(ctx, seq, limit)
}

// Before returns the events with a number below seq, newest first.
func (s *Service) Before(ctx context.Context, by auth.Actor, seq int64, limit int) ([]event.Event, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Before(ctx, seq, limit)
}
