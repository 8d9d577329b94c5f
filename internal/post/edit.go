package post

import (
	"context"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Stale is the error of a merge conflict: others have changed the same fields since the version that
// the change is based on. Its kind is fault.Stale.
type Stale struct {
	Current   Doc
	Conflicts []string // field names, sorted
	// Base holds the values of the conflicting fields at the version that the change is based on;
	// nil if the event log no longer has one of them.
	Base map[string]any
}

// Error returns the text of the fault.
func (e *Stale) Error() string { return e.Unwrap().Error() }

// Unwrap returns a Stale fault.
func (e *Stale) Unwrap() error {
	return fault.New(fault.Stale, "Others have changed this post since the version that you started from.")
}

func stale(current Post, base map[string]any, conflicts []string) error {
	_, doc, err := current.Encode()
	if err != nil {
		return err
	}
	return &Stale{Current: doc, Conflicts: conflicts, Base: base}
}

// EditOptions are the options of Edit. With the zero value the new version of a published post is
// live at once.
type EditOptions struct {
	KeepLive bool // the live version stays as it is
	Autosave bool // the editor saved this version without a request of the user
}

// AnyVersion as the base of a change is the current version: there is no conflict.
const AnyVersion int64 = -1

// Edit applies p, which is based on version base, to the current version. Changes of others since
// base are merged: fields that p does not set are kept, tags are merged as a set, content and
// description by line. If a field cannot be merged, nothing is stored and the error is a *Stale.
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
