package post

import (
	"context"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Deleted is an entry of the list of deleted posts. Its Version is that of the deletion; Version-1
// is the version to restore.
type Deleted struct {
	Summary
	DeletedAt time.Time   `json:"deletedAt"`
	DeletedBy event.Actor `json:"deletedBy"`
}

// NewDeleted returns the entry of a post that was deleted with version. It is neither published nor
// live.
func NewDeleted(before Summary, version int64, at time.Time, by event.Actor) Deleted {
	before.Version, before.Published, before.LiveVersion = version, false, nil
	return Deleted{Summary: before, DeletedAt: at, DeletedBy: by}
}

// Author returns the name that the list shows and filters by: AuthorName, or the name of the account
// that created the post.
func (s *Summary) Author() string {
	if s.AuthorName != "" {
		return s.AuthorName
	}
	return s.CreatedBy.Name
}

// NameCount is a category, tag or author in use, with its number of posts.
type NameCount struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Tags returns the tags in use, by name.
func (s *Service) Tags(ctx context.Context, by auth.Actor) ([]NameCount, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Tags(ctx)
}

// Authors returns the authors of posts, by name.
func (s *Service) Authors(ctx context.Context, by auth.Actor) ([]NameCount, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Authors(ctx)
}
