package post

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// PublicSort is the order of the public list.
const PublicSort = Sort("-createdAt")

// Publish makes the current version live, or unpublishes the post. It changes no text. A positive
// base is the version that must be current.
func (s *Service) Publish(ctx context.Context, by auth.Actor, id, base int64, published bool, req Request) (Result, error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Result, error) {
		doc, err := s.publish(tx, by, id, base, published)
		return Result{Doc: doc}, err
	})
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

// publicJSON returns a document or summary without the members that only signed-in users may read.
func publicJSON(doc json.RawMessage) (public json.RawMessage, err error) {
	public = doc
	for _, member := range []string{"createdBy", "updatedBy"} {
		if public, err = jsonobj.Without(public, member); err != nil {
			return nil, fmt.Errorf("removing %s of a stored post: %w", member, err)
		}
	}
	return public, nil
}

// PublicList returns a page of the live posts, without the members that only signed-in users may read. It needs no role.
func (s *Service) PublicList(ctx context.Context, q Query) (Page, error) {
	q.Live, q.Published, q.Sort = true, nil, PublicSort
	page, err := s.store.List(ctx, q.normalized())
	for i := 0; i < len(page.Items) && err == nil; i++ {
		page.Items[i], err = publicJSON(page.Items[i])
	}
	return page, err
}

// PublicGet returns the live version of a post, without the members that only signed-in users may read. It needs no role. If no live post has the slug and it
// is an earlier slug of a live post, or is not in NFC, moved is the current slug and doc is zero.
func (s *Service) PublicGet(ctx context.Context, slug string) (doc Doc, moved string, err error) {
	if doc, moved, err = s.live(ctx, slug); err == nil && moved == "" {
		doc.JSON, err = publicJSON(doc.JSON)
	}
	return doc, moved, err
}

// live is PublicGet with all members.
func (s *Service) live(ctx context.Context, slug string) (doc Doc, moved string, err error) {
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
