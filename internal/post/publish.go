package post

import (
	"context"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// PublicSort is the order of the public list.
const PublicSort = Sort("-createdAt")

// Publish makes the current version live, or unpublishes the post. It changes no text. A positive
// base is the version that must be current.
func (s *Service) Publish(ctx context.Context, by auth.Actor, id, base int64, published bool, req Request) (doc Doc, replayed bool, err error) {
	result, err := s.change(ctx, by, id, req, func(tx Tx) (Result, error) {
		doc, err := s.publish(tx, by, id, base, published)
		return Result{Doc: doc}, err
	})
	return result.Doc, result.Replayed, err
}

func (s *Service) publish(tx Tx, by auth.Actor, id, base int64, published bool) (Doc, error) {
	current, err := tx.Get(id)
	if err != nil {
		return Doc{}, err
	}
	done, err := isPublished(tx, current, base, published)
	if err != nil {
		return Doc{}, err
	}
	if done {
		_, doc, err := current.Encode()
		return doc, err
	}
	if base > 0 && base != current.Version {
		return Doc{}, stale(current, nil, []string{"published"})
	}
	changed := []string{"published"}
	if current.Published == published {
		changed = []string{"liveVersion"}
	}
	current.Published = published
	return s.commit(tx, by, current, write{typ: event.Published, changed: changed, live: true})
}

// isPublished reports whether the post is already in the requested state: unpublished, or live with
// the text of version base. The text of base is live if base itself is live, or if the publication of
// base made the live version.
func isPublished(tx Tx, current Post, base int64, published bool) (bool, error) {
	if !published || current.LiveVersion == nil {
		return current.Published == published, nil
	}
	if *current.LiveVersion != current.Version {
		return false, nil
	}
	if base <= 0 || base == current.Version {
		return true, nil
	}
	if base != current.Version-1 {
		return false, nil
	}
	last, err := tx.Last(current.ID)
	return last.Type == event.Published, err
}

// PublicList returns a page of the live posts. It needs no role.
func (s *Service) PublicList(ctx context.Context, q Query) (Page, error) {
	q.Live, q.Published, q.Sort = true, nil, PublicSort
	return s.store.List(ctx, q.normalized())
}

// PublicGet returns the live version of a post. It needs no role. If no live post has the slug and it
// is an earlier slug of a live post, or is not in NFC, moved is the current slug and doc is zero.
func (s *Service) PublicGet(ctx context.Context, slug string) (doc Doc, moved string, err error) {
	doc, moved, err = s.store.Live(ctx, slug)
	stored := norm.NFC.String(slug)
	if fault.KindOf(err) != fault.NotFound || stored == slug {
		return doc, moved, err
	}
	if doc, moved, err = s.store.Live(ctx, stored); err != nil || moved != "" {
		return Doc{}, moved, err
	}
	return Doc{}, doc.Slug, nil
}
