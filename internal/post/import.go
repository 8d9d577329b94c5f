package post

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Source is a post that is read from a file.
type Source struct {
	Slug      string
	Fields    Patch     // a result of ParseNew
	Live      *Patch    // the live text; nil: that of Fields
	Created   time.Time // zero: now
	Published time.Time // first publication; zero: Created if the post is published, else none
	// Addresses are earlier slugs of the post, each 1 to MaxSlug characters. Each redirects to the
	// post unless it redirects already.
	Addresses []string
	Hash      []byte // of everything that the file sets; an import with an equal hash changes nothing
}

// ImportResult is the effect of an import of one Source.
type ImportResult string

// The results of an import. With ImportEdited nothing is overwritten: the file differs from a post
// that was edited after its import, or that was never imported.
const (
	ImportCreated   ImportResult = "imported"
	ImportChanged   ImportResult = "changed"
	ImportUnchanged ImportResult = "unchanged"
	ImportEdited    ImportResult = "edited here since"
	ImportDeleted   ImportResult = "deleted here since"
)

// Import creates the post of a file. It updates a post of an earlier import only if the file has
// changed since and the post has not.
func (s *Service) Import(ctx context.Context, by auth.Actor, src Source) (result ImportResult, err error) {
	err = s.store.Update(ctx, 0, func(tx Tx) (err error) {
		if err := by.RequireIn(tx, auth.Editor); err != nil {
			return err
		}
		var doc Doc
		if doc, result, err = s.importOne(tx, by, src); err != nil || doc.ID == 0 {
			return err
		}
		if err := addRedirects(tx, doc.ID, src); err != nil {
			return err
		}
		return tx.MarkImported(src.Slug, Import{Hash: src.Hash, PostID: doc.ID, Version: doc.Version})
	})
	return result, err
}

// importOne returns a zero Doc if no import is to be recorded.
func (s *Service) importOne(tx Tx, by auth.Actor, src Source) (Doc, ImportResult, error) {
	last, err := tx.Imported(src.Slug)
	if err != nil {
		return Doc{}, "", err
	}
	if last == nil {
		return s.importNew(tx, by, src)
	}
	if bytes.Equal(last.Hash, src.Hash) {
		return Doc{}, ImportUnchanged, nil
	}
	current, err := tx.Get(last.PostID)
	if fault.KindOf(err) == fault.NotFound {
		return Doc{}, ImportDeleted, nil
	}
	if err != nil {
		return Doc{}, "", err
	}
	if current.Version != last.Version {
		return Doc{}, ImportEdited, nil
	}
	doc, changed, err := s.importText(tx, by, current, src)
	if err != nil || !changed {
		return doc, ImportUnchanged, err
	}
	return doc, ImportChanged, nil
}

// importText updates the post to the source: first to the live text, then to the unpublished changes.
func (s *Service) importText(tx Tx, by auth.Actor, current Post, src Source) (doc Doc, changed bool, err error) {
	if src.Live == nil {
		return s.importPatch(tx, by, current, src.Fields, true)
	}
	if doc, changed, err = s.importPatch(tx, by, current, *src.Live, true); err != nil {
		return Doc{}, false, err
	}
	if current, err = doc.Decode(); err != nil {
		return Doc{}, false, err
	}
	doc, more, err := s.importPatch(tx, by, current, src.Fields, false)
	return doc, changed || more, err
}

// importPatch applies p. With live the new version of a published post becomes its live version.
func (s *Service) importPatch(tx Tx, by auth.Actor, current Post, p Patch, live bool) (doc Doc, changed bool, err error) {
	slug := current.Slug
	fields := p.apply(&current)
	if len(fields) == 0 {
		_, doc, err := current.Encode()
		return doc, false, err
	}
	if current.Slug != slug {
		if err := claimSlug(tx, current.Slug, current.ID); err != nil {
			return Doc{}, false, err
		}
	}
	typ := event.Updated
	if slices.Equal(fields, []string{"published"}) {
		typ = event.Published
	}
	doc, err = s.commit(tx, by, current, write{typ: typ, changed: fields, live: live})
	return doc, true, err
}

func (s *Service) importNew(tx Tx, by auth.Actor, src Source) (Doc, ImportResult, error) {
	existing, err := tx.BySlug(src.Slug)
	if fault.KindOf(err) == fault.NotFound {
		doc, err := s.createImported(tx, by, src)
		return doc, ImportCreated, err
	}
	if err != nil {
		return Doc{}, "", err
	}
	if len(src.Fields.changedBy(existing)) > 0 {
		return Doc{}, ImportEdited, nil
	}
	_, doc, err := existing.Encode()
	return doc, ImportUnchanged, err
}

func (s *Service) createImported(tx Tx, by auth.Actor, src Source) (Doc, error) {
	first := src.Fields
	if src.Live != nil {
		first = *src.Live
	}
	doc, err := s.create(tx, by, first, stored(src.Created), stored(src.Published))
	if err != nil || src.Live == nil {
		return doc, err
	}
	created, err := doc.Decode()
	if err != nil {
		return Doc{}, err
	}
	doc, _, err = s.importPatch(tx, by, created, src.Fields, false)
	return doc, err
}

// stored returns t in the precision and zone of stored times: milliseconds, UTC.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// addRedirects adds the redirects of src.Addresses, except from an address that redirects already.
func addRedirects(tx Tx, id int64, src Source) error {
	for _, address := range src.Addresses {
		if address == src.Slug {
			continue
		}
		if err := tx.Redirect(address, id); err != nil {
			return err
		}
	}
	return nil
}
