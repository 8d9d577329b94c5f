package post

import (
	"context"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Stale says that a change was based on a version that others have since changed
// in the same fields. It carries the Stale fault.
type Stale struct {
	Current   Doc
	Conflicts []string // field names, sorted
	// Base holds the conflicting fields as they were at the version that the change was
	// based on; nil when the event log no longer has them.
	Base map[string]any
}

func (e *Stale) Error() string { return e.Unwrap().Error() }

// Unwrap returns the fault that classifies it.
func (e *Stale) Unwrap() error {
	return fault.New(fault.Stale, "Somebody else changed this post since the version that you started from.")
}

func stale(current Post, base map[string]any, conflicts []string) error {
	_, doc, err := current.Encode()
	if err != nil {
		return err
	}
	return &Stale{Current: doc, Conflicts: conflicts, Base: base}
}

// EditOptions of Edit. The zero value shows the change to readers of a published post at once.
type EditOptions struct {
	KeepLive bool // readers of a published post still get the version that is live
	Autosave bool // no person asked for this version
}

// AnyVersion as the base of a change means the version that is current when the change is made.
const AnyVersion int64 = -1

// Edit applies p to the post as by saw it at version base. Changes that others made since
// then are merged: fields that p does not set are kept, tags are merged as a set, content and
// description by line. A field that cannot be merged is a *Stale error and nothing is stored.
func (s *Service) Edit(ctx context.Context, by auth.Actor, id, base int64, p Patch, opts EditOptions, req Request) (Result, error) {
	return s.change(ctx, by, id, req, func(tx Tx) (Result, error) {
		return s.edit(tx, by, id, base, p, opts)
	})
}

func (s *Service) edit(tx Tx, by auth.Actor, id, base int64, p Patch, opts EditOptions) (result Result, err error) {
	current, err := tx.Get(id)
	if err != nil {
		return Result{}, err
	}
	if base == AnyVersion {
		base = current.Version
	}
	if p.slugOfTitle {
		if p, err = slugOfTitle(tx, current, p); err != nil {
			return Result{}, err
		}
	}
	if p, result.Merged, err = mergePatch(tx, current, base, p); err != nil {
		return Result{}, err
	}
	slug := current.Slug
	changed := p.apply(&current)
	if len(changed) == 0 {
		_, result.Doc, err = current.Encode()
		return result, err
	}
	if current.Slug != slug {
		if err := claimSlug(tx, current.Slug, id); err != nil {
			return Result{}, err
		}
	}
	result.Doc, err = s.commit(tx, by, current, write{typ: event.Updated, changed: changed, live: !opts.KeepLive, autosave: opts.Autosave})
	return result, err
}
