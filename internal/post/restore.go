package post

import (
	"context"
	"fmt"
	"slices"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Restore stores the text of an old version as a new version, with a blog-updated event. A deleted
// post becomes an unpublished draft, with a blog-created event. Restore neither publishes nor
// unpublishes; keepLive is that of EditOptions. If the text is the current one, nothing changes.
func (s *Service) Restore(ctx context.Context, by auth.Actor, id, version int64, keepLive bool, req Request) (Result, error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Result, error) {
		doc, err := s.restore(tx, by, id, version, keepLive)
		return Result{Doc: doc}, err
	})
}

func (s *Service) restore(tx Tx, by auth.Actor, id, version int64, keepLive bool) (Doc, error) {
	last, err := tx.Last(id)
	if err != nil {
		return Doc{}, err
	}
	then, err := tx.At(id, version)
	if err != nil {
		return Doc{}, err
	}
	if then.Type == event.Deleted {
		return Doc{}, fault.InvalidFields(fault.Field{Name: "version", Message: "This version is the deletion. Restore the version before it."})
	}
	if then.Thinned() {
		return Doc{}, thinnedVersion(tx, id, version, last.Version)
	}
	old, err := Doc{ID: id, JSON: then.Data}.Decode()
	if err != nil {
		return Doc{}, err
	}
	old.normalize()
	if last.Type == event.Deleted {
		return s.restoreDeleted(tx, by, old, last.Version, version)
	}
	return s.restoreVersion(tx, by, old, version, keepLive)
}

// restoreDeleted restores a post whose deletion has the version deleted.
func (s *Service) restoreDeleted(tx Tx, by auth.Actor, old Post, deleted, restored int64) (Doc, error) {
	e, err := tx.At(old.ID, deleted-1)
	if err != nil {
		return Doc{}, err
	}
	last, err := Doc{ID: old.ID, JSON: e.Data}.Decode()
	if err != nil {
		return Doc{}, err
	}
	old.Version, old.Published, old.LiveVersion, old.PublishedAt = deleted, false, nil, last.PublishedAt
	if old.Slug, err = freeSlug(tx, old.Slug, old.ID); err != nil {
		return Doc{}, err
	}
	// A field that differs from the deleted text counts as changed, even if it is empty now.
	changed := append(Post{}.changedFields(old), last.changedFields(old)...)
	slices.Sort(changed)
	return s.commit(tx, by, old, write{typ: event.Created, changed: slices.Compact(changed), restored: restored})
}

// restoreVersion stores the old text of an existing post. The slug stays if the old one is taken.
func (s *Service) restoreVersion(tx Tx, by auth.Actor, old Post, restored int64, keepLive bool) (Doc, error) {
	current, err := tx.Get(old.ID)
	if err != nil {
		return Doc{}, err
	}
	if old.Slug != current.Slug {
		taken, err := tx.SlugTaken(old.Slug, old.ID)
		if err != nil {
			return Doc{}, err
		}
		if taken {
			old.Slug = current.Slug
		}
	}
	next := current
	for _, f := range textFields {
		*f.of(&next) = *f.of(&old)
	}
	next.Tags, next.ReadTime = old.Tags, old.ReadTime
	changed := current.changedFields(next)
	if len(changed) == 0 {
		_, doc, err := current.Encode()
		return doc, err
	}
	return s.commit(tx, by, next, write{typ: event.Updated, changed: changed, live: !keepLive, restored: restored})
}

// thinnedVersion returns the error for the restore of a thinned version. It names the next version
// that has its content.
func thinnedVersion(tx Tx, id, version, last int64) error {
	message := "The text of this automatically saved version was removed. Restore a later version."
	for v := version + 1; v <= last; v++ {
		e, err := tx.At(id, v)
		if err != nil {
			return err
		}
		if e.Type != event.Deleted && !e.Thinned() {
			message = fmt.Sprintf("The text of this automatically saved version was removed. The next version that has its text is %d.", v)
			break
		}
	}
	return fault.InvalidFields(fault.Field{Name: "version", Message: message})
}
