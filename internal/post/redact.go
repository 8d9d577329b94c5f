package post

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Holding is a post whose stored data contain a secret.
type Holding struct {
	PostID   int64
	Versions []int64 // in the event log, ascending; empty: only copies outside of it contain the secret
	newest   int64   // newest version that was searched; 0: none
}

// findPage is the number of events that are read at once.
const findPage = 500

// FindSecret returns the posts that contain the secret, by id. A positive id limits it to one post.
func (s *Service) FindSecret(ctx context.Context, by auth.Actor, secret Secret, id int64) ([]Holding, error) {
	if err := by.Require(auth.Admin); err != nil {
		return nil, err
	}
	f := finder{secret: secret, found: map[int64]*Holding{}, newest: map[int64]int64{}}
	for before := Newest; ; {
		var events []event.Event
		var err error
		if id > 0 {
			events, err = s.store.History(ctx, id, before, findPage)
		} else {
			events, err = s.store.Before(ctx, before, findPage)
		}
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if before = e.Seq; id > 0 {
				before = e.Version
			}
			if err := f.event(e); err != nil {
				return nil, err
			}
		}
	}
	err := s.store.Copies(ctx, id, f.copy)
	return f.holdings(), err
}

type finder struct {
	secret Secret
	found  map[int64]*Holding
	newest map[int64]int64 // version of each post
}

func (f *finder) event(e event.Event) error {
	f.newest[e.PostID] = max(f.newest[e.PostID], e.Version)
	_, held, err := f.secret.data(e.Data)
	if err != nil {
		return fmt.Errorf("searching event %d: %w", e.Seq, err)
	}
	if held {
		h := f.holding(e.PostID)
		h.Versions = append(h.Versions, e.Version)
	}
	return nil
}

// copy searches a copy that Store.Copies visits.
func (f *finder) copy(p Post) error {
	if id := p.ID; f.secret.clean(&p) {
		f.holding(id)
	}
	return nil
}

func (f *finder) holding(id int64) *Holding {
	h := f.found[id]
	if h == nil {
		h = &Holding{PostID: id}
		f.found[id] = h
	}
	return h
}

func (f *finder) holdings() []Holding {
	list := make([]Holding, 0, len(f.found))
	for id, h := range f.found {
		h.newest = f.newest[id]
		slices.Sort(h.Versions)
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b Holding) int { return int(a.PostID - b.PostID) })
	return list
}

// redactBatch is the number of older versions that one transaction rewrites.
const redactBatch = 20

// Redact removes the secret from all stored data of a post. The versions stay in the event log, with
// RedactedText in place of the secret. The last transaction stores a new version of the post and of
// its live text; its event has Redacted set, so that clients and consumers replace or drop the old
// versions. A deleted post is restored as a draft and deleted again: two events have Redacted set.
//
// The last transaction also rewrites the last batch of older versions. If the process stops before
// it, FindSecret still finds the post, and the next Redact completes the work.
func (s *Service) Redact(ctx context.Context, by auth.Actor, secret Secret, h Holding) error {
	update := func(change func(Tx) error) error {
		err := s.store.Update(ctx, h.PostID, func(tx Tx) error {
			if err := by.RequireIn(tx, auth.Admin); err != nil {
				return err
			}
			return change(tx)
		})
		if err != nil {
			return fmt.Errorf("redacting post %d: %w", h.PostID, err)
		}
		return nil
	}
	older := slices.DeleteFunc(slices.Clone(h.Versions), func(v int64) bool { return v >= h.newest })
	for ; len(older) > redactBatch; older = older[redactBatch:] {
		err := update(func(tx Tx) error { return secret.rewrite(tx, h.PostID, older[:redactBatch]...) })
		if err != nil {
			return err
		}
	}
	return update(func(tx Tx) error {
		if err := secret.rewrite(tx, h.PostID, older...); err != nil {
			return err
		}
		return s.redactNewest(redacting{tx}, by, secret, h)
	})
}

