package post

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Request identifies a write that may be sent again. The zero value is a write without a key.
type Request struct {
	Key         string // the user's Idempotency-Key; empty: none
	Fingerprint []byte // what was asked; the same key with another fingerprint is refused
}

// change runs one write of an editor in a transaction, at most once for each key:
// sent again, it answers what the first one led to. id is 0 for a new post.
func (s *Service) change(ctx context.Context, by auth.Actor, id int64, req Request, do func(Tx) (Doc, error)) (doc Doc, replayed bool, err error) {
	if err := by.Require(auth.Editor); err != nil {
		return Doc{}, false, err
	}
	err = s.store.Update(ctx, id, func(tx Tx) (err error) {
		doc, replayed = Doc{}, false
		if req.Key == "" {
			doc, err = do(tx)
			return err
		}
		first, err := tx.Recall(by.ID, req.Key)
		if err != nil {
			return err
		}
		if first != nil {
			replayed = true
			doc, err = outcome(tx, *first, req)
			return err
		}
		if doc, err = do(tx); err != nil {
			return err
		}
		return tx.Remember(by.ID, req.Key, Outcome{Request: req.Fingerprint, PostID: doc.ID, Version: doc.Version}, s.now())
	})
	return doc, replayed, err
}

func outcome(tx Tx, first Outcome, req Request) (Doc, error) {
	if !bytes.Equal(first.Request, req.Fingerprint) {
		return Doc{}, fault.InvalidFields(fault.Field{Name: "Idempotency-Key", Message: "was used for another request; use a new key"})
	}
	e, err := tx.At(first.PostID, first.Version)
	if fault.Of(err) == fault.NotFound { // the log no longer reaches back: the post as it is now
		p, err := tx.Get(first.PostID)
		if err != nil {
			return Doc{}, err
		}
		_, doc, err := p.Encode()
		return doc, err
	}
	if err != nil {
		return Doc{}, err
	}
	return Doc{ID: e.PostID, Version: e.Version, JSON: e.Data}, nil
}

// commit stores p as the next version, with the event that tells of it.
func (s *Service) commit(tx Tx, by auth.Actor, typ event.Type, p Post, changed []string) (Doc, error) {
	at := s.now()
	p.Version++
	p.UpdatedAt = at
	if p.CreatedAt.IsZero() {
		p.CreatedAt = at
	}
	p.UpdatedBy = event.Actor{ID: by.ID, Name: by.Name}
	if p.Published && p.PublishedAt == nil {
		p.PublishedAt = &at
	}
	summary, doc, err := p.Encode()
	if err != nil {
		return Doc{}, err
	}
	if typ == event.Created {
		err = tx.Insert(p, summary)
	} else {
		err = tx.Replace(p, summary, changed)
	}
	if err != nil {
		return Doc{}, err
	}
	return doc, tx.Emit(newEvent(by, typ, doc, changed, at))
}

func newEvent(by auth.Actor, typ event.Type, doc Doc, changed []string, at time.Time) event.Event {
	return event.Event{ID: uuid.NewString(), Type: typ, PostID: doc.ID, Version: doc.Version, Time: at,
		Actor: event.Actor{ID: by.ID, Name: by.Name}, Changed: changed, Data: doc.JSON}
}

func tombstone(p Post, version int64) (Doc, error) {
	data, err := json.Marshal(struct {
		ID      int64  `json:"id"`
		Slug    string `json:"slug"`
		Version int64  `json:"version"`
	}{p.ID, p.Slug, version})
	if err != nil {
		return Doc{}, fmt.Errorf("encoding post %d: %w", p.ID, err)
	}
	return Doc{ID: p.ID, Slug: p.Slug, Version: version, JSON: data}, nil
}

func claimSlug(tx Tx, slug string, id int64) error {
	taken, err := tx.SlugTaken(slug, id)
	if err == nil && taken {
		return fault.InvalidFields(fault.Field{Name: "slug", Message: "is taken by another post"})
	}
	return err
}

// differences returns the names of the fields that editors set and that differ from other's, sorted.
func (p Post) differences(other Post) []string {
	var names []string
	for _, f := range textFields {
		if *f.of(&p) != *f.of(&other) {
			names = append(names, f.name)
		}
	}
	if !slices.Equal(p.Tags, other.Tags) {
		names = append(names, "tags")
	}
	if p.ReadTime != other.ReadTime {
		names = append(names, "readTime")
	}
	if p.Published != other.Published {
		names = append(names, "published")
	}
	slices.Sort(names)
	return names
}
