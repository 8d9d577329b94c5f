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
	Budget      Budget // nil: none
}

// Budget bounds what an account adds to the event log. A request that is replayed needs none.
type Budget interface {
	// Admit returns an error when nothing may be added now.
	Admit() error
	// Spend takes the bytes that a committed change has added.
	Spend(bytes int)
}

// Result is what a write led to.
type Result struct {
	Doc      Doc
	Replayed bool     // an earlier request with the same key had led to it
	Merged   []string // the fields in which changes of others were merged, sorted
}

// change runs one write of an editor in a transaction, at most once for each key: a repeated
// request returns the result of the first one. id is 0 for a new post. The rights of by are
// checked again in the transaction: they may have ended while the request was read.
func (s *Service) change(ctx context.Context, by auth.Actor, id int64, req Request, do func(Tx) (Result, error)) (result Result, err error) {
	if err := by.Require(auth.Editor); err != nil {
		return Result{}, err
	}
	added := 0
	err = s.store.Update(ctx, id, func(tx Tx) (err error) {
		result, added = Result{}, 0
		if err := by.RequireIn(tx, auth.Editor); err != nil {
			return err
		}
		if req.Key != "" {
			first, err := tx.Recall(by.ID, req.Key)
			if err != nil {
				return err
			}
			if first != nil {
				result, err = replay(tx, *first, req)
				return err
			}
		}
		if req.Budget != nil {
			if err := req.Budget.Admit(); err != nil {
				return err
			}
		}
		if result, err = do(counting{tx, &added}); err != nil || req.Key == "" {
			return err
		}
		return tx.Remember(by.ID, req.Key, Outcome{Request: req.Fingerprint, PostID: result.Doc.ID, Version: result.Doc.Version, Merged: result.Merged}, s.now())
	})
	if err == nil && req.Budget != nil && added > 0 {
		req.Budget.Spend(added)
	}
	return result, err
}

// counting counts the bytes of the events of a transaction.
type counting struct {
	Tx
	added *int
}

func (tx counting) Emit(e event.Event) error {
	*tx.added += eventBytes + len(e.Data)
	return tx.Tx.Emit(e)
}

const eventBytes = 1_000 // of an event besides its data

// replay returns the result of the first request. When the event log no longer has its
// text, the post is returned as it is now.
func replay(tx Tx, first Outcome, req Request) (Result, error) {
	if !bytes.Equal(first.Request, req.Fingerprint) {
		return Result{}, fault.InvalidFields(fault.Field{Name: "Idempotency-Key", Message: "This key was used for another request; use a new one."})
	}
	result := Result{Replayed: true, Merged: first.Merged}
	e, err := tx.At(first.PostID, first.Version)
	if err == nil && !e.Thinned() {
		data, err := event.WithLiveVersion(e)
		result.Doc = Doc{ID: e.PostID, Version: e.Version, JSON: data}
		return result, err
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Result{}, err
	}
	p, err := tx.Get(first.PostID)
	if err != nil {
		return Result{}, err
	}
	_, result.Doc, err = p.Encode()
	return result, err
}

// write describes the change that commit stores.
type write struct {
	typ      event.Type
	changed  []string // names of the changed fields, sorted
	live     bool     // readers of a published post get this version
	autosave bool
	restored int64 // the version whose text was restored; 0: none
}

// commit stores p as its next version, with the event of the change. liveVersion and the
// live post follow from p.Published and w.live, in the same transaction.
func (s *Service) commit(tx Tx, by auth.Actor, p Post, w write) (Doc, error) {
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
	before := p.LiveVersion
	switch {
	case !p.Published:
		p.LiveVersion = nil
	case w.live:
		version := p.Version
		p.LiveVersion = &version
	}
	summary, doc, err := p.Encode()
	if err != nil {
		return Doc{}, err
	}
	if w.typ == event.Created {
		err = tx.Insert(p, summary)
	} else {
		err = tx.Replace(p, summary, w.changed)
	}
	if err == nil {
		err = moveLive(tx, before, p, summary)
	}
	if err != nil {
		return Doc{}, err
	}
	return doc, tx.Emit(newEvent(by, doc, w, at))
}

// moveLive brings the live post to p, whose liveVersion was before.
func moveLive(tx Tx, before *int64, p Post, summary json.RawMessage) error {
	switch {
	case before != nil && p.LiveVersion == nil:
		return tx.Hide(p.ID)
	case p.LiveVersion == nil || *p.LiveVersion != p.Version:
		return nil
	}
	return tx.Show(p, summary)
}

func newEvent(by auth.Actor, doc Doc, w write, at time.Time) event.Event {
	return event.Event{ID: uuid.NewString(), Type: w.typ, PostID: doc.ID, Version: doc.Version, Time: at,
		Actor: event.Actor{ID: by.ID, Name: by.Name}, Changed: w.changed, Autosave: w.autosave, Restored: w.restored, Data: doc.JSON}
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
	title, taken, err := tx.SlugOwner(slug, id)
	if err != nil || !taken {
		return err
	}
	return fault.InvalidFields(fault.Field{Name: "slug", Message: fmt.Sprintf("This slug is already used by \"%s\".", title)})
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
