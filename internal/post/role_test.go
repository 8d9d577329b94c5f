package post_test

import (
	"context"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// TestRoles: each method checks the role before anything else, so that an actor without it gets the same error
// for an existing and a missing post.
func TestRoles(t *testing.T) {
	d := newFixture(t)
	d.mustCreate(`{"title":"Tide"}`)
	patch, err := post.ParseNew([]byte(`{"title":"Ebb"}`))
	d.must(err)
	none := post.Request{}
	methods := map[string]struct {
		least auth.Role
		call  func(ctx context.Context, by auth.Actor, id int64) error
	}{
		"Get": {auth.Viewer, func(ctx context.Context, by auth.Actor, id int64) error { _, err := d.Get(ctx, by, id); return err }},
		"List": {auth.Viewer, func(ctx context.Context, by auth.Actor, _ int64) error {
			_, err := d.List(ctx, by, post.Query{Sort: "title", Limit: 1})
			return err
		}},
		"Categories": {auth.Viewer, func(ctx context.Context, by auth.Actor, _ int64) error { _, err := d.Categories(ctx, by); return err }},
		"History": {auth.Viewer, func(ctx context.Context, by auth.Actor, id int64) error {
			_, err := d.History(ctx, by, id, post.Newest, 1)
			return err
		}},
		"After":  {auth.Viewer, func(ctx context.Context, by auth.Actor, _ int64) error { _, err := d.After(ctx, by, 0, 1); return err }},
		"Before": {auth.Viewer, func(ctx context.Context, by auth.Actor, _ int64) error { _, err := d.Before(ctx, by, 9, 1); return err }},
		"Create": {auth.Editor, func(ctx context.Context, by auth.Actor, _ int64) error {
			_, err := d.Create(ctx, by, patch, none)
			return err
		}},
		"Edit": {auth.Editor, func(ctx context.Context, by auth.Actor, id int64) error {
			_, err := d.Edit(ctx, by, id, d.version(id), patch, post.EditOptions{}, none)
			return err
		}},
		"Publish": {auth.Editor, func(ctx context.Context, by auth.Actor, id int64) error {
			_, err := d.Publish(ctx, by, id, 0, true, none)
			return err
		}},
		"Restore": {auth.Editor, func(ctx context.Context, by auth.Actor, id int64) error {
			_, err := d.Restore(ctx, by, id, 1, false, none)
			return err
		}},
		"Import": {auth.Editor, func(ctx context.Context, by auth.Actor, _ int64) error {
			_, err := d.Import(ctx, by, post.Source{Slug: "s", Fields: patch, Hash: []byte{1}})
			return err
		}},
		"Delete": {auth.Editor, func(ctx context.Context, by auth.Actor, id int64) error {
			_, err := d.Delete(ctx, by, id, 0, none)
			if err == nil {
				d.mustRestore(id, 1)
			}
			return err
		}},
	}
	may := map[auth.Role][]auth.Role{ // by the required role
		auth.Viewer: {auth.Viewer, auth.Editor, auth.Admin},
		auth.Editor: {auth.Editor, auth.Admin},
	}
	for name, m := range methods {
		for _, role := range []auth.Role{"", "owner", auth.Viewer} {
			if role == m.least {
				continue
			}
			d.unchanged(func() {
				for _, id := range []int64{1, 99} {
					if err := m.call(t.Context(), auth.Actor{ID: 9, Role: role}, id); fault.KindOf(err) != fault.Forbidden {
						t.Errorf("%s by role %q on post %d: %v", name, role, id, err)
					}
				}
			})
		}
		for _, role := range may[m.least] {
			if err := m.call(t.Context(), auth.Actor{ID: 9, Role: role}, 1); err != nil {
				t.Errorf("%s by role %q: %v", name, role, err)
			}
		}
	}
}

func (d fixture) version(id int64) int64 {
	doc, err := d.store.Get(d.Context(), id)
	if err != nil {
		return 1
	}
	return doc.Version
}
