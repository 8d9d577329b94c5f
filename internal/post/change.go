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

// Request identifies a write that a client may retry. The zero value is a write without a key.
type Request struct {
	Key         string // idempotency key, unique for the user; empty: none
	Fingerprint []byte // hash of the request; a key with another fingerprint is refused
	Budget      Budget // nil: unlimited
}

// ResultTTL is the lifetime of an idempotency key, from the commit of its write. A request with an
// older key is a new request.
const ResultTTL = 24 * time.Hour

// ErrKeyReused is the Invalid fault of an idempotency key that belongs to a request with another
// fingerprint.
var ErrKeyReused error = fault.InvalidFields(fault.Field{Name: "key", Message: "This key was used for another request; use a new one."})

// Budget limits the bytes that an account adds to the event log. A replayed result needs no budget.
type Budget interface {
	// Admit returns an error while the account may add nothing.
	Admit() error
	// Spend counts the bytes that a committed change has added.
	Spend(bytes int)
}

// Result is the result of a write.
type Result struct {
	Doc      Doc
	Replayed bool     // the result of an earlier request with the same key
	Merged   []string // the fields in which changes of others were merged, sorted
}

// change runs one write of an editor in a transaction, at most once for each key: a repeated
// request returns the result of the first one. id is 0 for a new post. The role of by is checked
// in the transaction: it may have changed since the request was authenticated.
func (s *Service) change(ctx context.Context, by auth.Actor, id int64, req Request, do func(Tx) (Result, error)) (result Result, err error) {
	added := 0
	err = s.store.Update(ctx, id, func(tx Tx) (err error) {
		result, added = Result{}, 0
		if err := by.RequireIn(tx, auth.Editor); err != nil {
			return err
		}
		if req.Key != "" {
			first, err := s.findResult(tx, by.ID, req.Key)
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
		return tx.SaveResult(by.ID, req.Key, IdempotentResult{Fingerprint: req.Fingerprint, PostID: result.Doc.ID, Version: result.Doc.Version, Merged: result.Merged, At: s.now()})
	})
	if err == nil && req.Budget != nil && added > 0 {
		req.Budget.Spend(added)
	}
	return result, err
}

// findResult returns the result of the user's request with that key; nil if there is none, or it has
// expired. It deletes an expired one, so that the key can be saved again.
func (s *Service) findResult(tx Tx, user int64, key string) (*IdempotentResult, error) {
	r, err := tx.FindResult(user, key)
	if err != nil || r == nil || r.At.After(s.now().Add(-ResultTTL)) {
		return r, err
	}
	return nil, tx.DeleteResult(user, key, r.At)
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

// eventBytes is the estimated size of an event without its data.
const eventBytes = 1_000

// replay returns the result of the first request: the post at the version that it made, or the
// current post if the event log no longer has the text of that version.
func replay(tx Tx, first IdempotentResult, req Request) (Result, error) {
	if !bytes.Equal(first.Fingerprint, req.Fingerprint) {
		return Result{}, ErrKeyReused
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
	live     bool     // this version becomes the live version of a published post
	autosave bool
	restored int64 // the version whose text was restored; 0: none
}

// commit stores p as its next version and emits the event of the change, in the same transaction.
// It derives LiveVersion and the live post from p.Published and w.live.
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

// moveLive updates the live post to p, or removes it. before is the LiveVersion before the change.
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

// tombstone returns the document of a deletion: id, slug and version alone.
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

// claimSlug returns an Invalid fault if another post has the slug, or is live under it.
func claimSlug(tx Tx, slug string, id int64) error {
	title, taken, err := tx.SlugOwner(slug, id)
	if err != nil || !taken {
		return err
	}
	return fault.InvalidFields(fault.Field{Name: "slug", Message: fmt.Sprintf("This slug is already used by \"%s\".", title)})
}

// changedFields returns the names of the editable fields in which p and other differ, sorted.
func (p Post) changedFields(other Post) []string {
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