// redacting sets Redacted in the events of a transaction.
type redacting struct{ Tx }

func (tx redacting) Emit(e event.Event) error {
	e.Redacted = true
	return tx.Tx.Emit(e)
}

func (s Secret) rewrite(tx Tx, id int64, versions ...int64) error {
	for _, version := range versions {
		if err := tx.Rewrite(id, version, s.cleanData); err != nil {
			return err
		}
	}
	return nil
}

func (s Secret) cleanData(data json.RawMessage) (json.RawMessage, error) {
	clean, _, err := s.data(data)
	return clean, err
}

// redactNewest redacts the versions from the newest one of the search on, and the copies of the post.
func (s *Service) redactNewest(tx Tx, by auth.Actor, secret Secret, h Holding) error {
	last, err := tx.Last(h.PostID)
	if err != nil && fault.KindOf(err) != fault.NotFound { // NotFound: retention removed the events
		return err
	}
	if err := tx.RewriteKept(h.PostID, secret.cleanData); err != nil {
		return err
	}
	first := h.newest
	if first == 0 {
		first = last.Version
	}
	for v := first; v <= last.Version; v++ {
		if err := secret.rewrite(tx, h.PostID, v); err != nil {
			return err
		}
	}
	if last.Type == event.Deleted {
		err = s.redactDeleted(tx, by, secret, last)
	} else {
		err = s.redactCurrent(tx, by, secret, h.PostID)
	}
	if err != nil {
		return err
	}
	// Last, because the change of a slug has just added a redirect.
	return tx.DropNames(h.PostID, secret.inSlug)
}

// redactCurrent redacts the live text first, then the unpublished changes.
func (s *Service) redactCurrent(tx Tx, by auth.Actor, secret Secret, id int64) error {
	current, err := tx.Get(id)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	next, version := current, current.Version
	secret.clean(&next)
	live := current.LiveVersion != nil && *current.LiveVersion == version
	if current.LiveVersion != nil && !live {
		if current, err = s.redactLive(tx, by, secret, current); err != nil {
			return err
		}
	}
	if current.Version != version && len(current.changedFields(next)) == 0 {
		return nil // the unpublished changes consisted of the secret alone
	}
	return s.commitText(tx, by, current, next, live)
}

// redactLive stores a version of the redacted live text if the live text contains the secret. It
// returns the current post.
func (s *Service) redactLive(tx Tx, by auth.Actor, secret Secret, current Post) (Post, error) {
	shown, err := tx.GetLive(current.ID)
	if err != nil || !secret.clean(&shown) {
		return current, err
	}
	if err := s.commitText(tx, by, current, shown, true); err != nil {
		return current, err
	}
	return tx.Get(current.ID)
}

// commitText stores the next version of current, with the editable fields of text.
func (s *Service) commitText(tx Tx, by auth.Actor, current, text Post, live bool) (err error) {
	next := current
	for _, f := range textFields {
		*f.of(&next) = *f.of(&text)
	}
	next.Tags, next.ReadTime = text.Tags, text.ReadTime
	if next.Slug != current.Slug {
		if next.Slug, err = freeSlug(tx, next.Slug, next.ID); err != nil {
			return err
		}
	}
	_, err = s.commit(tx, by, next, write{typ: event.Updated, changed: current.changedFields(next), live: live})
	return err
}

// redactDeleted restores the post without the secret and deletes it again. It does nothing if the
// post can no longer be restored.
func (s *Service) redactDeleted(tx Tx, by auth.Actor, secret Secret, deletion event.Event) error {
	id, before := deletion.PostID, deletion.Version-1
	e, err := tx.At(id, before)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := Doc{ID: id, JSON: e.Data}.Decode()
	if err != nil {
		return err
	}
	p.normalize()
	secret.clean(&p)
	if _, err := s.restoreDeleted(tx, by, p, deletion.Version, before); err != nil {
		return err
	}
	_, err = s.delete(tx, by, id, 0)
	return err
}
